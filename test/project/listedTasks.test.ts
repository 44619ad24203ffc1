/** The tunes of grids as the table of runs lists them: how each stands, and that nothing is read again that has not changed. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reachOf } from "../../src/files/place.ts";
import { claim, fail, gridFile, openGrid, retry, settle, taskFolder } from "../../src/project/gridFolder.ts";
import { resultInShort, runInShort } from "../../src/project/inShort.ts";
import { ListedTasks } from "../../src/project/listedTasks.ts";
import type { GridRecord } from "../../src/protocol/grid.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

let home = "";
let configuration = "";
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "selmix-listed-"));
  configuration = path.join(home, "selmix.json");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const idOf = (at: number) => `${at}`.padStart(40, "0");
const folderOf = (at: number) => taskFolder(home, idOf(at));

function gridOf(
  first: number,
  last: number,
  startedAt: string,
  configurationPath = configuration,
): GridRecord {
  const about = { checkpoint: "/c", checkpointName: "c", objective: "minRecall", bound: null, draw: null };
  const tasks = Array.from({ length: last - first }, (_unused, at) => ({
    ...about,
    ...{ id: idOf(first + at), seed: first + at },
  }));
  return { version: 2, selmix: "0", startedAt, configurationPath, swept: null, choices: {}, tasks };
}

function open(grid: GridRecord): string {
  const folder = openGrid(home, grid, reachOf(home));
  for (const { id } of grid.tasks) settled(taskFolder(home, id));
  return folder;
}

/** As if what changed last had changed long ago, each time at another time. */
let clock = Date.parse("2020-01-01");
function settled(folder: string): void {
  clock += 1000;
  utimesSync(folder, new Date(clock), new Date(clock));
}

function end(folder: string): void {
  const { run, result } = syntheticRun({ classes: 3, cycles: 1 });
  if (result === null) throw new Error("the run has ended");
  const work = path.join(folder, "work-x");
  mkdirSync(work);
  const summary = { run: runInShort(run), result: resultInShort(result) };
  writeFileSync(path.join(work, "summary.json"), JSON.stringify(summary));
  settle(folder, work);
}

it("follows a task from the queue to its end, and says what it came to", () => {
  open(gridOf(0, 3, "2026-01-01"));
  const tasks = new ListedTasks();
  const states = () =>
    tasks.of([{ path: configuration, reach: reachOf(home) }])[0]?.map(({ state }) => state);
  expect(states()).toEqual(["queued", "queued", "queued"]);
  const taken = claim(folderOf(0), undefined);
  settled(folderOf(0));
  expect(states()).toEqual(["running", "queued", "queued"]);
  end(folderOf(0));
  taken?.release();
  fail(folderOf(1), "The disk is full.");
  for (const at of [0, 1]) settled(folderOf(at));
  const [listed = []] = tasks.of([{ path: configuration, reach: reachOf(home) }]);
  expect(listed.map(({ state }) => state)).toEqual(["done", "failed", "queued"]);
  expect(listed[0]?.summary?.result?.objective).toBe("minRecall");
  expect(listed[1]?.error).toBe("The disk is full.");
  retry(folderOf(1));
  settled(folderOf(1));
  expect(states()).toEqual(["done", "queued", "queued"]);
});

it("reads a grid and its tasks once, and again only those that changed", () => {
  open(gridOf(0, 400, "2026-01-01"));
  for (let at = 0; at < 400; at++) {
    end(folderOf(at));
    settled(folderOf(at));
  }
  const tasks = new ListedTasks();
  const look = () => tasks.of([{ path: configuration, reach: reachOf(home) }])[0] ?? [];
  const first = look();
  // What is not opened again cannot be missed when it is unreadable.
  for (let at = 0; at < 400; at++) writeFileSync(path.join(folderOf(at), "run", "summary.json"), "gone");
  const second = look();
  expect(first).toHaveLength(400);
  expect(second.every((task, at) => Object.is(task, first[at]))).toBe(true);
  rmSync(path.join(folderOf(7), "run"), { recursive: true });
  const third = look();
  expect(third.flatMap((task, at) => (Object.is(task, first[at]) ? [] : [at]))).toEqual([7]);
  expect(third[7]?.state).toBe("queued");
});

it("lists the grid that was asked for last first, a task of two grids once, and of other configurations none", () => {
  const older = open(gridOf(0, 4, "2026-01-01"));
  open(gridOf(2, 6, "2026-01-02"));
  open(gridOf(10, 12, "2026-01-03", path.join(home, "other.json")));
  const tasks = new ListedTasks();
  const look = () => tasks.of([{ path: configuration, reach: reachOf(home) }])[0] ?? [];
  expect(look().map(({ task }) => task.seed)).toEqual([2, 3, 4, 5, 0, 1]);
  expect(look()[0]?.askedAt).toBe("2026-01-02");
  rmSync(gridFile(older));
  expect(look().map(({ task }) => task.seed)).toEqual([2, 3, 4, 5]);
});

it("reads nothing of a task's folder that is a link, nor of tasks that lie out of reach", () => {
  open(gridOf(0, 2, "2026-01-01"));
  end(folderOf(0));
  const outside = mkdtempSync(path.join(os.tmpdir(), "selmix-outside-"));
  cpSync(folderOf(0), path.join(outside, "task"), { recursive: true });
  rmSync(folderOf(0), { recursive: true });
  symlinkSync(path.join(outside, "task"), folderOf(0));
  const look = () => new ListedTasks().of([{ path: configuration, reach: reachOf(home) }])[0] ?? [];
  expect(look().map(({ state, summary }) => [state, summary])).toEqual([
    ["queued", null],
    ["queued", null],
  ]);
  const all = path.dirname(folderOf(0));
  renameSync(all, path.join(outside, "tasks"));
  symlinkSync(path.join(outside, "tasks"), all);
  expect(look()).toEqual([]);
  rmSync(outside, { recursive: true });
});
