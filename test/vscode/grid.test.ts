/** A grid asked for in a real VS Code: by quick picks, tuned beside the editor, followed in the table of runs, and stopped. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { reachOf } from "../../src/files/place.ts";
import { listGridFolders, readGrid, stateOf, taskFolder } from "../../src/project/gridFolder.ts";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { runsOf } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

function statesOf(folder: string): string[] {
  const [grid] = listGridFolders(folder, reachOf(folder));
  return (grid ? (readGrid(grid)?.tasks ?? []) : []).map(({ id }) => stateOf(taskFolder(folder, id)));
}

test("objectives, checkpoints and seeds are ticked; the tunes come one by one into the table of runs", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 100 });
  const checkpoints = path.join(folder, "checkpoints");
  const bytes = readFileSync(path.join(checkpoints, "epoch-10.safetensors"));
  // A last bit more or less: another checkpoint, for tunes of equal ones are made once.
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 4) ^ 1, bytes.length - 4);
  writeFileSync(path.join(checkpoints, "epoch-11.safetensors"), bytes);
  const window = await vscode.open(folder, { width: 1366, height: 900 });
  await window.openSideBar();
  await window.command("SelMix: Sweep a Grid");
  const row = (text: RegExp) => window.quickInput.locator(".monaco-list-row").filter({ hasText: text });
  await row(/^harmonic mean/i).click();
  await window.screenshot("light", "grid-objectives");
  await window.acceptOne();
  await row(/^epoch-10/).click();
  await window.screenshot("light", "grid-checkpoints");
  await window.acceptOne();
  await window.quickInput.getByText("2 objectives, 2 checkpoints").waitFor();
  await window.quickInput.getByText("12 tunes").waitFor();
  await window.screenshot("light", "grid-seeds");
  await window.pick(/^3 seeds/);
  const table = await window.webview("selmix-runs");
  await table.getByText("12 runs.").waitFor({ timeout: 60_000 });
  await window.statusBar(/SelMix \d+\/\d+/).waitFor();
  await window.screenshot("light", "grid-running");
  await window.notification(/12 of 12 tunes done/);
  expect(statesOf(folder)).toEqual(new Array(12).fill("done"));
  await until("the table to say so", async () => (await table.getByText("tuning").count()) === 0);
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "grid-done");
  }
  expect(runsOf(folder)).toEqual([]);
  expect(existsSync(path.join(folder, "tuned"))).toBe(false);

  // A tune of the grid is looked at like a run, and becomes one when it is used.
  await table.locator('tr[data-folder*="/tasks/"] th button').first().click();
  const recall = await window.webview("selmix-recall");
  await recall.getByText("Use this run…", { exact: true }).click();
  await window.notification(/^Wrote tuned|Wrote .*\.selmix\.safetensors/);
  await until("the run of it", async () => runsOf(folder).length === 1);
  await window.tab("Runs");
  const again = await window.webview("selmix-runs");
  await again.getByText("13 runs.").waitFor();
}, 240_000);

test("a grid is asked for from the side bar and from the table, and stopped; what is tuned stays", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 3000 });
  const long = path.join(folder, "checkpoints/a-linear-probe-of-a-long-tailed-set-of-10.safetensors");
  renameSync(path.join(folder, "checkpoints/epoch-10.safetensors"), long);
  copyFileSync(long, long.replace("-10", "-11"));
  const window = await vscode.open(folder, { width: 1366, height: 900 });
  await window.openSideBar();
  const tuning = await window.webview("selmix-tuning");
  // Names that begin alike are told apart in the tree, and leave room for what stands behind them.
  const rows = window.rows("Checkpoints");
  await until("both checkpoints", async () => (await rows.count()) === 2);
  const texts = await rows.allTextContents();
  expect(
    texts.map((text) => /^\S+… ?\S*-of-1[01]/.test(text.trim())),
    texts.join(),
  ).toEqual([true, true]);
  await tuning.getByTestId("sweep-grid").click();
  await window.acceptOne();
  await window.acceptOne();
  await window.quickInput.getByText("20 tunes").waitFor();
  await window.pick(/^20 seeds/);
  const table = await window.webview("selmix-runs");
  await until("a tune", async () => statesOf(folder).includes("running"), 60_000);
  await table.getByText("Sweep a grid…", { exact: true }).click();
  await window.notification(/A grid is at work/);
  const notification = await window.notification(/Sweeping a grid of 20 tunes/);
  await window.answer(notification, "Cancel");
  await until("the end", async () => !statesOf(folder).includes("running"), 30_000);
  expect(statesOf(folder)).toContain("queued");
  await until(
    "the status bar at rest",
    async () => (await window.statusBar(/SelMix \d+\/\d+/).count()) === 0,
  );
  // The same choices go on from there, and the palette stops it too.
  const before = statesOf(folder).filter((state) => state === "done").length;
  await tuning.getByTestId("sweep-grid").click();
  await window.acceptOne();
  await window.acceptOne();
  await window.pick(/^20 seeds/);
  await until(
    "another tune",
    async () => statesOf(folder).filter((state) => state === "done").length > before,
    60_000,
  );
  await window.command("SelMix: Stop Tuning");
  await until("the end", async () => !statesOf(folder).includes("running"), 30_000);
  expect(statesOf(folder)).toContain("queued");
  rmSync(path.join(folder, ".selmix"), { recursive: true });
}, 180_000);
