/** Small writes that must be on disk when they are announced: synchronous, whole or not at all, and never through a link. */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { appendFlags, changeFlags, freshFlags, freshName, modeFor } from "./fresh.ts";
import { FileError, reason } from "./ranges.ts";

export interface ReplaceOptions {
  /** Outlasts a power failure, for a trip to the disk. Default: true. */
  readonly flush?: boolean;
  /** A file whose permissions a new one has at most. */
  readonly like?: string;
}

/** Replaces a small file as a whole: a reader sees the old or the new one, whatever dies meanwhile. */
export function replaceFile(file: string, content: string | Uint8Array, options: ReplaceOptions = {}): void {
  const temporary = writeFresh(file, content, options);
  try {
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a small file that is not there yet, whole. Throws EEXIST where something has its name. */
export function createFile(file: string, content: string | Uint8Array): void {
  const temporary = writeFresh(file, content, { flush: false });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    createInPlace(file, content);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For file systems without hard links: a reader may see it half written. */
function createInPlace(file: string, content: string | Uint8Array): void {
  const descriptor = openSync(file, freshFlags, 0o666);
  try {
    appendFully(descriptor, Buffer.from(content));
  } finally {
    closeSync(descriptor);
  }
}

function writeFresh(
  file: string,
  content: string | Uint8Array,
  { flush = true, like }: ReplaceOptions,
): string {
  const temporary = freshName(file);
  const { create, exact } = modeFor(file, like);
  try {
    const descriptor = openSync(temporary, freshFlags, create);
    try {
      if (exact !== null) fchmodSync(descriptor, exact);
      appendFully(descriptor, Buffer.from(content));
      if (flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return temporary;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Opens a file of ours to append to. Throws where the place is taken by a link, a pipe, or a file that has another name too. */
export function openAppend(file: string): number {
  return ownDescriptor(file, openSync(file, appendFlags, 0o666));
}

/** Cuts a file of ours to its first `bytes`; one that is shorter stays as it is. */
export function cutFile(file: string, bytes: number): void {
  const descriptor = ownDescriptor(file, openSync(file, changeFlags));
  try {
    if (fstatSync(descriptor).size > bytes) ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** A file of ours is a regular one with one name; what has two may be anybody's. */
function ownDescriptor(file: string, descriptor: number): number {
  const info = fstatSync(descriptor);
  if (info.isFile() && info.nlink <= 1) return descriptor;
  closeSync(descriptor);
  throw new FileError(`${file} is no plain file of ours, so it is not written to; remove it.`);
}

/** A single write may write less than asked for. */
export function appendFully(descriptor: number, view: NodeJS.ArrayBufferView): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** Makes a folder and those above it; those that are there stay as they are. Throws `FileError` where that cannot be. */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = [];
  let above = path.resolve(folder);
  for (; !isFolder(above) && path.dirname(above) !== above; above = path.dirname(above))
    missing.unshift(above);
  for (const one of missing) {
    try {
      // One by one: asked for all at once, Node calls a read-only disk a missing file.
      mkdirSync(one, mode);
    } catch (error) {
      if (codeOf(error) === "EEXIST" && isFolder(one)) continue;
      const why = codeOf(error) === "EEXIST" ? "a file has its name" : reason(error);
      throw new FileError(
        `The folder ${one} cannot be made: ${why}; make room for it, or choose another place.`,
      );
    }
  }
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}

/** Removes a file or a folder with all that is in it; links in it go, what they lead to stays. */
export function remove(place: string): void {
  rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Gives a file or folder another name on the same disk. */
export function move(from: string, to: string): void {
  renameSync(from, to);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
