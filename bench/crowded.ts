/**
 * Measures the sidebar of a crowded workspace in a real VS Code: 10,000 checkpoints and 1,000 runs, against the example alone and
 * against an extension host without us, in a folder that has no selmix.json.
 * `npm run bench:crowded`; `-- 2000 500` for other numbers. Asked for twice: while the window is still starting, and later.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BrowserContext } from "playwright-core";
import { RunWriter, runsFolder } from "../src/project/runFolder.ts";
import { makeSafetensors } from "../test/files/makeSafetensors.ts";
import { launchChromium } from "../test/support/chromium.ts";
import { markedProcesses } from "../test/vscode/harness/leftovers.ts";
import { type ServerForTests, serveForTests } from "../test/vscode/harness/serve.ts";
import { Window } from "../test/vscode/harness/window.ts";
import { emptyFolder, exampleWorkspace, sourceCheckpoint } from "../test/vscode/harness/workspace.ts";
import { syntheticRun } from "../test/webview/syntheticRun.ts";

const [checkpoints = 10_000, runs = 1_000] = process.argv.slice(2).map(Number);

/** Small checkpoints with a head of the example's shape, all of different content. */
function fill(folder: string): void {
  const values = new Array<number>(640).fill(0);
  for (let i = 0; i < checkpoints; i++) {
    values[0] = i;
    const head = { "fc.weight": { dtype: "F16", shape: [10, 64], values } };
    const file = path.join(folder, `checkpoints/step-${i}.safetensors`);
    writeFileSync(file, makeSafetensors(head));
    // Saved while nobody watched.
    utimesSync(file, 1_700_000_000 + i, 1_700_000_000 + i);
  }
  const { run, result, history } = syntheticRun({ classes: 10, cycles: 20, samples: 20 });
  const startedAt = new Date(0).toISOString();
  const writer = new RunWriter(folder, { ...run, startedAt, checkpoint: sourceCheckpoint(folder) });
  for (const { gainIndex: _, ...cycle } of history) writer.cycle(cycle, null);
  if (result !== null) writer.result({ ...result, runFolder: writer.folder });
  writer.finish("done");
  for (let i = 1; i < runs; i++) {
    const copy = path.join(runsFolder(folder), `2026-01-01T00-00-00Z-${i}-minRecall`);
    mkdirSync(copy);
    cpSync(writer.folder, copy, { recursive: true });
  }
}

/** Megabytes that are resident and seconds of computing of the extension host, from Linux's own account. */
function host(server: ServerForTests): { memory: number; most: number; seconds: number } {
  const [found] = markedProcesses(server.mark).filter(({ command }) => /--type=extensionHost/.test(command));
  if (!found) throw new Error("There is no extension host.");
  const status = readFileSync(`/proc/${found.pid}/status`, "utf8");
  const fields = readFileSync(`/proc/${found.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { memory: megabytes("VmRSS"), most: megabytes("VmHWM"), seconds: ticks / 100 };
}

async function measureEmpty(context: BrowserContext, server: ServerForTests): Promise<void> {
  const folder = emptyFolder();
  const window = await Window.open(context, server, folder);
  await window.page.waitForTimeout(10_000);
  tell("without us", host(server));
  await window.close();
  rmSync(folder, { recursive: true });
}

function tell(what: string, { memory, most, seconds }: ReturnType<typeof host>, times = ""): void {
  const cost = `host ${Math.round(memory)} MB (at most ${Math.round(most)}), ${seconds.toFixed(1)} s of computing`;
  console.log(`${what.padEnd(34)} ${times}${cost}`);
}

async function measure(context: BrowserContext, server: ServerForTests, crowded: boolean): Promise<void> {
  const folder = exampleWorkspace({ "tuning.controls": "none" });
  if (crowded) fill(folder);
  const window = await Window.open(context, server, folder);
  const row = window.row("Checkpoints", crowded ? "step-" : "epoch-10").first();
  const start = performance.now();
  const since = () => Math.round(performance.now() - start);
  await window.openSideBar();
  await row.waitFor();
  const first = since();
  if (crowded) await window.page.getByText(`of ${checkpoints + 1} checkpoints`).waitFor();
  const all = since();
  await window.page.waitForTimeout(5_000);
  await window.command("View: Show Explorer");
  const again = since();
  await window.openSideBar();
  await row.waitFor();
  const later = since() - again;
  const what = crowded ? `${checkpoints} checkpoints, ${runs} runs` : "the example alone";
  tell(what, host(server), `first row ${first} ms, all ${all} ms, later ${later} ms; `);
  await window.close();
  rmSync(folder, { recursive: true });
}

const { server, stop } = await serveForTests();
const browser = await launchChromium();
try {
  await measureEmpty(await browser.newContext(), server);
  for (const crowded of [false, true]) await measure(await browser.newContext(), server, crowded);
} finally {
  await browser.close();
  await stop();
}
