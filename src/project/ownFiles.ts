/**
 * Which files outside of `.selmix` are ours: those that we wrote and that still hold what we wrote. It is kept in the user's
 * state folder, a small file for each, and not in the workspace, which may be anybody's.
 */

import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import type { Writing, WrittenFile } from "../files/atomic.ts";
import { remove } from "../files/direct.ts";
import { lookAt } from "../files/fresh.ts";
import { hashFile } from "../files/hash.ts";
import { makeOwn, stateFolder } from "../files/ownFolders.ts";
import { realPlace } from "../files/place.ts";
import { FileError, reason } from "../files/ranges.ts";
import { readJson } from "../files/readJson.ts";
import { sizeLimits } from "../files/regular.ts";
import { replaceFile } from "../files/replace.ts";

/** What we wrote under one name at one time, and its parts where it is kept in several files. */
const generation = z.object({
  sha256: z.string(),
  parts: z.array(z.object({ path: z.string(), sha256: z.string() })),
});
/** The last is the newest; earlier ones are kept for a write that died before it took effect. */
const ownRecord = z.object({ version: z.literal(1), path: z.string(), generations: z.array(generation) });
type OwnRecord = z.infer<typeof ownRecord>;

const keptGenerations = 4;

/** A file is in the way that is not ours to replace; the user may say that it is. */
export class NotOursError extends FileError {
  override name = "NotOursError";
  constructor(file: string) {
    super(
      `${file} is there already and is not what SelMix wrote there, so it is not replaced; choose another place, move the file, or say --replace.`,
    );
  }
}

/** Throws `NotOursError` where something is in the place of a file that we did not write, or that was changed since. */
export async function requireOurs(file: string, signal?: AbortSignal): Promise<void> {
  if (lookAt(file) && (await ownHash(file, signal)) === null) throw new NotOursError(file);
}

/** The SHA-256 of a file that is as we wrote it; null for any other, and where there is none. */
export async function ownHash(file: string, signal?: AbortSignal): Promise<string | null> {
  const known = recordOf(file)?.generations ?? [];
  if (known.length === 0 || lookAt(file)?.isFile() !== true) return null;
  const hash = await hashFile(file, signal);
  return known.some(({ sha256 }) => sha256 === hash) ? hash : null;
}

interface Noted {
  readonly folder: string;
  readonly changed: number;
  readonly files: ReadonlyMap<string, number>;
}
let noted: Noted | undefined;

/**
 * Whether a file, under its real path, is one that we wrote and that nobody wrote to since, by its time: as quick as a list of
 * thousands needs it. `ownHash` tells for sure.
 */
export function isOwnOutput(file: string): boolean {
  const since = notedFiles().get(file);
  if (since === undefined) return false;
  const info = lookAt(file);
  return info?.isFile() === true && info.mtimeMs <= since;
}

/** Real paths of what we wrote, parts included, with the time of its note; read anew when there is another note. */
function notedFiles(): ReadonlyMap<string, number> {
  if (noted && timeOf(noted.folder) === noted.changed) return noted.files;
  const folder = recordsFolder();
  if (folder === null) return new Map();
  const changed = timeOf(folder);
  const files = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    const place = path.join(folder, name);
    const record = read(place);
    const since = lookAt(place)?.mtimeMs;
    if (!record || since === undefined) continue;
    const parts = record.generations.flatMap((one) => one.parts.map((part) => part.path));
    for (const own of [record.path, ...parts]) files.set(own, since);
  }
  noted = { folder, changed, files };
  return files;
}

