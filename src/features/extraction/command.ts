/** Features by the user's own command: run when the checkpoint is another one, checked, and then put in their place. */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { makeFolder, move, remove } from "../../files/direct.ts";
import { freshName } from "../../files/fresh.ts";
import { FileError } from "../../files/ranges.ts";
import { noteUnfinished } from "../../files/unfinished.ts";
import { openFeatureTable } from "../open.ts";
import type { OpenTableOptions } from "../options.ts";
import { FeatureTableError } from "../table.ts";
import { type ProgramRequest, runProgram } from "./program.ts";
import { fingerprint, isCurrent, makeOnce, writtenState } from "./stamp.ts";

/** How far extraction is, as far as what the program prints says so; `steps` is 0 when it does not. */
export interface ExtractionProgress {
  readonly message: string;
  readonly step: number;
  readonly steps: number;
}

export interface CommandRequest {
  /** `features.command`: program and arguments with `${checkpoint}` and `${featuresDir}` in them. */
  readonly command: readonly string[];
  readonly checkpoint: string;
  /** Hash of what the checkpoint holds. */
  readonly content: string;
  /** Folder that the command runs in: that of selmix.json. */
  readonly folder: string;
  /** Absolute paths of the tables that must be there afterwards. */
  readonly tables: readonly string[];
  /** How the tables will be opened. */
  readonly opening?: OpenTableOptions;
  /** File that remembers what the tables were made from. */
  readonly stamp: string;
  readonly log: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: ExtractionProgress): void;
  onRunning?: ProgramRequest["onRunning"];
  readonly grace?: ProgramRequest["grace"];
  /** The tables are in their places. */
  onWritten?(tables: readonly string[]): void | Promise<void>;
  /** The command wrote more than tables into its folder: these names were not kept. */
  onLeft?(names: readonly string[]): void;
}

const freshPrefix = "selmix-fresh";

/**
 * Makes the feature tables of a checkpoint by the command. Nothing is run when the tables that are there were made from the same
 * checkpoint by the same command and files named in it, and are untouched. `${featuresDir}` is a fresh folder whose tables take
 * the places of those that the configuration names once the program has ended well and every table has been checked; what else
 * it holds is not kept.
 * Returns whether the command ran. Throws `FeatureTableError` or `FileError` in one sentence, or the signal's reason.
 */
export async function extractByCommand(request: CommandRequest): Promise<boolean> {
  const { command, content, folder, tables, stamp, signal } = request;
  const named = command.slice(1).map((word) => path.resolve(folder, word));
  const madeFrom = await fingerprint([content, command], named, signal);
  if (await isCurrent(stamp, madeFrom, tables)) return false;
  const usesFolder = command.some((word) => word.includes("${featuresDir}"));
  await makeOnce(stamp, madeFrom, tables, () => (usesFolder ? runIntoFolder(request) : runInPlace(request)));
  await request.onWritten?.(tables);
  return true;
}

async function runIntoFolder(request: CommandRequest): Promise<void> {
  const folder = commonFolder(request.tables);
  // On the tables' own disk, so that they can be moved in one step each.
  const fresh = freshName(path.join(folder, freshPrefix));
  const takeBack = noteUnfinished([fresh]);
  try {
    makeFolder(fresh);
    await run(request, fresh);
    for (const table of request.tables) {
      await checkTable(path.join(fresh, path.basename(table)), table, request);
    }
    for (const table of request.tables) {
      // A folder of arrays cannot be renamed over another.
      if ((await isFolder(table)) || (await isFolder(path.join(fresh, path.basename(table))))) remove(table);
      move(path.join(fresh, path.basename(table)), table);
    }
    const left = await readdir(fresh);
    if (left.length > 0) request.onLeft?.(left);
  } finally {
    remove(fresh);
    takeBack();
  }
}

async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null))?.isDirectory() === true;
}

/** A command that knows by itself where to write: the tables must be other ones afterwards. */
async function runInPlace(request: CommandRequest): Promise<void> {
  const before = await Promise.all(request.tables.map(writtenState));
  await run(request, commonFolder(request.tables));
  for (const [i, table] of request.tables.entries()) {
    if (before[i] !== null && before[i] === (await writtenState(table))) {
      throw new FeatureTableError(
        `features.command ended without writing ${table}; let it write there, or into the folder \${featuresDir}.`,
      );
    }
    await checkTable(table, table, request);
  }
}

async function run(request: CommandRequest, featuresDir: string): Promise<void> {
  const values: Record<string, string> = { checkpoint: request.checkpoint, featuresDir };
  const { folder, log, signal, grace, onProgress, onRunning } = request;
  await runProgram({
    command: request.command.map((word) =>
      word.replace(/\$\{(\w+)\}/g, (whole, key) => values[key] ?? whole),
    ),
    folder,
    log,
    ...(signal && { signal }),
    ...(onRunning && { onRunning }),
    ...(grace !== undefined && { grace }),
    onLine: (line) => onProgress?.(progressOf(line)),
  });
}

/** Reads "12/100" or "12%" out of a line. */
export function progressOf(line: string): ExtractionProgress {
  const counted = /(?<![\d.])(\d{1,9})\s*\/\s*(\d{1,9})(?![\d.])/.exec(line);
  const percent = /(?<![\d.])(\d{1,3})(?:\.\d+)?\s*%/.exec(line);
  const [step, steps] = counted
    ? [Number(counted[1]), Number(counted[2])]
    : percent
      ? [Number(percent[1]), 100]
      : [0, 0];
  return step <= steps ? { message: line, step, steps } : { message: line, step: 0, steps: 0 };
}

/** Opens what was written, as it will be used, under the name that it will have; NaN is found now. */
async function checkTable(
  written: string,
  table: string,
  { signal, opening }: Pick<CommandRequest, "signal" | "opening">,
): Promise<void> {
  signal?.throwIfAborted();
  if ((await writtenState(written)) === null) {
    throw new FeatureTableError(
      `features.command ended without writing ${path.basename(table)}; let it write that file into \${featuresDir}.`,
    );
  }
  try {
    (await openFeatureTable(written, opening)).close();
  } catch (error) {
    if (!(error instanceof FeatureTableError || error instanceof FileError)) throw error;
    throw new FeatureTableError(
      `features.command wrote no sound table: ${error.message.replaceAll(written, table)}`,
    );
  }
}

function commonFolder(tables: readonly string[]): string {
  const folders = new Set(tables.map((table) => path.dirname(table)));
  const [folder, ...others] = folders;
  if (folder === undefined || others.length > 0) {
    throw new FeatureTableError(
      `features.command needs all tables in one folder, and they lie in ${[...folders].join(", ")}; move them together.`,
    );
  }
  return folder;
}
