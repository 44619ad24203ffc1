/** `selmix sweep` with axes: what it prints and keeps, that nothing is tuned twice, and that what is killed is gone on with. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/arguments.ts";
import { isAlive } from "../../src/files/liveness.ts";
import {
  claimant,
  failureOf,
  listGridFolders,
  readGrid,
  stateOf,
  taskFolder,
} from "../../src/project/gridFolder.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import type { GridOutcome } from "../../src/protocol/grid.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

const cli = path.resolve("dist/cli.mjs");
let workspace: Workspace;
beforeEach(() => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 50 });
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

function start(...words: string[]): ChildProcess {
  const env = { ...process.env, FORCE_COLOR: "0" };
  return spawn(process.execPath, [cli, ...words], { cwd: workspace.folder, env });
}

async function selmix(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = start(...words);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (part) => {
    out += part;
  });
  child.stderr?.on("data", (part) => {
    err += part;
  });
  const [status] = await once(child, "close");
  return { status, out, err };
}

async function gridOf(...words: string[]): Promise<GridOutcome> {
  const { status, out, err } = await selmix("sweep", ...words, "--json");
  expect(status, err).toBe(0);
  return JSON.parse(out);
}

const tasksOf = () => path.join(workspace.folder, ".selmix/tasks");
/** When the result of each task was written: it changes where one is tuned again. */
const written = () =>
  new Map(
    readdirSync(tasksOf()).map((id) => [id, statSync(path.join(tasksOf(), id, "run/result.json")).mtimeMs]),
  );

it("tunes every combination as a tune of its own would, and writes no copy", async () => {
  const axes = ["--objectives", "minRecall,hMean", "--seeds", "0,3", "--metric", "coverage"];
  const { cells, tasks } = await gridOf(...axes, "--bounds", "0.05,0.08");
  expect(tasks).toHaveLength(8);
  expect(cells.map(({ objective, bound, done }) => [objective, bound, done])).toEqual([
    ["minRecall", 0.05, 2],
    ["minRecall", 0.08, 2],
    ["hMean", 0.05, 2],
    ["hMean", 0.08, 2],
  ]);
  expect(existsSync(workspace.output)).toBe(false);
  expect(listRunFolders(workspace.folder)).toEqual([]);
  const text = readFileSync(workspace.configuration, "utf8");
  writeFileSync(
    workspace.configuration,
    text.replace(/\}\s*$/, ', "constraints": [{ "metric": "coverage", "atLeast": 0.08 }] }'),
  );
  const alone = tuneResult.parse(
    JSON.parse((await selmix("tune", "--objective", "hMean", "--seed", "3", "--json")).out),
  );
  const task = tasks.find(
    ({ objective, bound, seed }) => objective === "hMean" && bound === 0.08 && seed === 3,
  );
  const inGrid = tuneResult.parse(
    JSON.parse(readFileSync(path.join(task?.runFolder ?? "", "result.json"), "utf8")),
  );
  expect(inGrid.after).toEqual(alone.after);
  expect(inGrid.verdict).toEqual(alone.verdict);
  const cell = cells.at(-1);
  const values = tasks.flatMap(({ objective, bound, runFolder }) => {
    if (objective !== "hMean" || bound !== 0.08) return [];
    return [JSON.parse(readFileSync(path.join(runFolder ?? "", "result.json"), "utf8")).after.test.hMean];
  });
  expect(cell?.after?.mean).toBeCloseTo((values[0] + values[1]) / 2, 12);
  expect(cell?.after?.deviation).toBeCloseTo(Math.abs(values[0] - values[1]) / Math.SQRT2, 12);
}, 120_000);

