/** Processes whose main thread is in a loop without an end: what watches them still hears, tells and ends them. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineProcess } from "../../src/extension/engineProcess.ts";
import { isAlive } from "../../src/files/liveness.ts";

const source = (file: string) => JSON.stringify(path.join(import.meta.dirname, "../../src", file));
const loop = "const stuck = () => { for (;;); };";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-watchdog-"));
});
/** Ended whatever a test found: none of them ends by itself. */
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function program(name: string, code: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, code);
  return file;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An engine that answers nothing: it is stuck as soon as a job comes. */
function stuckEngine(): string {
  return program(
    "engine.mjs",
    `import { startWatchdog } from ${source("engine/watchdog/watchdog.ts")}; ${loop}
    startWatchdog({ role: "engine" });
    process.on("message", stuck);
    process.send({ type: "ready", pid: process.pid, version: "0" });
    setInterval(() => {}, 1000);`,
  );
}

describe("an engine", () => {
  const job = { kind: "inspect", checkpoint: "a.pt", configurationPath: null } as const;

  it("that is stuck is ended, and the job says why", async () => {
    const crashes: string[] = [];
    const engine = new EngineProcess({
      enginePath: stuckEngine(),
      env: { SELMIX_PATIENCE: "2" },
      onCrash: (message) => crashes.push(message),
    });
    await expect(engine.start(job).result).rejects.toThrow(/stuck for \d+ s/);
    expect(crashes.join()).toMatch(/stuck for \d+ s; start the job again/);
  });

  it.skipIf(process.platform === "win32")(
    "that is stopped is ended when its second thread is silent, too",
    async () => {
      const engine = new EngineProcess({ enginePath: stuckEngine(), pulseMs: 2500 });
      const { result } = engine.start(job);
      result.catch(() => undefined);
      while (engine.state !== "ready") await pause(20);
      process.kill(engine.pid ?? 0, "SIGSTOP");
      await expect(result).rejects.toThrow(/no sign of life for \d+ s/);
    },
  );

  it.skipIf(process.platform === "win32")("that was stopped for a while goes on", async () => {
    const file = program(
      "stopped.mjs",
      `import { startWatchdog } from ${source("engine/watchdog/watchdog.ts")};
      startWatchdog({ role: "engine" });
      console.log("ready"); setTimeout(() => console.log("went on"), 4500);`,
    );
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, SELMIX_PATIENCE: "2" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    let output = "";
    child.stdout.on("data", (part) => (output += part));
    while (!output.includes("ready")) await pause(20);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGSTOP");
    await pause(4000);
    child.kill("SIGCONT");
    expect(await ended).toBe(0);
    expect(output).toContain("went on");
  });

  it("that is stuck ends when its parent is killed", async () => {
    const host = program(
      "host.mjs",
      `import { EngineProcess } from ${source("extension/engineProcess.ts")};
      const engine = new EngineProcess({ enginePath: ${JSON.stringify(stuckEngine())} });
      engine.start(${JSON.stringify(job)});
      console.log(engine.pid);`,
    );
    const parent = spawn(process.execPath, [host], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(parent);
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    await pause(1500);
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    const deadline = Date.now() + 8000;
    while (isAlive(pid) && Date.now() < deadline) await pause(50);
    expect(isAlive(pid)).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("a command in a terminal", () => {
  function start(body: string, env: NodeJS.ProcessEnv = {}) {
    const file = program(
      "command.mjs",
      `import { startWatchdog } from ${source("engine/watchdog/watchdog.ts")}; ${loop}
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      const busy = (milliseconds) => { for (const end = Date.now() + milliseconds; Date.now() < end; ); };
      const heard = (how) => { console.log("heard " + how); if (how === "twice") process.exit(0); };
      const onSignal = () => heard("signal");
      process.on("SIGINT", onSignal);
      startWatchdog({ role: "terminal", deafMs: 1000, onInterrupt: () => heard("thread"),
        onListenAgain: () => { process.off("SIGINT", onSignal).on("SIGINT", onSignal); console.log("listens"); } });
      await pause(300); console.log("ready"); ${body}`,
    );
    const child: ChildProcess = spawn(process.execPath, [file], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (output += part));
    const ended = new Promise<string | number | null>((resolve) =>
      child.once("close", (code, signal) => resolve(signal ?? code)),
    );
    const says = async (text: string) => {
      while (!output.includes(text)) await pause(20);
    };
    return { child, ended, says, output: () => output };
  }

  it("ends by Ctrl-C while it is stuck", async () => {
    const { child, ended, says, output } = start("stuck();");
    await says("ready");
    await pause(2500);
    child.kill("SIGINT");
    expect(await ended).toMatch(/SIGKILL|SIGINT/);
    expect(output()).not.toContain("heard");
  });

  it("hears Ctrl-C itself when it comes out of its loop, and the next one as before", async () => {
    const { child, ended, says, output } = start("busy(5000); await pause(20000);");
    await says("ready");
    await pause(3000);
    child.kill("SIGINT");
    await says("heard thread");
    await says("listens");
    child.kill("SIGINT");
    await says("heard signal");
    child.kill("SIGKILL");
    await ended;
    expect(output().match(/heard/g)).toHaveLength(2);
  });

  it("that is stuck for too long ends with a sentence", async () => {
    const { ended, output } = start("stuck();", { SELMIX_PATIENCE: "2" });
    expect(await ended).toBe("SIGKILL");
    expect(output()).toMatch(/nothing has moved for \d+ s/);
  });

  it("is not kept from its end", async () => {
    const { ended } = start("busy(2500);");
    const started = Date.now();
    expect(await ended).toBe(0);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});
