/** A checkpoint opened as a file, the table of runs, and baselines, as a user meets them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../scripts/vscode/install.ts";
import { readNaming } from "../../src/project/runNaming.ts";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns, epochFile, nextEpoch, runsOf, saveByRename } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("a checkpoint opens as its structure, whatever its type, and tunes from there; its run is named, pinned and found in the table", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 100, "tuning.controls": "none" });
  const window = await vscode.open(folder, { width: 1366, height: 860 });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();

  await window.command("SelMix: Inspect Checkpoint");
  await window.pick("epoch-10");
  const page = await window.webview("selmix-checkpoint");
  await page.getByText(/^fc\.weight, with the bias fc\.bias: 10 classes/).waitFor();
  await page.getByRole("row", { name: /ankle boot/ }).waitFor();
  await page.getByRole("button", { name: /^weight \(head\)/ }).click();
  await page.getByText(/mean .*, deviation/).waitFor();

  await page.getByRole("button", { name: "Tune" }).click();
  const [run] = await endedRuns(folder, 1);
  expect(run?.run).toMatchObject({ state: "done", checkpointName: "epoch-10" });
  if (!run) throw new Error("The tune left no run.");

  await window.command("SelMix: Show Runs as Table");
  const table = await window.webview("selmix-runs");
  await table.getByText("1 run.").waitFor();
  await table.getByRole("button", { name: "Pin epoch-10" }).click();
  await until(
    "the pin",
    async () =>
      (await table.getByRole("button", { name: "Pin epoch-10" }).getAttribute("aria-pressed")) === "true",
  );
  await table.getByRole("button", { name: "Name epoch-10" }).click();
  await window.enter("for the paper");
  await window.enter("after cleaning");
  await table.getByRole("button", { name: "for the paper", exact: true }).waitFor();
  expect(readNaming(run.runFolder)).toEqual({ name: "for the paper", note: "after cleaning" });
  await window.row("Runs", "for the paper").waitFor();
});

test("the table of runs keeps its columns for the workspace, and draws the worst class over the runs, each of which opens", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 60, "tuning.controls": "none" });
  const window = await vscode.open(folder, { width: 1366, height: 900 });
  await window.openSideBar();
  for (const epoch of [11, 12]) {
    saveByRename(epochFile(folder, epoch), nextEpoch(folder, epoch));
    await window.row("Checkpoints", `epoch-${epoch}`).waitFor();
    await window.command("SelMix: Tune Latest");
    await endedRuns(folder, epoch - 10);
  }
  await window.command("SelMix: Show Runs as Table");
  const table = await window.webview("selmix-runs");
  await table.getByText("2 runs, the oldest first. The checkpoint of the newest, epoch-12,").waitFor();
  const chart = table.getByRole("img", { name: /Worst-class recall over the runs/ });
  await table.getByText("Columns", { exact: true }).click();
  await table.getByRole("checkbox", { name: "Worst class now" }).check();
  await table.getByRole("checkbox", { name: "Price (points)" }).uncheck();
  await chart.focus();
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "runs-table");
  }
  await window.reload();
  const again = await window.webview("selmix-runs");
  await again.getByRole("columnheader", { name: "Worst class now" }).waitFor();
  expect(await again.getByRole("columnheader", { name: "Price (points)" }).count()).toBe(0);
  await again.getByRole("img", { name: /Worst-class recall over the runs/ }).focus();
  await window.page.keyboard.press("ArrowRight");
  await window.page.keyboard.press("Enter");
  const recall = await window.webview("selmix-recall");
  await recall
    .getByText(/epoch-11/)
    .first()
    .waitFor();
});

test("the table of runs follows a grid that a terminal started, tune by tune", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 50, "tuning.controls": "none" });
  const window = await vscode.open(folder);
  await window.command("SelMix: Show Runs as Table");
  const table = await window.webview("selmix-runs");
  await table.getByText("No run yet").waitFor();
  const words = ["sweep", "--seeds", "0..2", "--workers", "1"];
  const cli = path.join(projectRoot, "dist/cli.mjs");
  const grid = spawn(process.execPath, [cli, ...words], { cwd: folder, stdio: "ignore" });
  const ended = once(grid, "close");
  await table.getByText("3 runs.").waitFor();
  await table.getByText("queued").first().waitFor();
  expect((await ended)[0]).toBe(0);
  await until(
    "three heads by name",
    async () => (await table.getByText(/of a grid, [0-9a-f]{12}$/).count()) === 3,
  );
  await until("no tune that waits", async () => (await table.getByText("queued").count()) === 0);
  await table.getByText("epoch-10").first().waitFor();
});

test("baselines run from the palette, and write nothing", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 50 });
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Run Baselines");
  await window.pick("epoch-10");
  await window.notification(/best baseline is .* against 34\.1/);
  expect(runsOf(folder)).toEqual([]);
});
