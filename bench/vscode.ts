/**
 * Measures the extension in a real VS Code: how soon somebody new has a verdict, what activation costs, how soon a saved checkpoint shows, how soon a large run
 * opens, and what the open panels cost a tune. `npm run bench:vscode`, with `-- --first` the verdict alone.
 */
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { BrowserContext, Frame } from "playwright-core";
import { listRunFolders, readResult, readRunRecord } from "../src/project/readRuns.ts";
import { RunWriter } from "../src/project/runFolder.ts";
import { launchChromium } from "../test/support/chromium.ts";
import { fillGrouped } from "../test/support/groupedWorkspace.ts";
import { actionsToVerdict, toFirstVerdict } from "../test/vscode/harness/firstVerdict.ts";
import { epochFile, nextEpoch, saveByRename } from "../test/vscode/harness/runs.ts";
import { type ServerForTests, serveForTests } from "../test/vscode/harness/serve.ts";
import { until } from "../test/vscode/harness/until.ts";
import { Window } from "../test/vscode/harness/window.ts";
import { emptyFolder, exampleWorkspace, sourceCheckpoint } from "../test/vscode/harness/workspace.ts";
import { syntheticGain, syntheticRun } from "../test/webview/syntheticRun.ts";

/** Milliseconds of activation, as VS Code itself lists them. */
async function activation(window: Window): Promise<number> {
  await window.command("Developer: Show Running Extensions");
  const row = window.page.locator(".runtime-extensions-editor .extension", { hasText: "SelMix" }).first();
  const text = await until("the activation time", () => row.locator(".activation-time").textContent());
  const found = /([\d.]+)\s*ms/.exec(text)?.[1];
  if (found === undefined) throw new Error(`VS Code says "${text}" about the activation.`);
  return Number(found);
}

/** Milliseconds from the rename of a checkpoint into place to its row in the sidebar. */
async function savedToShown(window: Window, folder: string): Promise<number> {
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  const saved = performance.now();
  await window.row("Checkpoints", "epoch-11").waitFor();
  return performance.now() - saved;
}

/** Opens gain and recall of the newest run side by side: a panel behind another one is not drawn, and would cost nothing. */
async function openPanels(window: Window): Promise<void> {
  await window.command("SelMix: Open Configuration");
  await window.command("View: Split Editor Right");
  await window.panel("Gain", "epoch");
  await window.page.locator(".tab", { hasText: "selmix.json" }).first().click();
  await window.panel("Recall", "epoch");
  for (const panel of ["gain", "recall"]) {
    const frame = await window.webview(`selmix-${panel}`);
    await frame.locator("canvas").first().waitFor();
  }
}

/** Seconds of tuning of the next run; with `watch`, both panels are open, and follow it. */
async function tuning(window: Window, folder: string, watch: boolean): Promise<number> {
  const before = listRunFolders(folder).length;
  await window.command("View: Close All Editors");
  if (watch) await openPanels(window);
  await window.command("SelMix: Tune Latest");
  // Looks at little and seldom: whoever measures must not be what slows the tune.
  for (;;) {
    await pause(1000);
    const [newest, ...others] = listRunFolders(folder);
    const state = newest === undefined ? undefined : readRunRecord(newest)?.state;
    if (newest !== undefined && others.length === before && state === "done")
      return readResult(newest)?.seconds.tune ?? Number.NaN;
    if (state === "failed" || state === "cancelled") throw new Error(`The run in ${newest} was ${state}.`);
  }
}

const pairs = 3;

/** What the open panels cost a tune: pairs of runs, watched and not, in turns, so that a machine that gets busier hurts both. */
async function watching(window: Window, folder: string): Promise<void> {
  const ratios: number[] = [];
  const times: [number, number][] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const first = await tuning(window, folder, pair % 2 === 1);
    const second = await tuning(window, folder, pair % 2 === 0);
    const [alone, watched] = pair % 2 === 1 ? [second, first] : [first, second];
    times.push([alone, watched]);
    ratios.push(watched / alone);
  }
  const shown = times.map(([alone, watched]) => `${alone.toFixed(2)}/${watched.toFixed(2)}`).join(", ");
  const slower = 100 * (median(ratios) - 1);
  console.log(`a tune alone/with both panels      ${shown} s; slower by ${slower.toFixed(1)} % (median)`);
}

