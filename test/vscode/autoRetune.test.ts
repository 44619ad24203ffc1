/** A trainer saves; SelMix tunes by itself, the right number of times. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import {
  endedRuns,
  epochFile,
  hasOutput,
  nextEpoch,
  runsOf,
  saveByRename,
  saveSlowly,
} from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import type { Window } from "./harness/window.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();
const watching = { autoRetune: true, "tuning.steps": 200 };

/** A window that follows the workspace's checkpoints already. */
async function watchingWindow(folder: string): Promise<Window> {
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  return window;
}

/** Whether it is written down what was there. */
const watchedSince = (folder: string) => existsSync(path.join(folder, ".selmix/watched-selmix.json"));

/** Saves one more checkpoint at the end and waits for its run: what came before it had its chance to be tuned. */
async function runsUpTo(folder: string, lastEpoch: number, count: number) {
  saveByRename(epochFile(folder, lastEpoch), nextEpoch(folder, lastEpoch));
  await until("the last checkpoint's run", () =>
    runsOf(folder).some(({ run }) => run.checkpoint === epochFile(folder, lastEpoch)),
  );
  const runs = await endedRuns(folder, count);
  return runs.map(({ run }) => run.checkpoint);
}

test("a checkpoint written slowly, in pieces, is tuned once and when it is whole", async () => {
  const folder = exampleWorkspace(watching);
  const window = await watchingWindow(folder);
  await saveSlowly(epochFile(folder, 11), nextEpoch(folder, 1));
  const [run] = await endedRuns(folder, 1);
  await window.row("Runs", "epoch-11").waitFor();
  expect(run?.run).toMatchObject({ state: "done", trigger: "save", checkpoint: epochFile(folder, 11) });
  expect(run && hasOutput(run)).toBe(true);
  expect(await runsUpTo(folder, 12, 2)).toEqual([epochFile(folder, 11), epochFile(folder, 12)]);
});

test("a checkpoint renamed into place is tuned once", async () => {
  const folder = exampleWorkspace(watching);
  const window = await watchingWindow(folder);
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await endedRuns(folder, 1);
  await window.statusBar(/worst class/).waitFor();
  await window.notification("epoch-11");
  expect(await runsUpTo(folder, 12, 2)).toEqual([epochFile(folder, 11), epochFile(folder, 12)]);
});

test("of ten checkpoints in a burst the last is tuned, and at most one before it", async () => {
  const folder = exampleWorkspace(watching);
  await watchingWindow(folder);
  for (let epoch = 11; epoch <= 20; epoch++) saveByRename(epochFile(folder, epoch), nextEpoch(folder, epoch));
  await until("the last one's run", () =>
    runsOf(folder).some(({ run }) => run.checkpoint === epochFile(folder, 20)),
  );
  const runs = await endedRuns(folder, 1);
  expect(runs.length).toBeLessThanOrEqual(2);
  expect(runs.at(-1)?.run.checkpoint).toBe(epochFile(folder, 20));
});

test("the same content saved again is not tuned again", async () => {
  const folder = exampleWorkspace(watching);
  await watchingWindow(folder);
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await endedRuns(folder, 1);
  writeFileSync(epochFile(folder, 11), nextEpoch(folder, 1));
  expect(await runsUpTo(folder, 12, 2)).toEqual([epochFile(folder, 11), epochFile(folder, 12)]);
});

test("shards that are saved again under the same index are tuned each time", async () => {
  const folder = exampleWorkspace({ ...watching, checkpoints: ["out/*.index.json"] });
  const bytes = nextEpoch(folder, 0);
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0))));
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  const index = { weight_map: Object.fromEntries(names.map((name) => [name, "m-1.safetensors"])) };
  mkdirSync(path.join(folder, "out"));
  const shard = path.join(folder, "out/m-1.safetensors");
  saveByRename(shard, bytes);
  writeFileSync(path.join(folder, "out/m.safetensors.index.json"), JSON.stringify(index));
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.row("Checkpoints", "m").waitFor();
  await until("it to watch", () => watchedSince(folder));
  for (const nudge of [1, 2]) {
    saveByRename(shard, nextEpoch(folder, nudge));
    await endedRuns(folder, nudge);
  }
  expect(new Set(runsOf(folder).map(({ run }) => run.checkpointHash)).size).toBe(2);
});

test("what is saved while the window is closed is tuned when it is opened again", async () => {
  const folder = exampleWorkspace(watching);
  const window = await watchingWindow(folder);
  await until("it to watch", () => watchedSince(folder));
  await window.close();
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await watchingWindow(folder);
  const [run] = await endedRuns(folder, 1);
  expect(run?.run).toMatchObject({ state: "done", trigger: "save", checkpoint: epochFile(folder, 11) });
});

test("nothing is tuned by itself while auto-retune is off, and the sidebar still shows the save", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 200 });
  const window = await watchingWindow(folder);
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await window.row("Checkpoints", "epoch-11").waitFor();
  expect(runsOf(folder)).toEqual([]);
});

test("an open panel moves on to the next checkpoint's run, until it is told to stay", async () => {
  const folder = exampleWorkspace(watching);
  const window = await watchingWindow(folder);
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await endedRuns(folder, 1);
  const panel = await window.panel("Recall", "epoch-11");
  const shows = (epoch: string) => panel.locator(".page-head", { hasText: epoch }).waitFor();
  await shows("epoch-11");
  await panel.locator(".claim").waitFor();

  saveByRename(epochFile(folder, 12), nextEpoch(folder, 2));
  await shows("epoch-12");
  await window.page.locator(".tab", { hasText: "Recall: epoch-12" }).waitFor();

  await endedRuns(folder, 2);
  await panel.getByText("Follow the newest run").click();
  saveByRename(epochFile(folder, 13), nextEpoch(folder, 4));
  await endedRuns(folder, 3);
  await window.row("Runs", "epoch-13").waitFor();
  await shows("epoch-12");
  await panel.getByText("Follow the newest run").click();
  await shows("epoch-13");
});
