/** Grids under a Slurm that really runs: a node dies, a grid is cancelled, and one is left and taken up again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { claimant } from "../../src/project/gridFolder.ts";
import type { GridOutcome } from "../../src/protocol/grid.ts";
import { exampleWorkspace } from "../support/example.ts";
import { type Cluster, startCluster } from "./cluster.ts";

const cli = path.resolve("dist/cli.mjs");
let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());
beforeEach(() => {
  const made = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 20 }).folder;
  // Whatever a workspace is called, its name is no command, and no pattern of Slurm's.
  folder = `${made} "a" $(touch owned) %j; 'b`;
  renameSync(made, folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tasks = () => path.join(folder, ".selmix/tasks");
const results = () =>
  !existsSync(tasks())
    ? []
    : readdirSync(tasks()).flatMap((id): [string, string][] => {
        const info = statSync(path.join(tasks(), id, "run/result.json"), { throwIfNoEntry: false });
        return info ? [[id, `${info.ino} ${info.mtimeMs}`]] : [];
      });
const claims = () =>
  existsSync(tasks()) ? readdirSync(tasks()).flatMap((id) => claimant(path.join(tasks(), id)) ?? []) : [];

function start(...words: string[]): {
  child: ChildProcess;
  ended: Promise<{ status: number; out: string; err: string }>;
} {
  const child = spawn(process.execPath, [cli, "sweep", "--on", "slurm", "--json", ...words], {
    cwd: folder,
    env: cluster.env,
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  return { child, ended: once(child, "close").then(([status]) => ({ status, out, err })) };
}

/** Waits for something to be there, which the test's own patience ends. */
async function until<T>(look: () => T | undefined | null | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await pause(50);
  }
}

it("loses none of 60 tasks and does none twice where a node dies", async () => {
  const { ended } = start("--seeds", "0..59", "--workers", "3");
  const seen = new Map<string, string>();
  await until(() => results().length >= 10);
  for (const [id, stamp] of results()) seen.set(id, stamp);
  // It dies over a task.
  const victim = "node2";
  const worker = await until(() =>
    claims().find(({ worker: named }) => cluster.nodeOf(named ?? "") === victim),
  );
  expect(worker.host).toBe(cluster.ownHosts ? victim : os.hostname());
  await cluster.kill(victim);
  const { status, out, err } = await ended;
  expect(status, err).toBe(0);
  const outcome: GridOutcome = JSON.parse(out);
  expect(outcome.tasks.map(({ state }) => state)).toEqual(new Array(60).fill("done"));
  const seeds = outcome.tasks.map(
    ({ runFolder }) => JSON.parse(readFileSync(path.join(runFolder ?? "", "run.json"), "utf8")).seed,
  );
  expect(seeds.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_unused, at) => at));
  // What was done before is as it was, and what the dead node had was done by another.
  const last = new Map(results());
  expect(last.size).toBe(60);
  for (const [id, stamp] of seen) expect(last.get(id)).toBe(stamp);
  const lost = readdirSync(tasks()).flatMap((id) =>
    readdirSync(path.join(tasks(), id)).filter((name) => name.startsWith("lost-")),
  );
  expect(lost).toEqual([`lost-${worker.token}`]);
  for (const id of readdirSync(tasks()))
    expect(readdirSync(path.join(tasks(), id)).filter((name) => !name.startsWith("lost-"))).toEqual(["run"]);
  expect(existsSync(path.join(folder, "owned"))).toBe(false);
  expect(readdirSync(os.tmpdir()).filter((name) => name === "owned")).toEqual([]);
  // Those that waited for nothing end by themselves.
  await until(() => cluster.queue().length === 0);
});

it("takes its jobs with it when it is stopped, and goes on where it stood, also after it was killed", async () => {
  const words = ["--seeds", "0..29", "--workers", "2"];
  const first = start(...words);
  await until(() => results().length >= 2);
  first.child.kill("SIGINT");
  expect((await first.ended).status).toBe(130);
  expect(cluster.queue()).toEqual([]);
  expect(claims()).toEqual([]);
  const before = results();
  expect(before.length).toBeLessThan(30);
  const second = start(...words);
  await until(() => results().length > before.length);
  second.child.kill("SIGKILL");
  await second.ended;
  // Jobs go on without whoever submitted them.
  const left = results().length;
  await until(() => results().length > left);
  const third = await start(...words).ended;
  expect(third.status, third.err).toBe(0);
  const after = new Map(results());
  expect(after.size).toBe(30);
  for (const [id, stamp] of before) expect(after.get(id)).toBe(stamp);
  await until(() => cluster.queue().length === 0);
});

it("says so where workers cannot work", async () => {
  const { ended } = start("--seeds", "0..9", "--workers", "2");
  const grids = path.join(folder, ".selmix/grids");
  const record = await until(
    () => existsSync(grids) && readdirSync(grids).map((name) => path.join(grids, name, "grid.json"))[0],
  );
  await until(() => existsSync(record));
  // No node sees it.
  renameSync(record, `${record}.gone`);
  const { status, err } = await ended;
  expect(status).toBe(1);
  expect(err).toContain("The workers end before they take a task");
  expect(readFileSync(path.join(path.dirname(record), "workers.log"), "utf8")).toContain("is no grid of");
});