/** Writes a finished run into a workspace, as the engine would have. */
function writeRun(folder: string, classes: number, cycles: number): void {
  const { run, history, result, confusion } = syntheticRun({ classes, cycles, samples: 20 });
  const startedAt = new Date().toISOString();
  const writer = new RunWriter(folder, { ...run, startedAt, checkpoint: sourceCheckpoint(folder) });
  for (const { gainIndex: _, ...cycle } of history) {
    // To make up all that the folder has room for would take a minute.
    const kept = cycle.cycle % Math.ceil(cycles / 10) === 0 || cycle.cycle === cycles - 1;
    writer.cycle(cycle, kept ? syntheticGain(classes, cycle.cycle) : null);
  }
  writer.confusion(confusion);
  if (result !== null) writer.result({ ...result, runFolder: writer.folder });
  writer.finish("done");
}

const pictures = { Gain: "Gain of", Recall: "Recall per class" } as const;

/** When a picture is there, by the page's own clock: from outside it is looked for only every half second. */
function drawnAt(frame: Frame, selector: string): Promise<number> {
  return frame.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector(wanted) === null) requestAnimationFrame(look);
          else resolve(Date.now());
        };
        look();
      }),
    selector,
  );
}

/** Milliseconds from choosing the newest run until its heat map, or its recalls, are drawn. */
async function opening(window: Window, panel: keyof typeof pictures): Promise<number[]> {
  const taken: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    await window.command("View: Close All Editors");
    await window.command(`SelMix: Show ${panel}`);
    const row = window.quickInput.locator(".monaco-list-row").first();
    await row.waitFor();
    const start = Date.now();
    await row.click();
    const frame = await window.webview(`selmix-${panel.toLowerCase()}`);
    taken.push((await drawnAt(frame, `canvas[aria-label^='${pictures[panel]}'][data-drawn]`)) - start);
  }
  return taken;
}

/** A run of a few classes says what VS Code takes to open any panel, one of a thousand what the panels add to that. */
async function openings(window: Window, folder: string): Promise<void> {
  for (const [classes, cycles] of [
    [10, 20],
    [1000, 200],
  ] as const) {
    writeRun(folder, classes, cycles);
    await window.command("SelMix: Refresh");
    for (const panel of ["Gain", "Recall"] as const) {
      const taken = await opening(window, panel);
      const shown = taken.map((each) => each.toFixed(0)).join(", ");
      const what = `${panel} of ${classes} classes, ${cycles} cycles`;
      console.log(`${what.padEnd(34)} ${median(taken).toFixed(0)} ms (median of ${shown})`);
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Seconds from opening a folder of somebody new to a verdict, by a person who reads nothing and does not think. */
async function firstVerdict(context: BrowserContext, server: ServerForTests): Promise<void> {
  const folder = emptyFolder();
  fillGrouped(folder);
  const start = performance.now();
  const window = await Window.open(context, server, folder, { width: 1366, height: 700 });
  await window.openSideBar();
  const opened = performance.now();
  await toFirstVerdict(window);
  const [all, after] = [start, opened].map((from) => `${((performance.now() - from) / 1000).toFixed(1)} s`);
  console.log(
    `a folder to a verdict              ${all}, of which ${after} with the view open (${actionsToVerdict} clicks)`,
  );
  await window.close();
  rmSync(folder, { recursive: true });
}

async function measure(context: BrowserContext, server: ServerForTests): Promise<void> {
  const folder = exampleWorkspace({ "tuning.steps": 40_000, "tuning.controls": "none" });
  const window = await Window.open(context, server, folder, { width: 1600, height: 1000 });
  console.log(`saved checkpoint in the sidebar    ${Math.round(await savedToShown(window, folder))} ms`);
  await tuning(window, folder, false);
  await watching(window, folder);
  console.log(`activation                         ${await activation(window)} ms`);
  await openings(window, folder);
  await window.close();
  rmSync(folder, { recursive: true });
}

const { server, stop } = await serveForTests();
const browser = await launchChromium();
try {
  await firstVerdict(await browser.newContext(), server);
  if (!process.argv.includes("--first")) await measure(await browser.newContext(), server);
} finally {
  await browser.close();
  await stop();
}
