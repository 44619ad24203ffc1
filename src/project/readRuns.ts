/** Reads run folders as they stand: finished, still being written, or left behind by a process that died at any byte. */
import { readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type * as z from "zod";
import { remove } from "../files/direct.ts";
import { freshPattern, lookAt } from "../files/fresh.ts";
import { isAtWork, wasAtWork } from "../files/liveness.ts";
import { placeWithin, type Reach, reachOf } from "../files/place.ts";
import { maxRangeBytes } from "../files/ranges.ts";
import { readPart, readSmallText, sizeLimits, withRegularFile } from "../files/regular.ts";
import type { RunSnapshot } from "../protocol/panels.ts";
import {
  type CycleRecord,
  confusionOrder,
  cycleRecord,
  type RunRecord,
  type RunSummary,
  runRecord,
  runSummary,
  type TuneResult,
  tuneResult,
} from "../protocol/records.ts";
import { presentRecord } from "../protocol/version1.ts";
import { resultInShort, runInShort } from "./inShort.ts";
import { decodeCounts, decodeGain, gainBytes } from "./matrices.ts";
import { foldersIn } from "./ownFolders.ts";
import { decodePredictions, type PredictedSet } from "./predictions.ts";
import { runFiles, runsFolder, writeRecord } from "./runFolder.ts";

/** All run folders of a configuration's folder, newest first; none where `.selmix` leads out of reach. */
export function listRunFolders(
  configurationFolder: string,
  reach: Reach = reachOf(configurationFolder),
): string[] {
  return foldersIn(runsFolder(configurationFolder), reach);
}

/** What run.json says; null where it says nothing that can be read. Cheap enough for a list of hundreds. */
export function readRunRecord(runFolder: string): RunRecord | null {
  return readJson(path.join(runFolder, runFiles.run), runRecord);
}

/** What a finished run came to; null where it did not come to its end. */
export function readResult(runFolder: string): TuneResult | null {
  return readJson(path.join(runFolder, runFiles.result), tuneResult);
}

/** What a list shows of a run; null where run.json says nothing. Quick for runs that have ended, however many classes they have. */
export function readSummary(runFolder: string): RunSummary | null {
  const summary = readJson(path.join(runFolder, runFiles.summary), runSummary);
  // An earlier version did not say what the sets are made of; the result does.
  const isWhole = summary !== null && (summary.result === null || summary.result.populations !== undefined);
  if (isWhole && summary.run.state !== "running") return summary;
  const run = readRunRecord(runFolder);
  if (!run) return null;
  const result = run.state === "done" ? readResult(runFolder) : null;
  return { run: runInShort(run), result: result && resultInShort(result) };
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
  const record = gainBytes(buckets * buckets);
  const [half] = readMatrices(path.join(runFolder, runFiles.gain), [gainIndex * record], record);
  if (half) return decodeGain(new Uint8Array(half));
  const bytes = 4 * buckets * buckets;
  const start = 2 * gainIndex * bytes;
  const [gain, policy] = readMatrices(path.join(runFolder, runFiles.gain32), [start, start + bytes], bytes);
  return gain && policy ? { gain: new Float32Array(gain), policy: new Float32Array(policy) } : null;
}

/** What the run's head predicted for each row, by set; empty where the run does not say it, or not whole. */
export function readPredictions(runFolder: string): PredictedSet[] {
  try {
    return withRegularFile(path.join(runFolder, runFiles.predictions), (descriptor, size) =>
      size > maxRangeBytes ? [] : decodePredictions(readPart(descriptor, 0, size) ?? new Uint8Array()),
    );
  } catch {
    return [];
  }
}

/**
 * Matrices of `bytes` bytes at places in a file, each in a buffer of its own; null where the file ends before. What a run
 * says of itself decides the sizes: nothing larger than what can be shown is made room for, and nothing that is not there.
 */
function readMatrices(file: string, places: readonly number[], bytes: number): (ArrayBuffer | null)[] {
  try {
    return withRegularFile(file, (descriptor, size) =>
      places.map((start) => {
        const whole = bytes > 0 && bytes <= maxRangeBytes && start + bytes <= size;
        return whole ? (readPart(descriptor, start, bytes)?.buffer ?? null) : null;
      }),
    );
  } catch {
    return places.map(() => null);
  }
}

/**
 * Marks runs as failed that say "running" but whose process is gone, and removes what was half written of them. A run on
 * another machine that shares the folder is left alone while it shows signs of life. It writes: only to be called for a
 * workspace that the user trusts. Returns the folders it changed.
 */
export function markDeadRuns(
  configurationFolder: string,
  reach: Reach = reachOf(configurationFolder),
): string[] {
  return listRunFolders(configurationFolder, reach).filter(markIfDead);
}

/** The same for one run; whether it was changed. */
export function markIfDead(runFolder: string): boolean {
  if (lookAt(path.join(runFolder, runFiles.summary))) return false;
  const run = readRunRecord(runFolder);
  if (run?.state !== "running" || isRunning(run, runFolder)) return false;
  for (const name of readdirSync(runFolder)) {
    if (freshPattern.test(name)) remove(path.join(runFolder, name));
  }
  markEnded(runFolder, "failed", "The process that ran it ended before the run did; tune again.");
  return true;
}

/** Ends a run from outside, after its process died; a run that ended by itself stays as it is. */
export function markEnded(runFolder: string, state: "failed" | "cancelled", error: string | null): void {
  const run = readRunRecord(runFolder);
  if (run?.state !== "running") return;
  const ended: RunRecord = { ...run, state, error, endedAt: new Date(lastSign(runFolder)).toISOString() };
  writeRecord(runFolder, ended);
}

/** Deletes a run's folder. Throws `RangeError` for a folder that is not one, `FileError` for one out of reach. */
export function deleteRun(
  runFolder: string,
  reach: Reach = reachOf(path.resolve(runFolder, "..", "..", "..")),
): void {
  if (path.basename(path.dirname(runFolder)) !== path.basename(runsFolder("")) || !readRunRecord(runFolder)) {
    throw new RangeError(`${runFolder} is not the folder of a run`);
  }
  remove(placeWithin(reach, runFolder));
}

/** Whether a run that says so is still at work, as far as can be told from here. */
export function isRunning(run: RunRecord, folder: string): boolean {
  const { pid, processStart: start, host = os.hostname() } = run;
  if (host !== os.hostname()) {
    const longSilence = 10 * 60 * 1000;
    return Math.abs(Date.now() - lastSign(folder)) < longSilence;
  }
  return start === undefined
    ? wasAtWork(pid, Date.parse(run.startedAt))
    : isAtWork({ pid, start, host }) === true;
}

function readHistory(runFolder: string, buckets: number): CycleRecord[] {
  const cells = buckets * buckets || 1;
  const kept = Math.max(
    Math.floor(sizeOf(path.join(runFolder, runFiles.gain)) / gainBytes(cells)),
    Math.floor(sizeOf(path.join(runFolder, runFiles.gain32)) / (8 * cells)),
  );
  const cycles: CycleRecord[] = [];
  for (const line of linesOf(path.join(runFolder, runFiles.history))) {
    const cycle = parseJson(line, cycleRecord);
    if (!cycle) continue;
    cycles.push(cycle.gainIndex !== null && cycle.gainIndex >= kept ? { ...cycle, gainIndex: null } : cycle);
  }
  return cycles;
}

/** The lines of a file that are not empty, one by one; of a file that is too large those at its end. */
function* linesOf(file: string): Generator<string> {
  let bytes: Buffer;
  try {
    bytes = withRegularFile(file, (descriptor, size) => {
      const length = Math.min(size, sizeLimits.history);
      return Buffer.from(readPart(descriptor, size - length, length) ?? []);
    });
  } catch {
    return;
  }
  const newline = 0x0a;
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(newline, start);
    const end = next < 0 ? bytes.length : next;
    if (end > start) yield bytes.toString("utf8", start, end);
    start = end + 1;
  }
}

