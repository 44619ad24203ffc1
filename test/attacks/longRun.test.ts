/** Processes that stay for days: watching costs next to nothing, and an engine that tunes and tunes does not grow. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { EngineProcess } from "../../src/extension/engineProcess.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import { storedRuns } from "../../src/project/retention.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

let workspace: Workspace;
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

const megabytesOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** Of the process so far, its threads included. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe.skipIf(process.platform !== "linux")("for days", () => {
  it("watch with two thousand checkpoints that are there", { timeout: 120_000 }, async () => {
    workspace = exampleWorkspace();
    for (let i = 0; i < 2000; i++) {
      const w = { dtype: "F32", shape: [2, 2], values: [i, 1, 2, 3] };
      writeFileSync(path.join(workspace.folder, `checkpoints/e-${i}.safetensors`), makeSafetensors({ w }));
    }
    const child = spawn(process.execPath, [path.resolve("dist/cli.mjs"), "watch"], { cwd: workspace.folder });
    const { pid = 0 } = child;
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    try {
      while (!said.includes("Watching") && child.exitCode === null) await pause(50);
      expect(processorSeconds(pid)).toBeLessThan(5);
      await pause(1000);
      const before = processorSeconds(pid);
      await pause(4000);
      expect(processorSeconds(pid) - before).toBeLessThan(0.5);
      expect(megabytesOf(pid)).toBeLessThan(200);
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(130);
  });

  it("tune save after save in one engine", { timeout: 240_000 }, async () => {
    workspace = exampleWorkspace({ "tuning.steps": 20, "tuning.controls": "none" });
    const engine = new EngineProcess({ enginePath: path.resolve("dist/engine.mjs") });
    const bytes = readFileSync(workspace.checkpoint);
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerBytes));
    const biasAt = 8 + headerBytes + header["fc.bias"].data_offsets[0];
    const bias = bytes.readFloatLE(biasAt);
    const megabytes: number[] = [];
    try {
      for (let i = 0; i < 20; i++) {
        // Another head on the same body, whose features stay.
        bytes.writeFloatLE(bias + i / 1000, biasAt);
        writeFileSync(workspace.checkpoint, bytes);
        const { configuration: configurationPath, checkpoint } = workspace;
        const request = { configurationPath, checkpoint, trigger: "save" as const, backend: "wasm" as const };
        await engine.start<"tune">({ kind: "tune", request }).result;
        megabytes.push(megabytesOf(engine.pid ?? 0));
      }
    } finally {
      await engine.stop();
    }
    expect(listRunFolders(workspace.folder)).toHaveLength(20);
    expect(Math.max(...storedRuns(workspace.folder).map((run) => run.bytes))).toBeLessThan(2e6);
    // The first ones fill what is kept for the next ones, and V8 lets some 80 MB gather before it collects: of 200 tunes the last
    // 140 stayed between 290 and 330 MB in all. More than 10 MB kept of each tune is a leak that shows here.
    expect((megabytes[19] ?? 0) - (megabytes[7] ?? 0)).toBeLessThan(120);
    expect(statSync(workspace.output).size).toBe(bytes.length);
  });
});
