/** Files appear whole or not at all: written beside the target, flushed, then renamed. */
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { FileError, reason, type SourceFile } from "./ranges.ts";

/** Bytes that go over those of the source from `offset` on. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const pieceBytes = 8 * 1024 * 1024;

/** A file to be written: where, and how. */
export interface FileToWrite {
  readonly target: string;
  write(handle: FileHandle): Promise<void>;
}

/**
 * Writes `target` (its folder is made when missing) through a temporary file beside it that is flushed and then renamed.
 * On an error or abort the temporary file is removed and an existing target stays as it was.
 * Throws `FileError` when the file system refuses, and the signal's reason when aborted.
 */
export async function writeAtomically(
  target: string,
  write: (handle: FileHandle) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await writeTogether([{ target, write }], signal);
}

/**
 * The same for files that belong together: none of them appears before all are written. They are renamed in the order given,
 * so the one that names the others comes last.
 */
export async function writeTogether(files: readonly FileToWrite[], signal?: AbortSignal): Promise<void> {
  const written: { temporary: string; target: string }[] = [];
  let current = "";
  try {
    for (const { target, write } of files) {
      signal?.throwIfAborted();
      current = target;
      const name = `.${path.basename(target)}.${crypto.randomUUID().slice(-12)}.tmp`;
      const temporary = path.join(path.dirname(target), name);
      written.push({ temporary, target });
      await mkdir(path.dirname(target), { recursive: true });
      await writeFlushed(temporary, write);
    }
    signal?.throwIfAborted();
    for (const { temporary, target } of written) {
      current = target;
      await rename(temporary, target);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => undefined);
    throw asFileError(current, error);
  }
}

async function writeFlushed(temporary: string, write: FileToWrite["write"]): Promise<void> {
  const handle = await open(temporary, "wx");
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
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
  signal?: AbortSignal,
): Promise<void> {
  await writeTogether([await patchedCopy(source, target, patches, signal)], signal);
}

/** The same copy as a file for `writeTogether`. */
export async function patchedCopy(
  source: SourceFile,
  target: string,
  patches: readonly Patch[],
  signal?: AbortSignal,
): Promise<FileToWrite> {
  await refuseSameFile(source.path, target);
  const sorted = sortPatches(source, patches);
  return {
    target,
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