/** Milliseconds since the epoch at which a folder changed last; 0 where there is none. */
function timeOf(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Removes a file that is ours, with its parts. Throws `NotOursError` for any other. */
export async function removeOwn(file: string, signal?: AbortSignal): Promise<void> {
  await requireOurs(file, signal);
  remove(file);
  await removeOldParts(file);
}

/**
 * Lets files through that take the place of nothing or of ours (or of anything, where `replace`), and remembers them before they
 * appear. The last one is that which names the others. Throws `NotOursError`, and `FileError` where they cannot be remembered.
 */
export function ownGate(replace: boolean, signal?: AbortSignal): NonNullable<Writing["gate"]> {
  return async (files) => {
    const last = files.at(-1);
    if (!last) return;
    if (!replace) {
      await requireOurs(last.path, signal);
      for (const part of files.slice(0, -1)) await requireSame(part, signal);
    }
    remember(last, files.slice(0, -1));
  };
}

/** Remembers files that we wrote, each by itself. */
export function rememberOwn(files: readonly WrittenFile[]): void {
  for (const file of files) remember(file, []);
}

/** Removes parts of earlier writes that the file, as it is now, does not name. Other files stay, and so do parts that were changed. */
export async function removeOldParts(file: string): Promise<string[]> {
  const record = recordOf(file);
  if (!record?.generations.some(({ parts }) => parts.length > 0)) return [];
  const there = lookAt(file)?.isFile() ? await hashFile(file) : null;
  const current = record.generations.findLast(({ sha256 }) => sha256 === there);
  // A file that is another by now may name any of them.
  if (there !== null && !current) return [];
  const kept = new Set(current?.parts.map((part) => part.path));
  const removed: string[] = [];
  for (const part of record.generations.flatMap(({ parts }) => parts)) {
    if (kept.has(part.path) || !(await holds(part))) continue;
    remove(part.path);
    removed.push(part.path);
  }
  return removed;
}

/** Forgets what is gone, and removes parts that nothing names. Returns what was removed. */
export async function sweepOwn(): Promise<string[]> {
  const folder = recordsFolder();
  const removed: string[] = [];
  for (const name of folder === null ? [] : readdirSync(folder)) {
    const file = path.join(folder ?? "", name);
    const record = read(file);
    if (!record) continue;
    removed.push(...(await removeOldParts(record.path)));
    if (!lookAt(record.path)) remove(file);
  }
  return removed;
}

/** A part has a name that is made of what it holds: whatever else is there under it is not ours. */
async function requireSame(part: WrittenFile, signal?: AbortSignal): Promise<void> {
  if (!lookAt(part.path)) return;
  if (!(await holds(part, signal))) throw new NotOursError(part.path);
}

async function holds({ path: file, sha256 }: WrittenFile, signal?: AbortSignal): Promise<boolean> {
  const isFile = lookAt(file)?.isFile() === true;
  return isFile && (await hashFile(file, signal)) === sha256;
}

function remember({ path: file, sha256 }: WrittenFile, parts: readonly WrittenFile[]): void {
  const before = recordOf(file)?.generations.filter((one) => one.sha256 !== sha256) ?? [];
  const generations = [...before, { sha256, parts: [...parts] }].slice(-keptGenerations);
  write({ version: 1, path: realName(file), generations });
}

function write(record: OwnRecord): void {
  const place = placeOf(record.path);
  if (place === null) return;
  try {
    replaceFile(place, JSON.stringify(record), { flush: false });
  } catch (error) {
    // Nothing has its name yet, so nothing is lost; unremembered, the file would be taken for somebody else's the next time.
    throw new FileError(
      `What SelMix writes cannot be noted in ${path.dirname(place)} (${reason(error)}): make room there, or name another folder in SELMIX_STATE.`,
    );
  }
}

function recordOf(file: string): OwnRecord | null {
  const place = placeOf(file);
  const record = place === null ? null : read(place);
  return record?.path === realName(file) ? record : null;
}

function read(place: string): OwnRecord | null {
  return readJson(place, sizeLimits.settings, ownRecord);
}

/** The file under the name that it has when the links of its folder are followed. */
function realName(file: string): string {
  const folder = realPlace(path.dirname(path.resolve(file)));
  return folder === null ? path.resolve(file) : path.join(folder, path.basename(file));
}

function placeOf(file: string): string | null {
  const folder = recordsFolder();
  const name = createHash("sha256").update(realName(file)).digest("hex").slice(0, 40);
  return folder && path.join(folder, `${name}.json`);
}

function recordsFolder(): string | null {
  const state = stateFolder();
  const folder = state && path.join(state, "written");
  return folder !== null && makeOwn(folder) ? folder : null;
}
