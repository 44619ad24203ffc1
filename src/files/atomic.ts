/** Files appear whole or not at all: written beside the target, flushed, then renamed. */
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import path from "node:path";
import { makeFolder, remove } from "./direct.ts";
import { freshFlags, freshName, lookAt, modeFor } from "./fresh.ts";
import { FileError, reason, type SourceFile } from "./ranges.ts";
import { noteUnfinished } from "./unfinished.ts";

/** Bytes that go over those of the source from `offset` on. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const pieceBytes = 8 * 1024 * 1024;

/** A file to be written: where, and how. */
export interface FileToWrite {
  readonly target: string;
  /** The file that it is made from: a new file is open to nobody whom that one is closed to. */
  readonly like?: string;
  write(handle: FileHandle): Promise<void>;
}

/** A part of what is kept in several files; `name` is told what tells this write apart from every other. */
export interface PartToWrite extends Omit<FileToWrite, "target"> {
  name(id: string): string;
}

export interface WrittenFile {
  readonly path: string;
  /** Of its content, as hexadecimal digits. */
  readonly sha256: string;
}

export interface Writing {
  readonly signal?: AbortSignal;
  /** Asked when everything is written, and nothing has its name yet; what it throws leaves everything as it was. */
  readonly gate?: (files: readonly WrittenFile[]) => void | Promise<void>;
}

/**
 * Writes `target` (its folder is made when missing) through a temporary file beside it that is flushed and then renamed.
 * On an error or abort the temporary file is removed and an existing target stays as it was; what a killed process leaves is
 * known to `sweepUnfinished`. Throws `FileError` when the file system refuses, and the signal's reason when aborted.
 */
export async function writeAtomically(
  target: string,
  write: (handle: FileHandle) => Promise<void>,
  writing: Writing = {},
): Promise<void> {
  await writeTogether([{ target, write }], writing);
}

/** The same for files that belong together: none of them appears before all are written. */
export async function writeTogether(files: readonly FileToWrite[], writing: Writing = {}): Promise<void> {
  const batch = new Batch(writing);
  try {
    for (const file of files) await batch.write(file);
    await batch.switch();
  } catch (error) {
    throw batch.undo(error);
  } finally {
    batch.close();
  }
}

/**
 * The same for what is kept in several files, of which the last names the others. The parts have names of their own at every
 * write, made of what they hold, so that what is there stays whole until the last file is renamed over the one before. The
 * parts of that one are left; `index` is told the names of the new ones, in order.
 */
export async function writeInParts(
  parts: readonly PartToWrite[],
  index: (names: readonly string[]) => FileToWrite | Promise<FileToWrite>,
  folder: string,
  writing: Writing = {},
): Promise<void> {
  const batch = new Batch(writing, true);
  try {
    for (const [i, part] of parts.entries()) {
      await batch.write({ ...part, target: path.join(folder, part.name(`part${i}`)) });
    }
    const id = batch.id();
    const names = parts.map((part) => part.name(id));
    for (const [i, name] of names.entries()) batch.rename(i, path.join(folder, name));
    await batch.write(await index(names));
    await batch.switch();
  } catch (error) {
    throw batch.undo(error);
  } finally {
    batch.close();
  }
}

/** Files on their way: written under temporary names, then switched to their own. */
class Batch {
  readonly #writing: Writing;
  readonly #hashed: boolean;
  readonly #written: { readonly temporary: string; target: string; sha256: string }[] = [];
  readonly #notes: (() => void)[] = [];
  /** Files that were put where there was none. */
  readonly #added: string[] = [];
  #current = "";

  constructor(writing: Writing, hashed = writing.gate !== undefined) {
    this.#writing = writing;
    this.#hashed = hashed;
  }

