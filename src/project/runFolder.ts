/**
 * A run's own folder, written while it runs: appended to, or replaced whole, so that a reader survives a run that dies at
 * any byte. The folder is the truth about the run; everybody else follows it.
 */

import { closeSync, existsSync, fstatSync, statSync } from "node:fs";
import path from "node:path";
import { appendFully, codeOf, cutFile, makeFolder, move, openAppend, remove } from "../files/direct.ts";
import { freshName } from "../files/fresh.ts";
import { placeWithin, type Reach, reachOf } from "../files/place.ts";
import { createFile, replaceFile } from "../files/replace.ts";
import { noteUnfinished } from "../files/unfinished.ts";
import { objectiveFileName } from "../metrics/composed.ts";
import {
  type ConfusionName,
  type CycleRecord,
  confusionOrder,
  type RunRecord,
  recordVersion,
  type TuneResult,
} from "../protocol/records.ts";
import type { Counts } from "../selmix/confusion/matrix.ts";
import { resultInShort, runInShort } from "./inShort.ts";
import { encodeCounts, encodeGain, gainBytes } from "./matrices.ts";
import { checkpointName, ownFolder } from "./paths.ts";
import { encodePredictions, type PredictedSet } from "./predictions.ts";

export const runFiles = {
  run: "run.json",
  history: "history.jsonl",
  gain: "gain16.bin",
  confusion: "counts.bin",
  /** What runs of before have in their place. */
  gain32: "gain.bin",
  denseConfusion: "confusion.bin",
  result: "result.json",
  log: "log.txt",
  changed: "changed.safetensors",
  predictions: "predictions.bin",
  summary: "summary.json",
} as const;

/** G and P of all cycles kept together take at most this much; of larger runs a regular selection is kept. */
const gainBudget = 8 * 1024 * 1024;

export function runsFolder(configurationFolder: string): string {
  return path.join(configurationFolder, ownFolder, "runs");
}