/** Counts of more cells are not read for the panels: each set of them would take as many numbers, in the host and in the page. */
const mostCells = 2 ** 22;

function readConfusion(runFolder: string, cells: number): RunSnapshot["confusion"] {
  if (cells > mostCells) return {};
  const parts = readCounts(runFolder, cells) ?? readDenseCounts(runFolder, cells);
  const confusion: RunSnapshot["confusion"] = {};
  for (const [index, name] of confusionOrder.entries()) {
    const part = parts[index];
    if (part) confusion[name] = part;
  }
  return confusion;
}

/** Null where the file is not there, or is larger than all counts can be. */
function readCounts(runFolder: string, cells: number): Int32Array<ArrayBuffer>[] | null {
  try {
    return withRegularFile(path.join(runFolder, runFiles.confusion), (descriptor, size) => {
      const most = confusionOrder.length * (4 + 8 * cells);
      if (size > most || size > maxRangeBytes || 4 * cells > maxRangeBytes) return null;
      return decodeCounts(readPart(descriptor, 0, size) ?? new Uint8Array(), cells, confusionOrder.length);
    });
  } catch {
    return null;
  }
}

function readDenseCounts(runFolder: string, cells: number): (Int32Array<ArrayBuffer> | null)[] {
  const places = confusionOrder.map((_, index) => index * cells * 4);
  const parts = readMatrices(path.join(runFolder, runFiles.denseConfusion), places, cells * 4);
  return parts.map((part) => part && new Int32Array(part));
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
    return parseJson(readSmallText(file, sizeLimits.record), schema);
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
