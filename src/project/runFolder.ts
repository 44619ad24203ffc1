/**
 * A run's own folder, written while it runs: appended to, or replaced whole, so that a reader survives a run that dies at
 * any byte. The folder is the truth about the run; everybody else follows it.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import {
  type ConfusionName,
  type CycleRecord,
  confusionOrder,
  type RunRecord,
  recordVersion,
  type TuneResult,
} from "../protocol/records.ts";
import { checkpointName, ownFolder } from "./paths.ts";

export const runFiles = {
  run: "run.json",
  history: "history.jsonl",
  gain: "gain.bin",
  confusion: "confusion.bin",
  result: "result.json",
  log: "log.txt",
} as const;

/** G and P of all cycles kept together take at most this much; of larger runs a regular selection is kept. */
const gainBudget = 256 * 1024 * 1024;

export function runsFolder(configurationFolder: string): string {
  return path.join(configurationFolder, ownFolder, "runs");
}

/** "2026-05-01T10-20-30Z-epoch-12-minRecall": sorts by time, and is a file name everywhere. */
export function runName(startedAt: Date, checkpoint: string, objective: string): string {
  const time = `${startedAt.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
  return `${time}-${checkpoint.replace(/[^\w.-]+/g, "-").slice(-60)}-${objective}`;
}

export interface RunWriterOptions {
  /** Bytes that gain.bin may take. */
  readonly gainBudget?: number;
  /** Goes on with a run that another process began: its folder, and what `kept` was there. */
  readonly resume?: { readonly folder: string; readonly kept: KeptGains };
}

/** A cycle on its way to the history. */
export type NewCycle = Omit<CycleRecord, "version" | "gainIndex">;

/** How many G and P are in gain.bin, and the step from which the next ones are kept. */
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
  truncateSync(path.join(folder, runFiles.history), historyBytes);
  const gain = path.join(folder, runFiles.gain);
  if (existsSync(gain)) truncateSync(gain, gainBytes);
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

  /** Makes a folder of its own under `.selmix/runs` (or resumes one), with run.json in it. Throws what the file system throws. */
  constructor(configurationFolder: string, record: RunRecord, options: RunWriterOptions = {}) {
    this.folder = options.resume?.folder ?? newFolder(configurationFolder, record);
    this.#gainRecords = options.resume?.kept.records ?? 0;
    this.#nextKept = options.resume?.kept.nextStep ?? 0;
    this.#budget = options.gainBudget ?? gainBudget;
    this.#record = record;
    if (!options.resume) this.#write();
    this.#history = openSync(path.join(this.folder, runFiles.history), "a");
    this.#log = openSync(path.join(this.folder, runFiles.log), "a");
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
    this.#write();
  }

  /** Appends a cycle, after its G and P [B,B] when they are kept. Returns the cycle with its place in gain.bin. */
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
    const room = Math.floor(this.#budget / (8 * cells));
    if (this.#gainRecords >= room || step < this.#nextKept) return false;
    this.#nextKept = step + (room > steps ? 0 : steps / room);
    return true;
  }

  #appendGain({ gain, policy }: { gain: ArrayLike<number>; policy: ArrayLike<number> }): number {
    this.#gain ??= openSync(path.join(this.folder, runFiles.gain), "a");
    const both = new Float32Array(gain.length + policy.length);
    both.set(gain);
    both.set(policy, gain.length);
    appendFully(this.#gain, both);
    return this.#gainRecords++;
  }

  /** Writes the counts [B,K] behind the evaluations; test ones only where there is a test set. */
  confusion(counts: Partial<Record<ConfusionName, ArrayLike<number>>>): void {
    const parts = confusionOrder.flatMap((name) => {
      const matrix = counts[name];
      return matrix ? [new Uint8Array(Int32Array.from(matrix).buffer)] : [];
    });
    replace(path.join(this.folder, runFiles.confusion), Buffer.concat(parts));
  }

  result(result: TuneResult): void {
    replace(path.join(this.folder, runFiles.result), `${JSON.stringify(result, null, 2)}\n`);
  }

  log(line: string): void {
    appendFully(this.#log, Buffer.from(`${new Date().toISOString()} ${line}\n`));
  }

  /** Ends the run; nothing can be written after. */
  finish(state: "done" | "failed" | "cancelled", error: string | null = null): void {
    try {
      this.update({ state, error, endedAt: new Date().toISOString() });
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

  #write(): void {
    replace(path.join(this.folder, runFiles.run), `${JSON.stringify(this.#record, null, 2)}\n`);
  }
}

/** Makes the folder of our own files beside a configuration, where it is not there yet. */
export function makeOwnFolder(configurationFolder: string): void {
  const own = path.join(configurationFolder, ownFolder);
  mkdirSync(own, { recursive: true });
  // Runs are large and of this machine: they stay out of the user's repository unless they say otherwise.
  const ignore = path.join(own, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}

function newFolder(configurationFolder: string, record: RunRecord): string {
  const { startedAt, checkpoint, objective } = record;
  const name = record.checkpointName ?? checkpointName(checkpoint, null);
  makeOwnFolder(configurationFolder);
  const runs = runsFolder(configurationFolder);
  mkdirSync(runs, { recursive: true });
  return freshFolder(path.join(runs, runName(new Date(startedAt), name, objective)));
}

function freshFolder(wanted: string): string {
  for (let count = 1; ; count++) {
    const folder = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

/**
 * Replaces a small file as a whole: a reader sees the old or the new one, whatever dies meanwhile. Flushed, it also outlasts
 * a power failure, for a trip to the disk.
 */
export function replace(file: string, content: string | Uint8Array, flush = true): void {
  const temporary = `${file}.tmp`;
  try {
    const descriptor = openSync(temporary, "w");
    try {
      appendFully(descriptor, Buffer.from(content));
      if (flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A single write may write less than asked for. */
function appendFully(descriptor: number, view: NodeJS.ArrayBufferView): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