it("puts the head of a task in its place, as a run of its own, and none that was tuned on a draw", async () => {
  const { status, out } = await selmix("sweep", "--seeds", "0..1");
  expect(status).toBe(0);
  const [, name = ""] = /selmix use ([0-9a-f]{12}) writes/.exec(out) ?? [];
  for (const time of ["first", "again"]) {
    const used = await selmix("use", name);
    expect([time, used.status, used.out]).toEqual([
      time,
      0,
      expect.stringContaining(`Wrote ${workspace.output}`),
    ]);
    expect(listRunFolders(workspace.folder)).toHaveLength(1);
  }
  rmSync(workspace.output);
  await selmix("tune", "--seed", "0");
  const [tuned, grown] = listRunFolders(workspace.folder).map((folder) =>
    readFileSync(path.join(folder, "changed.safetensors")),
  );
  expect(tuned?.length).toBeGreaterThan(100);
  expect(grown).toEqual(tuned);
  const { tasks } = await gridOf("--draws", "2");
  const drawn = await selmix("use", tasks[0]?.id ?? "");
  expect([drawn.status, drawn.err]).toEqual([1, expect.stringContaining("is of a draw of validation")]);
  expect((await selmix("use", "0000000")).err).toContain("has one task 0000000");
}, 120_000);

it("tunes nothing twice: again, with more seeds, or with a checkpoint of the same content", async () => {
  await gridOf("--seeds", "0..2");
  const before = written();
  expect(before.size).toBe(3);
  await gridOf("--seeds", "0..2");
  expect(written()).toEqual(before);
  await gridOf("--seeds", "1..3");
  const after = written();
  expect(after.size).toBe(4);
  for (const [id, at] of before) expect(after.get(id)).toBe(at);
  writeFileSync(workspace.checkpoint.replace("epoch-10", "epoch-11"), readFileSync(workspace.checkpoint));
  const { cells } = await gridOf("--seeds", "0..3", "--checkpoints", "checkpoints/*.safetensors");
  expect(cells.map(({ checkpointName, done }) => [checkpointName, done])).toEqual([
    ["epoch-10", 4],
    ["epoch-11", 4],
  ]);
  expect(written()).toEqual(after);
}, 120_000);

/** Waits for something to be there, which the test's own patience ends. */
async function until<T>(look: () => T | undefined | null | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await pause(20);
  }
}

const claims = () =>
  existsSync(tasksOf())
    ? readdirSync(tasksOf()).flatMap((id) => claimant(path.join(tasksOf(), id)) ?? [])
    : [];
const doneTasks = () =>
  readdirSync(tasksOf()).filter((id) => stateOf(path.join(tasksOf(), id)) === "done").length;

it("goes on where it stood after everything was killed, and its workers end with it", async () => {
  const words = ["sweep", "--seeds", "0..9", "--workers", "2"];
  const child = start(...words);
  const workers = await until(() => claims().length === 2 && doneTasks() >= 2 && claims());
  child.kill("SIGKILL");
  await once(child, "close");
  await until(() => workers.every(({ pid }) => !isAlive(pid)));
  const done = doneTasks();
  expect(done).toBeLessThan(10);
  const before = new Map(
    [...readdirSync(tasksOf())].flatMap((id) => {
      const result = path.join(tasksOf(), id, "run/result.json");
      return existsSync(result) ? [[id, statSync(result).mtimeMs]] : [];
    }),
  );
  const { tasks } = await gridOf("--seeds", "0..9", "--workers", "2");
  expect(tasks.map(({ state }) => state)).toEqual(new Array(10).fill("done"));
  for (const [id, at] of before) expect(written().get(id)).toBe(at);
}, 120_000);

it("gives the task of a worker that is killed to another, and leaves nothing of it", async () => {
  const child = start("sweep", "--seeds", "0..5", "--workers", "2", "--json");
  let out = "";
  child.stdout?.on("data", (part) => {
    out += part;
  });
  const [victim] = await until(() => claims().length === 2 && claims());
  process.kill(victim?.pid ?? 0, "SIGKILL");
  const [status] = await once(child, "close");
  expect(status).toBe(0);
  const { tasks }: GridOutcome = JSON.parse(out);
  expect(tasks.every(({ state }) => state === "done")).toBe(true);
  for (const { id } of tasks) {
    const left = readdirSync(path.join(tasksOf(), id)).filter((name) => !name.startsWith("lost-"));
    expect(left).toEqual(["run"]);
  }
}, 120_000);

