/** Reads run folders as they stand: finished, still being written, or left behind by a process that died at any byte. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type * as z from "zod";
import type { RunSnapshot } from "../protocol/panels.ts";
import {
  type CycleRecord,
  confusionOrder,
  cycleRecord,
  type RunRecord,
  runRecord,
  type TuneResult,
  tuneResult,
} from "../protocol/records.ts";
import { presentRecord } from "../protocol/version1.ts";
import { isStillAlive } from "./processes.ts";
import { replace, runFiles, runsFolder } from "./runFolder.ts";

/** All run folders of a configuration's folder, newest first. */
export function listRunFolders(configurationFolder: string): string[] {
  const runs = runsFolder(configurationFolder);
  try {
    return readdirSync(runs, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(runs, entry.name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

/** What run.json says; null where it says nothing that can be read. Cheap enough for a list of hundreds. */
export function readRunRecord(runFolder: string): RunRecord | null {
  return readJson(path.join(runFolder, runFiles.run), runRecord);
}

/** What a finished run came to; null where it did not come to its end. */
export function readResult(runFolder: string): TuneResult | null {
  return readJson(path.join(runFolder, runFiles.result), tuneResult);
}

/** Everything about a run but G and P; null when run.json cannot be read. */
export function readRun(runFolder: string): RunSnapshot | null {
  const run = readRunRecord(runFolder);
  if (!run) return null;
  const result = readResult(runFolder);
  return {
    runFolder,
    run,
    history: readHistory(runFolder, run.buckets.length),
    result,
    confusion: result ? readConfusion(runFolder, result.buckets.length * result.classes.length) : {},
    updatedAt: lastSign(runFolder),
  };
}

/** G and P [B,B] of a cycle's `gainIndex`, each in a buffer of its own, to be sent alone; null when they are not there whole. */
export function readGain(
  runFolder: string,
  gainIndex: number,
  buckets: number,
): { gain: Float32Array<ArrayBuffer>; policy: Float32Array<ArrayBuffer> } | null {
  const gain = new Float32Array(buckets * buckets);
  const policy = new Float32Array(buckets * buckets);
  const start = 2 * gainIndex * gain.byteLength;
  try {
    const descriptor = openSync(path.join(runFolder, runFiles.gain), "r");
    try {
      const whole =
        readWhole(descriptor, gain, start) && readWhole(descriptor, policy, start + gain.byteLength);
      return whole ? { gain, policy } : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

/** Fills `numbers` from a place in a file; false where the file ends before. */
function readWhole(descriptor: number, numbers: Float32Array<ArrayBuffer>, start: number): boolean {
  const bytes = new Uint8Array(numbers.buffer);
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, start + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

/**
 * Marks runs as failed that say "running" but whose process is gone. A run on another machine that shares the folder is
 * left alone while it shows signs of life. Returns the folders it changed.
 */
export function markDeadRuns(configurationFolder: string): string[] {
  return listRunFolders(configurationFolder).filter((folder) => {
    const run = readRunRecord(folder);
    if (run?.state !== "running" || isAtWork(run, folder)) return false;
    markEnded(folder, "failed", "The process that ran it ended before the run did; tune again.");
    return true;
  });
}

/** Ends a run from outside, after its process died; a run that ended by itself stays as it is. */
export function markEnded(runFolder: string, state: "failed" | "cancelled", error: string | null): void {
  const run = readRunRecord(runFolder);
  if (run?.state !== "running") return;
  const ended: RunRecord = { ...run, state, error, endedAt: new Date(lastSign(runFolder)).toISOString() };
  replace(path.join(runFolder, runFiles.run), `${JSON.stringify(ended, null, 2)}\n`);
}

/** Deletes a run's folder. Throws `RangeError` for a folder that is not one. */
export function deleteRun(runFolder: string): void {
  if (path.basename(path.dirname(runFolder)) !== path.basename(runsFolder("")) || !readRunRecord(runFolder)) {
    throw new RangeError(`${runFolder} is not the folder of a run`);
  }
  rmSync(runFolder, { recursive: true });
}

function isAtWork(run: RunRecord, folder: string): boolean {
  if (run.host !== undefined && run.host !== os.hostname()) {
    const longSilence = 10 * 60 * 1000;
    return Date.now() - lastSign(folder) < longSilence;
  }
  return isStillAlive(run.pid, Date.parse(run.startedAt));
}

function readHistory(runFolder: string, buckets: number): CycleRecord[] {
  let text: string;
  try {
    text = readFileSync(path.join(runFolder, runFiles.history), "utf8");
  } catch {
    return [];
  }
  const kept = Math.floor(sizeOf(path.join(runFolder, runFiles.gain)) / (8 * buckets * buckets || 1));
  return text.split("\n").flatMap((line) => {
    const cycle = parseJson(line, cycleRecord);
    if (!cycle) return [];
    return cycle.gainIndex !== null && cycle.gainIndex >= kept ? [{ ...cycle, gainIndex: null }] : [cycle];
  });
}

function readConfusion(runFolder: string, cells: number): RunSnapshot["confusion"] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path.join(runFolder, runFiles.confusion));
  } catch {
    return {};
  }
  const confusion: RunSnapshot["confusion"] = {};
  for (const [index, name] of confusionOrder.entries()) {
    const part = bytes.subarray(index * cells * 4, (index + 1) * cells * 4);
    if (cells > 0 && part.length === cells * 4) confusion[name] = new Int32Array(new Uint8Array(part).buffer);
  }
  return confusion;
}

/** Milliseconds since the epoch at which the run last wrote something. */
function lastSign(runFolder: string): number {
  return Math.max(
    0,
    ...[runFiles.run, runFiles.history, runFiles.log].map(
      (name) => statSync(path.join(runFolder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    ),
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return parseJson(readFileSync(file, "utf8"), schema);
  } catch {
    return null;
  }
}

function parseJson<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(presentRecord(JSON.parse(text))).data ?? null;
  } catch {
    return null;
  }
}
