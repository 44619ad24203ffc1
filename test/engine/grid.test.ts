/** Who is at work on a grid, by what its scheduler says; and tasks whose workers die over them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claimFor, mostRetries, takeBack, Watch } from "../../src/engine/grid/claims.ts";
import { finishGrid } from "../../src/engine/grid/grid.ts";
import type { Scheduler, WorkerState } from "../../src/engine/grid/schedulers/scheduler.ts";
import { statesOf } from "../../src/engine/grid/schedulers/slurm.ts";
import { claimant, failureOf, settle, stateOf, taskFolder } from "../../src/project/gridFolder.ts";
import type { GridRecord } from "../../src/protocol/grid.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "selmix-grid-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const ids = ["a", "b", "c"].map((letter) => letter.repeat(40));

function taskFolders(): string[] {
  return ids.map((id) => {
    const folder = taskFolder(home, id);
    mkdirSync(folder, { recursive: true });
    return folder;
  });
}

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

function gridOf(): GridRecord {
  const task = {
    checkpoint: "/c",
    checkpointName: "c",
    objective: "minRecall",
    bound: null,
    draw: null,
  } as const;
  return {
    ...{ version: 2, selmix: "0", startedAt: "", configurationPath: path.join(home, "selmix.json") },
    ...{ swept: null, choices: {}, tasks: ids.map((id, seed) => ({ ...task, id, seed })) },
  };
}

/** What a worker leaves when its machine is gone: nobody here can ask after it. */
function claimFromElsewhere(folder: string, worker: string, token = "t"): void {
  const holder = { pid: 7, start: "x", host: "a-node", what: "tunes", since: "", token, worker };
  writeFileSync(path.join(folder, "claim"), JSON.stringify(holder));
}

function end(folder: string): void {
  const run = path.join(folder, "work-x");
  mkdirSync(run);
  writeFileSync(path.join(run, "summary.json"), "{}");
  expect(settle(folder, run)).toBe(true);
}

it("reads what squeue lists: whoever waits, also again, is not at work", () => {
  const text = "12_0 RUNNING\n12_1 PENDING\n 12_2 COMPLETING\n13_0 REQUEUED\n13_1 SUSPENDED\n\n";
  expect(Object.fromEntries(statesOf(text))).toEqual({
    "12_0": "running",
    "12_1": "queued",
    "12_2": "running",
    "13_0": "queued",
    "13_1": "running",
  });
});

it("goes by the scheduler for workers of other machines, and by silence where it says nothing", () => {
  const [folder = ""] = taskFolders();
  claimFromElsewhere(folder, "5_1");
  const holder = claimant(folder);
  if (!holder) throw new Error("it is claimed");
  const watch = new Watch();
  const gone = (workers: [string, WorkerState][] | null) =>
    watch.isGone(folder, holder, workers && new Map(workers));
  expect(gone([["5_1", "running"]])).toBe(false);
  expect(gone([["5_1", "queued"]])).toBe(true);
  expect(gone([["5_2", "running"]])).toBe(true);
  expect(gone(null)).toBe(false);
});

it("claims a task once, and takes back what the same worker had before it was started anew", () => {
  const [folder = ""] = taskFolders();
  claimFromElsewhere(folder, "5_1");
  expect(claimFor(folder, "5_2")).toBeNull();
  const taken = claimFor(folder, "5_1");
  expect(claimant(folder)?.token).toBe(taken?.token);
  expect(claimFor(folder, "5_3")).toBeNull();
  taken?.release();
  expect(stateOf(folder)).toBe("queued");
});

it("keeps the first result, and takes the second away", () => {
  const [folder = ""] = taskFolders();
  end(folder);
  const other = path.join(folder, "work-y");
  mkdirSync(other);
  expect(settle(folder, other)).toBe(false);
  expect(readdirSync(folder)).toEqual(["run"]);
  expect(claimFor(folder, "5_1")).toBeNull();
});

it("gives a task up that kills its workers", () => {
  const [folder = ""] = taskFolders();
  for (let time = 0; time <= mostRetries; time++) {
    expect(stateOf(folder)).toBe("queued");
    claimFromElsewhere(folder, "5_1", `t${time}`);
    const holder = claimant(folder);
    if (holder) takeBack(folder, holder);
  }
  expect(stateOf(folder)).toBe("failed");
  expect(failureOf(folder)).toContain("died 3 times");
});

it("takes no name out of a claim that could lead elsewhere", () => {
  const [folder = ""] = taskFolders();
  claimFromElsewhere(folder, "5_1", "../../../outside");
  expect(claimant(folder)).toBeNull();
});

/** Workers that end one task each, or die over it, as a node would that takes all of its machine along. */
function fakeScheduler(
  folders: readonly string[],
  dies: (submitted: number) => boolean,
): Scheduler & { count: number } {
  const scheduler = {
    count: 0,
    async submit(count: number) {
      for (let one = 0; one < count; one++) {
        const worker = `w${scheduler.count++}`;
        const folder = folders.find((each) => stateOf(each) === "queued");
        if (folder === undefined) continue;
        if (dies(scheduler.count)) claimFromElsewhere(folder, worker, worker);
        else end(folder);
      }
    },
    workers: async () => new Map<string, WorkerState>(),
    dismiss: async () => undefined,
    cancel: async () => undefined,
  };
  return scheduler;
}

it("goes on after a claim that names nobody", async () => {
  const folders = taskFolders();
  writeFileSync(path.join(folders[0] ?? "", "claim"), "");
  await finishGrid(
    gridOf(),
    3,
    fakeScheduler(folders, () => false),
    "log",
    context,
  );
  expect(folders.map(stateOf)).toEqual(["done", "done", "done"]);
}, 30_000);

it("starts workers again for what others left", async () => {
  const folders = taskFolders();
  const scheduler = fakeScheduler(folders, (submitted) => submitted === 1 || submitted === 3);
  await finishGrid(gridOf(), 1, scheduler, "log", context);
  expect(folders.map(stateOf)).toEqual(["done", "done", "done"]);
  expect(scheduler.count).toBe(5);
});

it("gives up where no worker ever takes a task, and names the log", async () => {
  taskFolders();
  await expect(
    finishGrid(
      gridOf(),
      2,
      fakeScheduler([], () => false),
      "the.log",
      context,
    ),
  ).rejects.toThrow("The workers end before they take a task; the.log says why.");
});
