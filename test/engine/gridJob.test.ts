/** A grid as the editor asks for it: the tunes of the command line, by a worker of its own, which ends when it is stopped. */
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { isAlive } from "../../src/files/liveness.ts";
import { reachOf } from "../../src/files/place.ts";
import {
  claimant,
  listGridFolders,
  readGrid,
  runOfTask,
  stateOf,
  taskFolder,
  taskOfRun,
} from "../../src/project/gridFolder.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import type { JobProgress } from "../../src/protocol/engine.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

let workspace: Workspace;
beforeEach(() => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 50 });
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

const said: JobProgress[] = [];
const programs = new Map<number, boolean>();
const contextOf = (signal: AbortSignal): JobContext => ({
  signal,
  progress: (progress) => said.push(progress),
  cycle: () => undefined,
  program: (pid, running) => programs.set(pid, running),
});
const quiet = contextOf(new AbortController().signal);

function grid(axes: { objectives: string[]; seeds: number[]; checkpoints?: string[] }, context = quiet) {
  const request = { configurationPath: workspace.configuration, trusted: true, checkpoints: null, ...axes };
  return runJob<"grid">({ kind: "grid", ...request }, context);
}

const resultOf = (folder: string) =>
  tuneResult.parse(JSON.parse(readFileSync(path.join(folder, "result.json"), "utf8")));

it("tunes each combination once as a tune of its own would, by one worker, and says how far it is", async () => {
  const second = workspace.checkpoint.replace("epoch-10", "epoch-11");
  copyFileSync(workspace.checkpoint, second);
  said.length = 0;
  programs.clear();
  const axes = {
    objectives: ["minRecall", "hMean"],
    seeds: [0, 3],
    checkpoints: [second, workspace.checkpoint],
  };
  const ended = await grid(axes);
  // Both files hold the same, so that tunes of one are those of the other.
  expect(ended).toMatchObject({ tunes: 8, done: 8, failed: 0 });
  expect([...programs.values()]).toEqual([false]);
  expect(said.at(-1)).toMatchObject({ phase: "grid", step: 4, steps: 4 });
  const luck = ended.sentences.filter((sentence) => sentence.startsWith("epoch-1"));
  expect(luck.map((sentence) => sentence.slice(0, 8))).toEqual([
    "epoch-11",
    "epoch-11",
    "epoch-10",
    "epoch-10",
  ]);
  expect(existsSync(workspace.output)).toBe(false);
  expect(listRunFolders(workspace.folder)).toEqual([]);
  const tasks = readGrid(ended.gridFolder)?.tasks ?? [];
  const task = tasks.find(({ objective, seed }) => objective === "hMean" && seed === 3);
  const inGrid = resultOf(runOfTask(taskFolder(workspace.folder, task?.id ?? "")));
  const request = {
    ...{ configurationPath: workspace.configuration, checkpoint: null, trusted: true },
    ...{ objective: "hMean" as const, seed: 3, trigger: "user" as const },
  };
  const alone = await runJob<"tune">({ kind: "tune", request }, quiet);
  expect(inGrid.after).toEqual(alone.after);
}, 120_000);

it("puts the head of a task in its place, as one run however often, and knows the task by where its run lies", async () => {
  const { gridFolder } = await grid({ objectives: ["minRecall"], seeds: [0] });
  const [task] = readGrid(gridFolder)?.tasks ?? [];
  const own = runOfTask(taskFolder(workspace.folder, task?.id ?? ""));
  expect(taskOfRun(own)).toBe(task?.id);
  for (const other of [path.dirname(own), path.join(workspace.folder, ".selmix/runs/run"), "/run"])
    expect(taskOfRun(other)).toBeNull();
  const use = () => {
    const about = { configurationPath: workspace.configuration, task: taskOfRun(own) ?? "", trusted: true };
    return runJob<"useTask">({ kind: "useTask", ...about }, quiet);
  };
  const used = await use();
  expect(used.output).toBe(workspace.output);
  expect(existsSync(workspace.output)).toBe(true);
  expect((await use()).runFolder).toBe(used.runFolder);
  expect(listRunFolders(workspace.folder)).toEqual([used.runFolder]);
}, 60_000);

it("goes on where it was stopped, and its worker is gone by then", async () => {
  const stop = new AbortController();
  programs.clear();
  const seeds = Array.from({ length: 8 }, (_unused, at) => at);
  const stopped = grid({ objectives: ["minRecall"], seeds }, contextOf(stop.signal));
  const folders = () => {
    const [folder] = listGridFolders(workspace.folder, reachOf(workspace.folder));
    return (folder ? (readGrid(folder)?.tasks ?? []) : []).map(({ id }) => taskFolder(workspace.folder, id));
  };
  const done = () => folders().filter((folder) => stateOf(folder) === "done");
  stopped.catch(() => undefined);
  while (done().length < 2) await pause(20);
  stop.abort();
  await expect(stopped).rejects.toThrow();
  expect([...programs.keys()].map((pid) => isAlive(pid))).toEqual([false]);
  expect(folders().map((folder) => claimant(folder))).toEqual(new Array(8).fill(null));
  const before = done().map(
    (folder) => [folder, statSync(path.join(folder, "run/result.json")).mtimeMs] as const,
  );
  expect(before.length).toBeLessThan(8);
  expect(await grid({ objectives: ["minRecall"], seeds })).toMatchObject({ tunes: 8, done: 8 });
  for (const [folder, at] of before) expect(statSync(path.join(folder, "run/result.json")).mtimeMs).toBe(at);
}, 120_000);

it("says why tunes failed, and refuses what cannot be tuned so before anything is", async () => {
  await expect(grid({ objectives: ["meanrecall"], seeds: [0] })).rejects.toThrow("is another than this grid");
  const text = readFileSync(workspace.configuration, "utf8");
  const bounded = ', "confidence": 0.95, "constraints": [{ "metric": "coverage", "atLeast": 0.05 }] }';
  writeFileSync(workspace.configuration, text.replace(/\}\s*$/, bounded));
  await expect(grid({ objectives: ["minRecall"], seeds: [0] })).rejects.toThrow("rows prove once");
  expect(listGridFolders(workspace.folder, reachOf(workspace.folder))).toEqual([]);
});