/** "2026-05-01T10-20-30Z-epoch-12-minRecall": sorts by time, and is a file name everywhere. */
export function runName(startedAt: Date, checkpoint: string, objective: string): string {
  const time = `${startedAt.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
  return `${time}-${checkpoint.replace(/[^\w.-]+/g, "-").slice(-60)}-${objectiveFileName(objective)}`;
}

export interface RunWriterOptions {
  /** How far writes may reach. Default: the configuration's folder, links followed. */
  readonly reach?: Reach;
  /** Bytes that the gains may take. */
  readonly gainBudget?: number;
  /** The folder that it is made in, and its name there. Default: `.selmix/runs`, by when it began and what was tuned. */
  readonly place?: { readonly within: string; readonly name: string };
  /** Goes on with a run that another process began: its folder, and what `kept` was there. */
  readonly resume?: { readonly folder: string; readonly kept: KeptGains };
}

/** A cycle on its way to the history. */
export type NewCycle = Omit<CycleRecord, "version" | "gainIndex">;

/** How many G and P are kept, and the step from which the next ones are kept. */
export interface KeptGains {
  readonly records: number;
  readonly nextStep: number;
}

/** How far the files of a run have come, to go back to. */
export interface RunMark extends KeptGains {
  readonly historyBytes: number;
  readonly gainBytes: number;
}

/** Cuts the files of a run that died back to a mark of its own. */
export function rewind(folder: string, { historyBytes, gainBytes }: RunMark): void {
  cutFile(path.join(folder, runFiles.history), historyBytes);
  const gain = path.join(folder, runFiles.gain);
  if (existsSync(gain)) cutFile(gain, gainBytes);
}

/** Writes one run. Synchronous: a cycle takes a millisecond or two, and its line must be on disk when it is announced. */
export class RunWriter {
  readonly folder: string;
  readonly #history: number;
  readonly #log: number;
  readonly #budget: number;
  #gain: number | null = null;
  #record: RunRecord;
  #gainRecords: number;
  #nextKept: number;
  #result: TuneResult | null = null;

  /**
   * Makes a folder of its own under `.selmix/runs` (or resumes one), with run.json in it. Throws what the file system throws,
   * and `FileError` where `.selmix` leads out of reach.
   */
  constructor(configurationFolder: string, record: RunRecord, options: RunWriterOptions = {}) {
    const { reach = reachOf(configurationFolder), place = runPlace(configurationFolder, record) } = options;
    this.folder = options.resume?.folder ?? newRunFolder(configurationFolder, record, place, reach);
    this.#gainRecords = options.resume?.kept.records ?? 0;
    this.#nextKept = options.resume?.kept.nextStep ?? 0;
    this.#budget = options.gainBudget ?? gainBudget;
    this.#record = record;
    // What is gone on with has not ended any more.
    remove(path.join(this.folder, runFiles.summary));
    try {
      this.#history = openAppend(path.join(this.folder, runFiles.history));
      this.#log = openAppend(path.join(this.folder, runFiles.log));
    } catch (error) {
      // Nobody would ever end a run that nobody writes.
      if (!options.resume) remove(this.folder);
      throw error;
    }
  }

  get record(): RunRecord {
    return this.#record;
  }

  get kept(): KeptGains {
    return { records: this.#gainRecords, nextStep: this.#nextKept };
  }

  get mark(): RunMark {
    return {
      ...this.kept,
      historyBytes: fstatSync(this.#history).size,
      gainBytes: statSync(path.join(this.folder, runFiles.gain), { throwIfNoEntry: false })?.size ?? 0,
    };
  }

  /** Changes what run.json says. */
  update(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
    writeRecord(this.folder, this.#record);
  }

  /** Appends a cycle, after its G and P [B,B] when they are kept. Returns the cycle with their place among those that are kept. */
  cycle(
    cycle: NewCycle,
    matrices: { gain: ArrayLike<number>; policy: ArrayLike<number> } | null,
  ): CycleRecord {
    const gainIndex =
      matrices && this.#keeps(cycle, matrices.gain.length) ? this.#appendGain(matrices) : null;
    const line = { version: recordVersion, ...cycle, gainIndex };
    appendFully(this.#history, Buffer.from(`${JSON.stringify(line)}\n`));
    return line;
  }

  /** Spreads the kept records evenly over the steps, however long the cycles turn out to be. */
  #keeps({ step, steps }: { step: number; steps: number }, cells: number): boolean {
    const room = Math.floor(this.#budget / gainBytes(cells));
    if (this.#gainRecords >= room || step < this.#nextKept) return false;
    this.#nextKept = step + (room > steps ? 0 : steps / room);
    return true;
  }

  #appendGain({ gain, policy }: { gain: ArrayLike<number>; policy: ArrayLike<number> }): number {
    this.#gain ??= openAppend(path.join(this.folder, runFiles.gain));
    appendFully(this.#gain, encodeGain(gain, policy));
    return this.#gainRecords++;
  }

  /** Writes the counts [B,K] behind the evaluations; test ones only where there is a test set. */
  confusion(counts: Partial<Record<ConfusionName, Counts>>): void {
    const parts = confusionOrder.flatMap((name) => {
      const matrix = counts[name];
      return matrix ? [encodeCounts(matrix)] : [];
    });
    replaceFile(path.join(this.folder, runFiles.confusion), Buffer.concat(parts));
  }

  /** Writes what was predicted for each row, by set, for later runs to be held against. */
  predictions(sets: readonly PredictedSet[]): void {
    replaceFile(path.join(this.folder, runFiles.predictions), encodePredictions(sets), { flush: false });
  }

  result(result: TuneResult): void {
    this.#result = result;
    replaceFile(path.join(this.folder, runFiles.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  /** Writes a line for people. No run fails because its log does. */
  log(line: string): void {
    try {
      appendFully(this.#log, Buffer.from(`${new Date().toISOString()} ${line}\n`));
    } catch {
      return;
    }
  }

  /** Ends the run; nothing can be written after. */
  finish(state: "done" | "failed" | "cancelled", error: string | null = null): void {
    try {
      this.update({ state, error, endedAt: new Date().toISOString() });
      const result = state === "done" ? this.#result : null;
      const summary = { run: runInShort(this.#record), result: result && resultInShort(result) };
      replaceFile(path.join(this.folder, runFiles.summary), JSON.stringify(summary), { flush: false });
    } finally {
      this.close();
    }
  }

  /** Leaves the run as it stands, for another process to resume. */
  close(): void {
    for (const descriptor of [this.#history, this.#log, this.#gain]) {
      if (descriptor !== null) closeSync(descriptor);
    }
  }
}

/** Replaces what run.json says. */
export function writeRecord(folder: string, record: RunRecord): void {
  replaceFile(path.join(folder, runFiles.run), `${JSON.stringify(record, null, 2)}\n`);
}

function runPlace(configurationFolder: string, record: RunRecord): { within: string; name: string } {
  const { startedAt, checkpoint, objective } = record;
  const called = record.checkpointName ?? checkpointName(checkpoint, null);
  return {
    within: runsFolder(configurationFolder),
    name: runName(new Date(startedAt), called, objective),
  };
}

function newRunFolder(
  configurationFolder: string,
  record: RunRecord,
  { within, name }: NonNullable<RunWriterOptions["place"]>,
  reach: Reach,
): string {
  makeOwnFolder(configurationFolder, reach);
  return newFolder(path.join(within, name), reach, (fresh) => {
    makeFolder(fresh);
    writeRecord(fresh, record);
  });
}

/**
 * A folder, or one with a number behind its name where there is one. It appears with its record in it, so that there is none of
 * which nobody knows whose it is. Throws `FileError` where it leads out of reach.
 * @param make makes it, with what belongs into it
 */
export function newFolder(wanted: string, reach: Reach, make: (folder: string) => void): string {
  makeFolder(path.dirname(placeWithin(reach, wanted)));
  const fresh = freshName(wanted);
  const takeBack = noteUnfinished([fresh]);
  try {
    make(fresh);
    return moveToFree(fresh, wanted);
  } catch (error) {
    remove(fresh);
    throw error;
  } finally {
    takeBack();
  }
}

/** Makes the folder of our own files beside a configuration, where it is not there yet. Throws `FileError` where it leads out of reach. */
export function makeOwnFolder(
  configurationFolder: string,
  reach: Reach = reachOf(configurationFolder),
): string {
  const ignore = placeWithin(reach, path.join(configurationFolder, ownFolder, ".gitignore"));
  const own = path.dirname(ignore);
  makeFolder(own);
  try {
    // Runs are large and of this machine: they stay out of the user's repository unless they say otherwise.
    createFile(ignore, "*\n");
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return own;
}

/** No folder replaces another that has something in it. */
function moveToFree(fresh: string, wanted: string): string {
  for (let count = 1; ; count++) {
    const folder = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      move(fresh, folder);
      return folder;
    } catch (error) {
      if (!["EEXIST", "ENOTEMPTY", "ENOTDIR", "EPERM"].includes(codeOf(error)) || !existsSync(folder))
        throw error;
    }
  }
}
