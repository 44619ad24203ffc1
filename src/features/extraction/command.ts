/** Features by the user's own command: run when the checkpoint is another one, checked, and then put in their place. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { writeAtomically, writeFully } from "../../files/atomic.ts";
import { hashFile } from "../../files/hash.ts";
import { FileError } from "../../files/ranges.ts";
import { openFeatureTable } from "../open.ts";
import { FeatureTableError } from "../table.ts";
import { type ProgramRequest, runProgram } from "./program.ts";

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
  /** Content hash of the checkpoint. */
  readonly checkpointHash: string;
  /** Folder that the command runs in: that of selmix.json. */
  readonly folder: string;
  /** Absolute paths of the tables that must be there afterwards. */
  readonly tables: readonly string[];
  /** File that remembers what the tables were made from. */
  readonly stamp: string;
  readonly log: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: ExtractionProgress): void;
  onRunning?: ProgramRequest["onRunning"];
  readonly grace?: ProgramRequest["grace"];
}

const freshPrefix = ".selmix-fresh-";

/** Larger files that a command names are data: their size and time of writing tell enough. */
const maxScriptBytes = 1024 * 1024;

const stampSchema = z.object({ madeFrom: z.string(), tables: z.record(z.string(), z.string()) });

/**
 * Makes the feature tables of a checkpoint by the command. Nothing is run when the tables that are there were made from the same
 * checkpoint by the same command and files named in it, and are untouched. `${featuresDir}` is a fresh folder whose files replace
 * those in the tables' folder once the program has ended well and every table has been checked.
 * Returns whether the command ran. Throws `FeatureTableError` or `FileError` in one sentence, or the signal's reason.
 */
export async function extractByCommand(request: CommandRequest): Promise<boolean> {
  const madeFrom = await fingerprint(request);
  if (await isCurrent(request, madeFrom)) return false;
  await rm(request.stamp, { force: true });
  const usesFolder = request.command.some((word) => word.includes("${featuresDir}"));
  if (usesFolder) await runIntoFolder(request);
  else await runInPlace(request);
  const tables: Record<string, string> = {};
  for (const table of request.tables) tables[table] = (await state(table)) ?? "";
  const text = Buffer.from(`${JSON.stringify({ madeFrom, tables }, null, 2)}\n`);
  await writeAtomically(request.stamp, (handle) => writeFully(handle, text, 0));
  return true;
}

async function runIntoFolder(request: CommandRequest): Promise<void> {
  const folder = commonFolder(request.tables);
  await mkdir(folder, { recursive: true });
  await removeLeftOvers(folder);
  // On the tables' own disk, so that they can be moved in one step each.
  const fresh = await mkdtemp(path.join(folder, freshPrefix));
  try {
    await run(request, fresh);
    for (const table of request.tables) {
      await checkTable(path.join(fresh, path.basename(table)), table, request.signal);
    }
    for (const name of await readdir(fresh)) {
      await rm(path.join(folder, name), { recursive: true, force: true });
      await rename(path.join(fresh, name), path.join(folder, name));
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** What an extraction that was killed has left. */
async function removeLeftOvers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(freshPrefix)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/** A command that knows by itself where to write: the tables must be other ones afterwards. */
async function runInPlace(request: CommandRequest): Promise<void> {
  const before = await Promise.all(request.tables.map(state));
  await run(request, commonFolder(request.tables));
  for (const [i, table] of request.tables.entries()) {
    if (before[i] !== null && before[i] === (await state(table))) {
      throw new FeatureTableError(
        `features.command ended without writing ${table}; let it write there, or into the folder \${featuresDir}.`,
      );
    }
    await checkTable(table, table, request.signal);
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
async function checkTable(written: string, table: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if ((await state(written)) === null) {
    throw new FeatureTableError(
      `features.command ended without writing ${path.basename(table)}; let it write that file into \${featuresDir}.`,
    );
  }
  try {
    (await openFeatureTable(written)).close();
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

async function isCurrent(request: CommandRequest, madeFrom: string): Promise<boolean> {
  const text = await readFile(request.stamp, "utf8").catch(() => "");
  if (text === "") return false;
  const stamp = stampSchema.safeParse(parseJson(text)).data;
  if (stamp?.madeFrom !== madeFrom) return false;
  for (const table of request.tables) {
    const now = await state(table);
    if (now === null || stamp.tables[table] !== now) return false;
  }
  return true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What decides the features: the checkpoint's content, the command, and the files that the command names. */
async function fingerprint({ command, checkpointHash, folder, signal }: CommandRequest): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([checkpointHash, command]));
  for (const word of command.slice(1)) {
    const file = path.resolve(folder, word);
    const info = await stat(file).catch(() => null);
    if (!info?.isFile()) continue;
    const isScript = info.size <= maxScriptBytes;
    hash.update(isScript ? await hashFile(file, signal) : ((await state(file)) ?? ""));
  }
  return hash.digest("hex");
}

/** Changes whenever a file, or a file in a folder, is written; null when there is nothing. */
async function state(file: string): Promise<string | null> {
  const info = await stat(file, { bigint: true }).catch(() => null);
  if (!info) return null;
  if (!info.isDirectory()) return `${info.size} ${info.mtimeNs}`;
  const names = (await readdir(file)).sort();
  return (await Promise.all(names.map((name) => state(path.join(file, name))))).join("\n");
}
