/** selmix.json: made from nothing, and wrong. */
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns } from "./harness/runs.ts";
import {
  changeConfiguration,
  configuration,
  exampleWorkspace,
  networkWorkspace,
} from "./harness/workspace.ts";

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
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "wizard");
  }
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
  await window.answer(ready, "Tune Now");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("done");
});

test("with a network and samples, but no tables, the wizard has the network make them", async () => {
  const folder = networkWorkspace();
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByText("Run the checkpoint on the samples").waitFor();
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "wizard-features");
  }
  await window.pick("Run the checkpoint on the samples");
  await window.pick("suggested");
  const ready = await window.notification("selmix.json is ready");
  expect(configuration(folder)).toMatchObject({
    checkpoints: ["web/*model.json"],
    features: {
      train: "features/train.safetensors",
      validation: "features/validation.safetensors",
      network: { data: { train: "data/train.safetensors", validation: "data/val.safetensors" } },
    },
  });
  await window.answer(ready, "Tune Now");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("done");
});

test("an error in selmix.json shows where it is, and goes when it is mended", async () => {
  const folder = exampleWorkspace();
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  changeConfiguration(folder, { objektive: "minRecall" });
  const problem = window.row("Checkpoints", "selmix.json has an error");
  await problem.waitFor();
  await problem.click();
  await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  await window.page.locator(".view-line", { hasText: "objektive" }).waitFor();
  const problems = await window.problemsPanel();
  expect(problems).toMatch(/objektive.*objective/);
  // One mistake, one message, and what mends it.
  expect(problems.match(/objektive/g)).toHaveLength(1);
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "problem");
  }
  await window.statusBar("SelMix").waitFor();
  changeConfiguration(folder, { objektive: undefined });
  await window.page.locator(".squiggly-error").first().waitFor({ state: "detached" });
  await window.row("Checkpoints", "epoch-10").waitFor();
  await problem.waitFor({ state: "detached" });
});

test("a mistake is mended by its quick fix; comments and trailing commas are none, and a missing table is one", async () => {
  const folder = exampleWorkspace();
  const file = path.join(folder, "selmix.json");
  writeFileSync(
    file,
    `{
  // Comments and trailing commas are fine.
  "checkpoints": ["checkpoints/*.safetensors",],
  "features": {
    "train": "features/train.safetensors",
    "validation": "features/validaton.safetensors",
  },
  "objektive": "minRecall",
}
`,
  );
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Open Configuration");
  await window.page.locator(".squiggly-error").first().waitFor();
  expect(await window.problemsPanel()).not.toMatch(/trailing|comma|comment/i);
  await window.command("Go to Next Problem in Files");
  await window.command("Quick Fix");
  await window.page.getByText('Change to "objective"').first().waitFor();
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "quick-fix");
  }
  await window.page.keyboard.press("Enter");
  await window.page.locator(".squiggly-warning").first().waitFor();
  await window.page.locator(".squiggly-error").first().waitFor({ state: "detached" });
  expect(await window.problemsPanel()).toMatch(/There is no features\/validaton.safetensors.*did you mean/);
});
