/** Insert Feature Export Script: from a checkpoint to a script that runs before each tune. */
import { readFileSync } from "node:fs";
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
  await offer.getByRole("button", { name: "Run It Before Each Tune" }).click();
  await expect
    .poll(() => configuration(folder).features, { timeout: 20_000 })
    .toMatchObject({ command: ["python", "export_features.py", "${checkpoint}", "${featuresDir}"] });
});