  async write({ target, like, write }: FileToWrite): Promise<void> {
    this.#writing.signal?.throwIfAborted();
    this.#current = target;
    makeFolder(path.dirname(target));
    const temporary = freshName(target);
    this.#notes.push(noteUnfinished([temporary]));
    const one = { temporary, target, sha256: "" };
    this.#written.push(one);
    const { create, exact } = modeFor(target, like);
    const handle = await open(temporary, freshFlags, create);
    try {
      if (exact !== null) await handle.chmod(exact);
      await write(handle);
      await handle.sync();
      if (this.#hashed) one.sha256 = await hashOf(handle, this.#writing.signal);
    } finally {
      await handle.close();
    }
  }

  /** Ten digits that stand for what was written so far. */
  id(): string {
    const all = this.#written.map(({ sha256 }) => sha256).join("");
    return sha256().update(all).digest("hex").slice(0, 10);
  }

  rename(at: number, target: string): void {
    const one = this.#written[at];
    if (one) one.target = target;
  }

  async switch(): Promise<void> {
    this.#writing.signal?.throwIfAborted();
    await this.#writing.gate?.(this.#written.map(({ target, sha256 }) => ({ path: target, sha256 })));
    for (const { temporary, target } of this.#written) {
      this.#current = target;
      const isNew = !lookAt(target);
      await rename(temporary, target);
      if (isNew) this.#added.push(target);
    }
  }

  /** Leaves everything as it was, and says why in one sentence. */
  undo(error: unknown): unknown {
    for (const place of [...this.#written.map(({ temporary }) => temporary), ...this.#added]) {
      try {
        remove(place);
      } catch {
        // The first error is the one to tell.
      }
    }
    return asFileError(this.#current, error);
  }

  close(): void {
    for (const takeBack of this.#notes) takeBack();
  }
}

/** Loaded with the first hash: most processes that load this file write nothing. */
const sha256 = () => process.getBuiltinModule("node:crypto").createHash("sha256");

async function hashOf(handle: FileHandle, signal?: AbortSignal): Promise<string> {
  const hash = sha256();
  const piece = Buffer.allocUnsafe(pieceBytes);
  for (let offset = 0; ; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, piece.length, offset);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(piece.subarray(0, bytesRead));
    offset += bytesRead;
  }
}

/** Writes all of `bytes` at `offset`; a single write call may write less. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(pieceBytes, bytes.length - done);
    const { bytesWritten } = await handle.write(bytes, done, length, offset + done);
    done += bytesWritten;
  }
}

/**
 * Writes a copy of `source` to `target` with the patched bytes replaced and every other byte the same.
 * Patches may come in any order, but not overlap. The source is streamed in pieces and never written to.
 * Throws `FileError` when target and source are the same file, when the source changes meanwhile, or on a full disk.
 */
export async function copyPatched(
  source: SourceFile,
  target: string,
  patches: readonly Patch[],
  writing: Writing = {},
): Promise<void> {
  await refuseSameFile(source.path, target);
  await writeTogether([{ target, ...patchedCopy(source, patches, writing.signal) }], writing);
}

/** The same copy as content of a file or part. */
export function patchedCopy(
  source: SourceFile,
  patches: readonly Patch[],
  signal?: AbortSignal,
): Pick<FileToWrite, "like" | "write"> {
  const sorted = sortPatches(source, patches);
  return {
    like: source.path,
    async write(handle) {
      for (let offset = 0; offset < source.size; offset += pieceBytes) {
        signal?.throwIfAborted();
        const piece = await source.read(offset, Math.min(pieceBytes, source.size - offset));
        applyPatches(piece, offset, sorted);
        await writeFully(handle, piece, offset);
      }
      await source.assertUnchanged();
    },
  };
}

/** Throws `FileError` when both paths name the same file, by whatever links: a source is never written to. */
export async function refuseSameFile(source: string, target: string): Promise<void> {
  const [from, to] = await Promise.all([source, target].map((name) => stat(name).catch(() => null)));
  if (from && to && from.dev === to.dev && from.ino === to.ino) {
    throw new FileError(
      `${target} is the checkpoint itself, which is never overwritten; choose another output.`,
    );
  }
}

function sortPatches(source: SourceFile, patches: readonly Patch[]): Patch[] {
  const sorted = [...patches].sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const patch of sorted) {
    if (patch.offset < end || patch.offset + patch.bytes.length > source.size) {
      throw new RangeError(`A patch at byte ${patch.offset} overlaps another or leaves ${source.path}.`);
    }
    end = patch.offset + patch.bytes.length;
  }
  return sorted;
}

/** Puts what the patches say about [offset, offset + piece.length) into `piece`. */
export function applyPatches(piece: Uint8Array, offset: number, patches: readonly Patch[]): void {
  for (const patch of patches) {
    const start = Math.max(offset, patch.offset);
    const end = Math.min(offset + piece.length, patch.offset + patch.bytes.length);
    if (start < end) {
      piece.set(patch.bytes.subarray(start - patch.offset, end - patch.offset), start - offset);
    }
  }
}

function asFileError(target: string, error: unknown): unknown {
  if (error instanceof Error && "syscall" in error) {
    return new FileError(
      `${target} cannot be written: ${reason(error)}; choose another output or make room.`,
    );
  }
  return error;
}
