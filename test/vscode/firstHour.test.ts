/** Somebody who never heard of SelMix: from a folder of their own, without a selmix.json, to a verdict. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../scripts/vscode/install.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";
import { themeNames } from "../support/chromium.ts";
import { fillGrouped } from "../support/groupedWorkspace.ts";
import { actionsToVerdict, countActions, toFirstVerdict } from "./harness/firstVerdict.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import type { Window } from "./harness/window.ts";
import { configuration, emptyFolder } from "./harness/workspace.ts";

const vscode = inVSCode();

async function pictures(window: Window, name: string): Promise<void> {
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, name);
  }
}

test("a PyTorch checkpoint and npz tables with two groups: four clicks to a verdict", async () => {
  const folder = emptyFolder();
  fillGrouped(folder);
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  const view = await window.webview("selmix-tuning");
  // 1
  await view.getByRole("button", { name: "Create Configuration" }).click();
  await window.quickInput.getByText("numbered from 0").waitFor();
  await pictures(window, "wizard-groups");
  // 2
  await window.enter("dark skin, light skin");
  await window.quickInput.getByText("suggested").first().waitFor();
  await pictures(window, "wizard-objective");
  await window.quickInput.locator("input[type=text]").first().fill("worst group");
  await window.quickInput.locator(".monaco-list-row", { hasText: "worst group" }).first().waitFor();
  await window.quickInput.locator("input[type=text]").first().fill("");
  // 3
  await window.pick("suggested");
  const ready = await window.notification("selmix.json is ready");
  // 4
  await window.answer(ready, "Tune Now");
  const [run] = await endedRuns(folder, 1);
  expect(run?.result?.verdict?.decision).toMatch(/^use/);
  await view.getByTestId("last-run").waitFor();
  await window.notification("epoch_12");
  await pictures(window, "first-verdict");
  await view.getByRole("button", { name: "Copy loading snippet" }).click();
  await window.notification("Copied: Python that loads epoch_12.selmix.pt");
  const snippet = await window.page.evaluate(() => navigator.clipboard.readText());
  expect(snippet).toContain('torch.load("tuned/epoch_12.selmix.pt"');
  await view.getByRole("button", { name: "Save report" }).click();
  await window.chooseFile(path.join(folder, "report.html"));
  await window.notification("Saved report.html");
  expect(readFileSync(path.join(folder, "report.html"), "utf8")).toContain(
    run?.result?.verdict?.sentence.slice(0, 20),
  );
  expect(configuration(folder)).toMatchObject({
    checkpoints: ["checkpoints/*.pt"],
    groups: ["dark skin", "light skin"],
    features: { train: "features/train.npz", validation: "features/val.npz", test: "features/test.npz" },
  });
});

test("no more than four clicks, as the browser counts them", async () => {
  const folder = emptyFolder();
  fillGrouped(folder);
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.webview("selmix-tuning");
  const acted = await countActions(window);
  await toFirstVerdict(window);
  expect(acted()).toBe(actionsToVerdict);
  const [run] = await endedRuns(folder, 1);
  expect(run?.result?.verdict?.decision).toMatch(/^use/);
});

test("tables under other names are mapped by what is in them, and what tells groups apart is asked", async () => {
  const folder = emptyFolder();
  fillGrouped(folder, {
    names: { features: "X", labels: "y", groups: "skin" },
    tables: { train: "data/a.npz", validation: "data/b.npz", test: "data/holdout.npz" },
  });
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByPlaceholder("The feature table of the training set").waitFor();
  await window.quickInput.getByText("Browse…").waitFor();
  await pictures(window, "wizard-tables");
  await window.pick("a.npz");
  // The list of the training set is gone only then.
  await window.quickInput.getByPlaceholder("The feature table of the validation set").waitFor();
  await window.pick("b.npz");
  await window.quickInput.getByPlaceholder("What tells groups apart?").waitFor();
  await pictures(window, "wizard-attributes");
  await window.acceptOne();
  await window.enter("");
  await window.pick("suggested");
  await window.notification("selmix.json is ready");
  expect(configuration(folder)).toMatchObject({
    columns: { features: "X", labels: "y", groups: "skin" },
    features: { train: "data/a.npz", validation: "data/b.npz", test: "data/holdout.npz" },
  });
});

test("labels that count from 1: the head says so", async () => {
  const folder = emptyFolder();
  fillGrouped(folder, { firstLabel: 1 });
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByText("numbered from 0").waitFor();
  await window.enter("");
  await window.pick("suggested");
  await window.notification("selmix.json is ready");
  expect(configuration(folder)).toMatchObject({ columns: { firstLabel: 1 } });
});

test("labels that count from 1, and no checkpoint yet: it is asked what they mean", async () => {
  const folder = emptyFolder();
  fillGrouped(folder, { firstLabel: 1 });
  rmSync(path.join(folder, "checkpoints"), { recursive: true });
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.pick("They will be saved later");
  await window.quickInput.getByText("Where your training will save them").waitFor();
  await window.enter("checkpoints/*.pt");
  await window.quickInput.getByText("They count from 0").waitFor();
  await pictures(window, "wizard-labels");
  await window.pick("They count from 1");
  await window.quickInput.getByText("numbered from 0").waitFor();
  await window.enter("");
  await until("selmix.json", () => existsSync(path.join(folder, "selmix.json")));
  expect(configuration(folder)).toMatchObject({
    checkpoints: ["checkpoints/*.pt"],
    columns: { firstLabel: 1 },
  });
});

test("a classifier of which only the scores are known needs no checkpoint", async () => {
  const folder = emptyFolder();
  for (const [set, [name, count]] of Object.entries({ train: 240, validation: 180, test: 180 }).entries()) {
    const lines = Array.from({ length: count }, (_, row) => {
      const label = row % 3;
      const scores = [0, 1, 2].map(
        (k) => 0.3 + 0.25 * Number(k === label) + 0.15 * Math.sin(7919 * (row + 1000 * set) * (k + 1)),
      );
      const sum = scores.reduce((all, one) => all + one, 0);
      return [...scores.map((score) => (score / sum).toFixed(5)), ["cat", "dog", "eel"][label]].join(",");
    });
    writeFileSync(path.join(folder, `${name}.csv`), ["p_cat,p_dog,p_eel,label", ...lines].join("\n"));
  }
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.pick("suggested");
  const ready = await window.notification("selmix.json is ready");
  await pictures(window, "scores-ready");
  await window.answer(ready, "Tune Now");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("done");
  expect(configuration(folder)).toMatchObject({ columns: { scores: "p_*" } });
  expect(configuration(folder)).not.toHaveProperty("checkpoints");
  await pictures(window, "scores-verdict");
});

test("embeddings that lie about are no checkpoints, a .pth is: nothing is asked about it", async () => {
  const folder = emptyFolder();
  fillGrouped(folder);
  renameSync(path.join(folder, "checkpoints/epoch_12.pt"), path.join(folder, "checkpoints/best.pth"));
  mkdirSync(path.join(folder, "embeddings"));
  const rows = makeNpy("<f4", [300, 512], new Uint8Array(4 * 300 * 512));
  writeFileSync(path.join(folder, "embeddings/pooled.npy"), rows);
  writeFileSync(path.join(folder, "embeddings/saved.npz"), makeZip([{ name: "arr_0.npy", bytes: rows }]));
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByText("numbered from 0").waitFor();
  await window.enter("");
  await window.pick("suggested");
  await window.notification("selmix.json is ready");
  expect(configuration(folder).checkpoints).toEqual(["checkpoints/*.pth"]);
});

test("a network without samples: they may be shown, as a file or as a folder", async () => {
  const folder = emptyFolder();
  cpSync(path.join(projectRoot, "test/fixtures/onnx/classifier.onnx"), path.join(folder, "model.onnx"));
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.pick("on samples that you show");
  await window.quickInput.getByPlaceholder("The samples of the training set").waitFor();
  await window.quickInput.getByText("Browse for a file of images…").waitFor();
  await pictures(window, "wizard-samples");
  await window.pick("Browse for a folder of images…");
  await window.quickInput.getByRole("button", { name: "OK" }).waitFor();
  await pictures(window, "wizard-samples-folder");
});

test("a scikit-learn model alone: what is missing is asked for, and the script is written", async () => {
  const folder = emptyFolder();
  cpSync(path.join(projectRoot, "test/fixtures/sklearn/logreg.joblib"), path.join(folder, "model.joblib"));
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Create Configuration");
  await window.quickInput.getByText("Write a script").waitFor();
  await pictures(window, "wizard-ways");
  await window.pick("Write a script");
  await window.pick("python");
  await window.pick("scikit-learn");
  await window.notification("try export_features.py");
  expect(configuration(folder).checkpoints).toEqual(["*.joblib"]);
});

test("Add Constraint says what each metric is now, and by how many samples; 0.9 is 90 %, and editing starts there", async () => {
  const folder = emptyFolder();
  fillGrouped(folder);
  writeFileSync(
    path.join(folder, "selmix.json"),
    JSON.stringify({
      checkpoints: ["checkpoints/*.pt"],
      features: { train: "features/train.npz", validation: "features/val.npz" },
      groups: ["dark skin", "light skin"],
    }),
  );
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  await window.command("SelMix: Add Constraint");
  await window.quickInput
    .getByText(/samples? in (dark|light) skin: /)
    .first()
    .waitFor();
  await window.quickInput.getByText("points now").first().waitFor();
  await pictures(window, "constraint-metrics");
  const filter = window.quickInput.locator("input[type=text]").first();
  await filter.fill("tail classes");
  await window.quickInput.locator(".monaco-list-row", { hasText: "recall of tail classes" }).waitFor();
  await window.quickInput.getByText(/% now/).first().waitFor();
  await pictures(window, "constraint-tail");
  await filter.fill("");
  await window.pick("recall difference between groups");
  await window.acceptOne();
  await window.enter("0.9");
  await expect
    .poll(() => configuration(folder).constraints, { timeout: 20_000 })
    .toEqual([{ metric: "recallDifference", atMost: 0.9 }]);
  await window.command("SelMix: Edit Constraint");
  await window.pick("recall difference");
  const box = window.quickInput.locator("input[type=text]").first();
  await expect.poll(() => box.inputValue(), { timeout: 20_000 }).toBe("90 %");
  await pictures(window, "constraint-value");
  await window.enter("12");
  await expect
    .poll(() => configuration(folder).constraints, { timeout: 20_000 })
    .toEqual([{ metric: "recallDifference", atMost: 0.12 }]);
});

test("ticking auto-retune leads to a script with the workspace's own Python, which is tried", async () => {
  const folder = emptyFolder();
  fillGrouped(folder);
  writeFileSync(
    path.join(folder, "selmix.json"),
    JSON.stringify({
      checkpoints: ["checkpoints/*.pt"],
      features: { train: "features/train.npz", validation: "features/val.npz" },
    }),
  );
  // Stands for Python: it copies the tables that are there, as a script of the user's would make them.
  mkdirSync(path.join(folder, ".venv/bin"), { recursive: true });
  writeFileSync(
    path.join(folder, ".venv/bin/python"),
    '#!/bin/sh\ncp features/train.npz "$3/train.safetensors" && cp features/val.npz "$3/validation.safetensors" && echo made\n',
    { mode: 0o755 },
  );
  const window = await vscode.open(folder, { width: 1366, height: 700 });
  await window.openSideBar();
  const view = await window.webview("selmix-tuning");
  await view.getByTestId("auto-retune").click();
  await window.quickInput.getByText("Write a script").waitFor();
  await pictures(window, "retune-ways");
  await window.pick("Write a script");
  await window.pick("PyTorch");
  const ready = await window.notification("try export_features.py");
  expect(configuration(folder).features).toMatchObject({
    command: ["./.venv/bin/python", "export_features.py", "${checkpoint}", "${featuresDir}"],
  });
  await window.answer(ready, "Try It");
  await window.notification("export_features.py works");
  await pictures(window, "retune-tried");
});

test("the example can be tried: it is copied to a folder of the user's choice", async () => {
  const folder = emptyFolder();
  const window = await vscode.open(folder);
  await window.openSideBar();
  const view = await window.webview("selmix-tuning");
  await view.getByRole("button", { name: "Try the example" }).click();
  await window.quickInput.locator("input[type=text]").first().waitFor();
  await pictures(window, "example-folder");
  const opened = window.page
    .context()
    .waitForEvent("page", { timeout: 60_000 })
    .catch(() => null);
  await window.enter(`${folder}/`);
  await until("the example to be copied", () => existsSync(path.join(folder, "selmix-example/selmix.json")));
  for (const file of ["checkpoints/epoch-10.safetensors", "features/test.safetensors"]) {
    const copy = readFileSync(path.join(folder, "selmix-example", file));
    expect(copy.equals(readFileSync(path.join(projectRoot, "examples/fashion-mnist-lt", file)))).toBe(true);
  }
  await (await opened)?.close();
});
