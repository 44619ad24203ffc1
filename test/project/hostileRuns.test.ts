/** Run folders of a stranger's, as the sidebar and the panels read them: bounded in time and memory, whatever stands there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sizeLimits } from "../../src/files/regular.ts";
import {
  listRunFolders,
  markDeadRuns,
  readGain,
  readResult,
  readRun,
  readRunRecord,
} from "../../src/project/readRuns.ts";
import { cycleOf, resultOf, runOf } from "../support/records.ts";

let workspace = "";
let folder = "";
beforeEach(() => {
  workspace = mkdtempSync(path.join(os.tmpdir(), "selmix-hostile-"));
  folder = path.join(workspace, ".selmix/runs/r");
  mkdirSync(folder, { recursive: true });
  put("run.json", JSON.stringify(runOf({ state: "done" })));
  put("result.json", JSON.stringify(resultOf()));
  put("history.jsonl", line(0));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const place = (name: string) => path.join(folder, name);
const put = (name: string, content: string | Uint8Array) => writeFileSync(place(name), content);
const line = (cycle: number) => `${JSON.stringify({ ...cycleOf(cycle), gainIndex: cycle })}\n`;
const buckets = (count: number) =>
  Array.from({ length: count }, (_, label) => ({ label, group: null, name: "b" }));

/** Reads all there is. */
function readAll() {
  const started = process.cpuUsage();
  const before = process.memoryUsage().rss;
  markDeadRuns(workspace);
  expect(listRunFolders(workspace)).toEqual([folder]);
  const record = readRunRecord(folder);
  const result = readResult(folder);
  const run = readRun(folder);
  const gain = run ? readGain(folder, 0, run.run.buckets.length) : null;
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6, "seconds of a processor").toBeLessThan(5);
  expect((process.memoryUsage().rss - before) / 1e6, "megabytes").toBeLessThan(500);
  return { record, result, run, gain };
}

it("reads what is as it should be", () => {
  put("gain16.bin", new Uint8Array(8 + 4 * 9));
  const { result, run, gain } = readAll();
  expect(result).not.toBeNull();
  expect(run?.history.map(({ gainIndex }) => gainIndex)).toEqual([0]);
  expect(gain?.policy).toHaveLength(9);
});

describe.skipIf(process.platform === "win32")("devices and FIFOs", () => {
  it.each([
    "run.json",
    "result.json",
    "history.jsonl",
    "gain16.bin",
    "counts.bin",
    "gain.bin",
    "confusion.bin",
  ])("in place of %s", (name) => {
    for (const make of [
      () => symlinkSync("/dev/zero", place(name)),
      () => execFileSync("mkfifo", [place(name)]),
      () => mkdirSync(place(name)),
    ]) {
      rmSync(place(name), { recursive: true, force: true });
      make();
      const { record, result, run } = readAll();
      if (name === "run.json") expect([record, run]).toEqual([null, null]);
      if (name === "result.json") expect(result).toBeNull();
      if (name === "history.jsonl") expect(run?.history).toEqual([]);
    }
  });
});

it("leaves records over the limit unread", () => {
  put(
    "result.json",
    `${JSON.stringify(resultOf()).slice(0, -1)},"x":[${"0,".repeat(sizeLimits.record / 2)}0]}`,
  );
  put("run.json", `${JSON.stringify(runOf()).slice(0, -1)},"x":"${"x".repeat(sizeLimits.record)}"}`);
  expect(readAll()).toMatchObject({ record: null, result: null });
});

it("reads nothing from records that are nested a million deep", () => {
  put("result.json", "[".repeat(1e6) + "]".repeat(1e6));
  put("run.json", `{"version":1,"configuration":${'{"a":'.repeat(1e6)}1${"}".repeat(1e6)}}`);
  expect(readAll()).toMatchObject({ record: null, result: null });
});

it("reads the end of a history that is too long", () => {
  const block = Array.from({ length: 1000 }, (_, cycle) => line(cycle)).join("");
  put("history.jsonl", block.repeat(Math.ceil((3 * sizeLimits.history) / block.length)));
  const { run } = readAll();
  expect(run?.history.at(-1)?.cycle).toBe(999);
  expect(run?.history.length).toBeLessThan(sizeLimits.history / (block.length / 1000) + 1);
});

it("makes nothing of empty lines", () => {
  put("history.jsonl", "\n".repeat(30e6) + line(7));
  expect(readAll().run?.history.map(({ cycle }) => cycle)).toEqual([7]);
});

it.each([20_000, 60_000])(
  "makes no room for matrices of %i buckets that are not there, or are holes",
  (count) => {
    put("run.json", JSON.stringify(runOf({ state: "done", buckets: buckets(count) })));
    for (const name of ["gain16.bin", "counts.bin", "gain.bin", "confusion.bin"]) put(name, "");
    expect(readAll()).toMatchObject({ gain: null, run: { confusion: {} } });
    truncateSync(place("gain16.bin"), 8 + 4 * count * count);
    truncateSync(place("counts.bin"), 16 * count * 3);
    truncateSync(place("gain.bin"), 8 * count * count);
    truncateSync(place("confusion.bin"), 16 * count * 3);
    expect(readAll().gain).toBeNull();
  },
);
