import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JobCancelled, JobFailed, type JobListener } from "../../src/extension/engineJob.ts";
import { EngineProcess } from "../../src/extension/engineProcess.ts";
import { isAlive } from "../../src/files/liveness.ts";
import { editConfiguration } from "../../src/project/edit.ts";
import { listRunFolders, readRunRecord } from "../../src/project/readRuns.ts";
import { fromEngine } from "../../src/protocol/engine.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";
import { written } from "../support/written.ts";

const enginePath = path.resolve("dist/engine.mjs");

let workspace: Workspace;
let engine: EngineProcess;
let crashes: (readonly string[])[];

beforeEach(() => {
  workspace = exampleWorkspace({ "tuning.controls": "none" });
  crashes = [];
  engine = new EngineProcess({
    enginePath,
    onCrash: (_message, runFolders) => crashes.push(runFolders),
    graceMs: 3000,
  });
});

afterEach(async () => {
  const { pid } = engine;
  await engine.stop();
  if (pid !== undefined) expect(isAlive(pid)).toBe(false);
  rmSync(workspace.folder, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function tune(steps: number | undefined, listener: JobListener = {}) {
  const request = {
    configurationPath: workspace.configuration,
    checkpoint: null,
    steps,
    trigger: "user" as const,
  };
  return engine.start<"tune">({ kind: "tune", request }, listener);
}

/** A tune that would take hours, once it has reported a cycle. */
async function longTune() {
  let started: () => void = () => undefined;
  const cycling = new Promise<void>((resolve) => {
    started = resolve;
  });
  const job = tune(5_000_000, { cycles: () => started() });
  job.result.catch(() => undefined);
  await cycling;
  return job;
}

function theRun() {
  const folders = listRunFolders(workspace.folder);
  expect(folders).toHaveLength(1);
  return readRunRecord(folders[0] ?? "");
}

describe("a job", () => {
  it("reports its cycles and ends in a result", async () => {
    const cycles: number[] = [];
    const result = await tune(100, {
      cycles: (_folder, batch) => cycles.push(...batch.map(({ cycle }) => cycle)),
    }).result;
    expect(cycles).toEqual(Array.from({ length: cycles.length }, (_, cycle) => cycle));
    expect(cycles.length).toBeGreaterThan(2);
    expect(existsSync(written(result))).toBe(true);
    expect(engine.state).toBe("ready");
    expect(theRun()?.state).toBe("done");
  });

  it("that fails says why, and the next one runs in the same engine", async () => {
    const missing = {
      kind: "evaluate",
      configurationPath: "/nowhere/selmix.json",
      checkpoint: null,
    } as const;
    await expect(engine.start<"evaluate">(missing).result).rejects.toThrow(/no configuration/);
    const { pid } = engine;
    const inspection = await engine.start<"inspect">({
      kind: "inspect",
      checkpoint: workspace.checkpoint,
      configurationPath: workspace.configuration,
    }).result;
    expect(inspection.head?.weight).toBe("fc.weight");
    expect(engine.pid).toBe(pid);
  });

  it("can be cancelled: no output, no temporary file, the run says so", async () => {
    const job = await longTune();
    job.cancel();
    await expect(job.result).rejects.toBeInstanceOf(JobCancelled);
    expect(theRun()?.state).toBe("cancelled");
    expect(existsSync(workspace.output)).toBe(false);
    expect(readdirSync(workspace.folder)).not.toContain("tuned");
    expect(engine.state).toBe("ready");
  });

  it("waits while another computes, can be cancelled there, and is answered once each", async () => {
    const first = await longTune();
    const second = tune(100);
    const third = tune(100);
    third.result.catch(() => undefined);
    third.cancel();
    first.cancel();
    await expect(first.result).rejects.toBeInstanceOf(JobCancelled);
    await expect(third.result).rejects.toBeInstanceOf(JobCancelled);
    expect((await second.result).steps).toBe(100);
  });
});

describe("an engine that dies", () => {
  it("by kill -9 fails its jobs and its run; the next job starts another", async () => {
    const job = await longTune();
    const { pid } = engine;
    process.kill(pid ?? 0, "SIGKILL");
    await expect(job.result).rejects.toBeInstanceOf(JobFailed);
    expect(crashes).toEqual([[listRunFolders(workspace.folder)[0]]]);
    expect(theRun()).toMatchObject({ state: "failed", error: expect.stringContaining("SIGKILL") });
    expect(engine.state).toBe("stopped");
    await tune(20).result;
    expect(engine.pid).not.toBe(pid);
  });

  it("on request cancels its jobs and is no crash", async () => {
    const job = await longTune();
    await engine.stop();
    await expect(job.result).rejects.toBeInstanceOf(JobCancelled);
    expect(theRun()?.state).toBe("cancelled");
    expect(crashes).toEqual([]);
  });

  it("is asked again only when it is gone", async () => {
    await tune(20).result;
    const { pid } = engine;
    const stopping = engine.stop();
    const next = tune(20);
    await stopping;
    expect((await next.result).steps).toBe(20);
    expect(engine.pid).not.toBe(pid);
  });

  it("because it cannot start says so", async () => {
    const broken = path.join(workspace.folder, "broken.mjs");
    writeFileSync(broken, "throw new Error('no such thing');");
    const other = new EngineProcess({ enginePath: broken });
    const job = other.start<"backends">({ kind: "backends" });
    const error = await job.result.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(JobFailed);
    expect(error instanceof JobFailed && error.detail).toContain("no such thing");
  });

  it("when it hangs is killed after the grace, with the programs it started", async () => {
    const hanging = path.join(workspace.folder, "hanging.mjs");
    const note = path.join(workspace.folder, "pid");
    writeFileSync(
      hanging,
      `import { spawn } from "node:child_process";
       import { writeFileSync } from "node:fs";
       const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { detached: true, stdio: "ignore" });
       writeFileSync(${JSON.stringify(note)}, String(child.pid));
       process.send({ type: "program", pid: child.pid, running: true });
       process.on("message", () => { for (;;); });`,
    );
    const other = new EngineProcess({ enginePath: hanging, graceMs: 300 });
    const job = other.start<"backends">({ kind: "backends" });
    job.result.catch(() => undefined);
    await until(() => other.state === "ready");
    const pids = [other.pid ?? 0, Number(readFileSync(note, "utf8"))];
    expect(pids.map(isAlive)).toEqual([true, true]);
    job.cancel();
    await expect(job.result).rejects.toBeInstanceOf(JobCancelled);
    await until(() => !pids.some(isAlive));
  });
});

describe("the engine by itself", () => {
  let child: ChildProcess;
  const answers: unknown[] = [];
  beforeEach(async () => {
    answers.length = 0;
    child = fork(enginePath, [], { execArgv: [], serialization: "advanced" });
    child.on("message", (message) => answers.push(message));
    await until(() => answers.length > 0);
  });
  afterEach(() => child.kill("SIGKILL"));

  const toJob = (job: string) =>
    answers.map((raw) => fromEngine.parse(raw)).filter((message) => "job" in message && message.job === job);

  it("ignores garbage, and answers the sender of half a request", async () => {
    const garbage = [
      null,
      7,
      "x",
      {},
      { type: "start" },
      { type: "cancel", job: "none" },
      { type: "cancel", job: 3 },
    ];
    for (const message of garbage) child.send(message ?? "null");
    child.send({ type: "start", job: "half", request: { kind: "tune", request: {} } });
    await until(() => toJob("half").length > 0);
    expect(toJob("half")).toMatchObject([{ type: "failed" }]);
    child.send({
      type: "start",
      job: "whole",
      request: { kind: "evaluate", configurationPath: "/nowhere", checkpoint: null },
    });
    await until(() => toJob("whole").length > 0);
    expect(toJob("whole")).toMatchObject([{ type: "failed" }]);
  });

  it("gives signs of life", async () => {
    await until(() => answers.some((raw) => fromEngine.parse(raw).type === "heartbeat"));
  });

  it("goes when the parent lets go", async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    await gone;
  });

  it("takes along a program of the user's that will not go", async () => {
    const note = path.join(workspace.folder, "pid");
    const stubborn = `process.on("SIGTERM", () => 0); require("node:fs").writeFileSync(${JSON.stringify(note)}, String(process.pid)); setInterval(() => 0, 1000);`;
    const edits = [{ path: ["features", "command"], value: [process.execPath, "-e", stubborn] }];
    await editConfiguration(workspace.configuration, edits);
    const request = { configurationPath: workspace.configuration, checkpoint: null, trusted: true };
    child.send({ type: "start", job: "stubborn", request: { kind: "evaluate", ...request } });
    await until(() => existsSync(note) && readFileSync(note, "utf8") !== "");
    const pid = Number(readFileSync(note, "utf8"));
    expect(isAlive(pid)).toBe(true);
    child.disconnect();
    await until(() => !isAlive(pid) && child.exitCode !== null);
  });

  it("goes when the parent is killed", async () => {
    const note = path.join(mkdtempSync(path.join(os.tmpdir(), "selmix-parent-")), "pid");
    const script = `const { fork } = require("node:child_process");
      const child = fork(${JSON.stringify(enginePath)}, [], { execArgv: [] });
      child.once("message", () => require("node:fs").writeFileSync(${JSON.stringify(note)}, String(child.pid)));`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
    await until(() => existsSync(note) && readFileSync(note, "utf8") !== "");
    const pid = Number(readFileSync(note, "utf8"));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });
});
