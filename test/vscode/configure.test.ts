/** selmix.json: made from nothing, and wrong. */
import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns } from "./harness/runs.ts";
import { changeConfiguration, configuration, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("the wizard makes a configuration from nothing, measures, suggests an objective, and tunes", async () => {
  const folder = exampleWorkspace();
  rmSync(path.join(folder, "selmix.json"));
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.page.getByText("Create Configuration").first().waitFor();
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "welcome");
  }
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByText("suggested").first().waitFor();
  await window.screenshot("hc-light", "wizard");
  await window.pick("suggested");
  const ready = await window.notification("selmix.json is ready");
  expect(configuration(folder)).toMatchObject({
    checkpoints: ["checkpoints/*.safetensors"],
    objective: "minRecall",
    features: {
      train: "features/train.safetensors",
      validation: "features/validation.safetensors",
      test: "features/test.safetensors",
    },
  });
  await ready.getByRole("button", { name: "Tune Now" }).click();
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("done");
});

test("an error in selmix.json shows where it is, and goes when it is mended", async () => {
  const folder = exampleWorkspace();
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Open Configuration");
  changeConfiguration(folder, { objektive: "minRecall" });
  await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  expect(await window.problemsPanel()).toMatch(/objektive.*objective/);
  await window.screenshot("dark", "problem");
  await window.statusBar("SelMix").waitFor();
  changeConfiguration(folder, { objektive: undefined });
  await window.page.locator(".squiggly-error").first().waitFor({ state: "detached" });
});