it("stops when it is asked to, with its workers, and holds no claim then", async () => {
  const child = start("sweep", "--seeds", "0..9", "--workers", "2");
  const workers = await until(() => claims().length === 2 && claims());
  child.kill("SIGINT");
  const [status] = await once(child, "close");
  expect(status).toBe(130);
  expect(workers.every(({ pid }) => !isAlive(pid))).toBe(true);
  expect(claims()).toEqual([]);
}, 120_000);

it("refuses a task that is another by now, and tries it again when the grid is asked for again", async () => {
  await gridOf("--seeds", "0..1");
  const [folder = ""] = listGridFolders(workspace.folder, null);
  const task = taskFolder(workspace.folder, readGrid(folder)?.tasks[0]?.id ?? "");
  rmSync(path.join(task, "run"), { recursive: true });
  const text = readFileSync(workspace.configuration, "utf8");
  writeFileSync(workspace.configuration, text.replace('"steps": 50', '"steps": 60'));
  expect((await selmix("sweep", "--work", folder)).status).toBe(0);
  expect(failureOf(task)).toMatch(/are others than when the grid was made.*sweep again\.$/);
  writeFileSync(workspace.configuration, text);
  expect((await gridOf("--seeds", "0..1")).tasks.map(({ state }) => state)).toEqual(["done", "done"]);
}, 120_000);

it("works on no grid that came from elsewhere, nor on checkpoints outside of the workspace", async () => {
  await gridOf("--seeds", "0..1");
  const [folder = ""] = listGridFolders(workspace.folder, null);
  const grid = readGrid(folder);
  const refused = async (change: object) => {
    writeFileSync(path.join(folder, "grid.json"), JSON.stringify({ ...grid, ...change }));
    const { status, err } = await selmix("sweep", "--work", folder);
    expect(status).toBe(1);
    return err;
  };
  expect(await refused({ configurationPath: "/elsewhere/selmix.json" })).toContain("is no grid of");
  const tasks = grid?.tasks.map((task) => ({ ...task, checkpoint: "/etc/passwd" }));
  expect(await refused({ tasks })).toContain("lies outside of the workspace");
  const odd = grid?.tasks.map((task) => ({ ...task, id: "../../../x" }));
  expect(await refused({ tasks: odd })).toContain("is no grid of");
}, 120_000);

it("understands seeds, and refuses what is none", () => {
  const seeds = (typed: string) => {
    const parsed = parseCommandLine(["sweep", "--seeds", typed]);
    return parsed !== "version" && "options" in parsed && parsed.options.seeds;
  };
  expect(seeds("0..4")).toEqual([0, 1, 2, 3, 4]);
  expect(seeds("7,0..2,1")).toEqual([7, 0, 1, 2]);
  for (const odd of ["", "4..0", "a", "1..2..3", "0..99999", "1e3"])
    expect(() => seeds(odd)).toThrow("--seeds must be whole numbers");
});

it.each([
  [["--seeds", "0..1", "--metric", "coverage"], "together"],
  [["--seeds", "0..1", "--use", "1"], "frontier"],
  [["--seeds", "0..1", "--seed", "1"], "leave out one"],
  [["--objectives", "minRecal"], 'did you mean "minRecall"?'],
  [["--draws", "1"], "at least 2"],
  [["--on", "lsf"], "local or slurm"],
])("says what is wrong with %j", async (words, message) => {
  const { status, err } = await selmix("sweep", ...words);
  expect([status, err]).toEqual([2, expect.stringContaining(message)]);
});
