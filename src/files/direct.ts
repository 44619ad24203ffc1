/** Single acts of the file system: folders made, places removed and renamed, bytes written where they stay; never through a link. */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { appendFlags, changeFlags, freshFlags } from "./fresh.ts";
import { FileError, reason } from "./ranges.ts";

/** Makes a small file that is not there yet; a reader may see it half written. Throws EEXIST where something has its name. */
export function createInPlace(file: string, content: string | Uint8Array, mode = 0o666): void {
  const descriptor = openSync(file, freshFlags, mode);
  try {
    appendFully(descriptor, Buffer.from(content));
  } finally {
    closeSync(descriptor);
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

/** The same at an offset of a file that need not be so long yet. */
export function writeAt(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

/** Says that a file is in use now; one that is somebody else's to change stays as it is. */
export function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch (error) {
    if (!["EPERM", "EACCES", "EROFS", "ENOENT"].includes(codeOf(error))) throw error;
  }
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
