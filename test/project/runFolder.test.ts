import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  deleteRun,
  listRunFolders,
  markDeadRuns,
  readGain,
  readRun,
  readRunRecord,
  readSummary,
} from "../../src/project/readRuns.ts";
import { RunWriter, runsFolder } from "../../src/project/runFolder.ts";
import { runSnapshot } from "../../src/protocol/packedSnapshot.ts";
import { cycleOf, resultOf, runOf } from "../support/records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-runs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const matrices = (cycle: number, buckets = 3) => ({
  gain: Float64Array.from({ length: buckets * buckets }, (_, at) => cycle + at / 8),
  policy: Float64Array.from({ length: buckets * buckets }, () => 1 / (buckets * buckets)),
});

function finishedRun(): RunWriter {
  const writer = new RunWriter(folder, runOf());
  for (let cycle = 0; cycle < 10; cycle++) writer.cycle(cycleOf(cycle), matrices(cycle));
  writer.confusion({ beforeValidation: [1, 2, 3, 4, 5, 6, 7, 8, 9], afterValidation: new Array(9).fill(1) });
  writer.result(resultOf({ runFolder: writer.folder }));
  writer.log("tuned");
  writer.finish("done");
  return writer;
}

describe("a run folder", () => {
  it("reads back as written", () => {
    const { folder: run } = finishedRun();
    const snapshot = runSnapshot.parse(readRun(run));
    expect(snapshot.run.state).toBe("done");
    expect(snapshot.run.endedAt).not.toBeNull();
    expect(snapshot.history.map(({ cycle, gainIndex }) => [cycle, gainIndex])).toEqual(
      Array.from({ length: 10 }, (_, cycle) => [cycle, cycle]),
    );
    expect(snapshot.result).toEqual(resultOf({ runFolder: run }));
    expect([...(snapshot.confusion.beforeValidation ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(snapshot.confusion.beforeTest).toBeUndefined();
    expect([...(readGain(run, 4, 3)?.gain ?? [])]).toEqual([...matrices(4).gain]);
    expect(readGain(run, 10, 3)).toBeNull();
  });

  it("has a name of its own, even in the same second", () => {
    const startedAt = "2026-05-01T10:20:30.500Z";
    const written = Array.from({ length: 3 }, () => new RunWriter(folder, runOf({ startedAt })));
    expect(new Set(written.map((writer) => writer.folder)).size).toBe(3);
    expect(path.basename(written[0]?.folder ?? "")).toBe("2026-05-01T10-20-30Z-epoch_12-minRecall");
    for (const writer of written) writer.finish("cancelled");
  });

  it("keeps a regular selection of G and P within its budget", () => {
    const writer = new RunWriter(folder, runOf(), { gainBudget: (8 + 4 * 9) * 5 });
    const kept = Array.from({ length: 20 }, (_, cycle) => writer.cycle(cycleOf(cycle, 200), matrices(cycle)))
      .filter(({ gainIndex }) => gainIndex !== null)
      .map(({ cycle }) => cycle);
    writer.finish("done");
    expect(kept).toEqual([0, 4, 8, 12, 16]);
    expect(statSync(path.join(writer.folder, "gain16.bin")).size).toBe((8 + 4 * 9) * 5);
  });

  it("survives being cut at any byte of any file", () => {
    const { folder: run } = finishedRun();
    const copy = path.join(folder, "copy");
    for (const name of readdirSync(run)) {
      const size = statSync(path.join(run, name)).size;
      fc.assert(
        fc.property(fc.nat({ max: size }), (bytes) => {
          cpSync(run, copy, { recursive: true });
          truncateSync(path.join(copy, name), bytes);
          const snapshot = readRun(copy);
          if (name !== "run.json") expect(snapshot?.run.state).toBe("done");
          if (!snapshot) return;
          runSnapshot.parse(snapshot);
          for (const { cycle, gainIndex } of snapshot.history) {
            if (gainIndex !== null) expect(readGain(copy, gainIndex, 3)?.gain[0]).toBe(cycle);
          }
        }),
        { numRuns: 40 },
      );
    }
  });

  it("loses no cycle but the one being written", () => {
    const { folder: run } = finishedRun();
    const history = path.join(run, "history.jsonl");
    const text = readFileSync(history, "utf8");
    const lastTwoLines = text.lastIndexOf("\n", text.length - 400);
    for (let bytes = lastTwoLines; bytes <= text.length; bytes++) {
      const part = text.slice(0, bytes);
      const whole = part.split("\n").length - 1;
      writeFileSync(history, part);
      const read = readRun(run)?.history.length ?? -1;
      expect(read === whole || (text[bytes] === "\n" && read === whole + 1)).toBe(true);
    }
  });

  it("has a summary for lists, which says the same and does not grow with the classes", () => {
    const { folder: run } = finishedRun();
    const summary = readSummary(run);
    rmSync(path.join(run, "summary.json"));
    expect(readSummary(run)).toEqual(summary);
    const result = resultOf({ runFolder: run });
    expect(summary?.result?.after.validation.minRecall).toBe(result.after.validation.minRecall);
    expect(summary?.result?.constraints).toEqual(result.constraints);
    expect(summary?.run).toMatchObject({
      state: "done",
      checkpointHash: "00",
      classes: [],
      configuration: {},
    });
    expect(summary?.result?.after.validation.recall).toEqual([]);
    // One of an earlier version does not say what its sets are made of: the result is read for it.
    const { populations, ...short } = summary?.result ?? {};
    expect(populations?.validation).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(path.join(run, "summary.json"), JSON.stringify({ run: summary?.run, result: short }));
    expect(readSummary(run)).toEqual(summary);
    const record = readRunRecord(run);
    const writer = new RunWriter(
      "",
      { ...runOf(), ...record, state: "running" },
      { resume: { folder: run, kept: { records: 0, nextStep: 0 } } },
    );
    writer.update({});
    expect(readSummary(run)?.run.state).toBe("running");
    writer.finish("failed", "no");
    expect(readSummary(run)?.run).toMatchObject({ state: "failed", error: "no" });
  });

  it("is deleted only if it is one", () => {
    const { folder: run } = finishedRun();
    expect(() => deleteRun(folder)).toThrow(RangeError);
    expect(() => deleteRun(runsFolder(folder))).toThrow(RangeError);
    deleteRun(run);
    expect(existsSync(run)).toBe(false);
  });
});

describe("runs whose process died", () => {
  const gone = () => spawnSync(process.execPath, ["-e", ""]).pid;

  it("are marked failed, once", () => {
    const writer = new RunWriter(folder, runOf({ pid: gone() }));
    expect(markDeadRuns(folder)).toEqual([writer.folder]);
    expect(readRunRecord(writer.folder)).toMatchObject({
      state: "failed",
      error: expect.stringContaining("ended"),
    });
    expect(markDeadRuns(folder)).toEqual([]);
  });

  it("are known even when another process has their id now", () => {
    const lastYear = new Date(Date.now() - 365 * 86_400_000).toISOString();
    new RunWriter(folder, runOf({ pid: process.pid, startedAt: lastYear }));
    expect(markDeadRuns(folder)).toHaveLength(1);
  });

  it("are not those that live, that ended, or that another machine runs", () => {
    new RunWriter(folder, runOf());
    new RunWriter(folder, runOf({ pid: gone() })).finish("done");
    new RunWriter(folder, runOf({ pid: gone(), host: "elsewhere" }));
    expect(listRunFolders(folder)).toHaveLength(3);
    expect(markDeadRuns(folder)).toEqual([]);
  });
});
