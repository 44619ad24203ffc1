/** Insert Feature Export Script: from a checkpoint to a script that runs before each tune. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { configuration, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("the script has the checkpoint's head and sizes, and selmix.json runs it when the user says so", async () => {
  const folder = exampleWorkspace();
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  await window.command("SelMix: Insert Feature Export Script");
  await window.pick("epoch-10");
  await window.quickInput.getByText("suggested").first().waitFor();
  await window.pick("PyTorch");
  const offer = await window.notification("Edit the marked functions");
  const script = readFileSync(path.join(folder, "export_features.py"), "utf8");
  expect(script).toContain('HEAD = "fc"');
  expect(script).toContain("python export_features.py checkpoints/epoch-10.safetensors features");
  await window.answer(offer, "Run It Before Each Tune");
  await window.pick("the one that is on the path");
  await expect
    .poll(() => configuration(folder).features, { timeout: 20_000 })
    .toMatchObject({ command: ["python", "export_features.py", "${checkpoint}", "${featuresDir}"] });
});

test("before there are features, the wizard leads to the script that will make them", async () => {
  const folder = exampleWorkspace();
  for (const name of ["features", "selmix.json"]) rmSync(path.join(folder, name), { recursive: true });
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.pick("Write a script that exports them");
  await window.pick("the one that is on the path");
  await window.pick("fc.weight");
  await window.pick("PyTorch");
  await window.notification("Edit the marked functions");
  expect(configuration(folder).features).toEqual({
    train: "features/train.safetensors",
    validation: "features/validation.safetensors",
    test: "features/test.safetensors",
    command: ["python", "export_features.py", "${checkpoint}", "${featuresDir}"],
  });
  expect(readFileSync(path.join(folder, "export_features.py"), "utf8")).toContain('HEAD = "fc"');
});
