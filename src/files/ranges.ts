/** Bytes by ranges: files larger than memory and than 2 GiB are read piece by piece, never whole. */
import { constants, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** The most one read may ask for: Node aborts on reads of 2 GiB, and a lying header must not allocate at will. */
export const maxRangeBytes = 64 * 1024 * 1024;

/**
 * Small reads are served from what was read around the last one: headers lie close together, and each read is a trip to
 * another thread, or another machine. A zip's end with the longest comment fits.
 */
const windowBytes = 68 * 1024;

/** A file that cannot be read or written as needed: one sentence for the user. */
export class FileError extends Error {
  override name = "FileError";
  constructor(message: string) {
    super(printable(message));
  }
}

/** A message on one line, whatever a damaged file calls its parts. */
export function printable(message: string): string {
  return message.replace(/\p{Cc}/gu, "?");
}

/** Anything with bytes at offsets: a file, a part of one, or memory. */
export interface ByteSource {
  /** For error messages: the path, with the member where it is inside a container. */
  readonly name: string;
  readonly size: number;
  /** Reads `length` bytes (at most `maxRangeBytes`) from `offset`. Throws `FileError` when they are not all there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same, synchronous, filling `target` from its start. */
  readSync(offset: number, target: Uint8Array): void;
}

/** An open file, read only. */
export interface SourceFile extends ByteSource {
  readonly path: string;
  /** Throws `FileError` when the file was written to since it was opened: what was read may be half old, half new. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** For open(2): a FIFO is not waited for, and a terminal does not become ours. Windows has neither. */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** What is said of a folder, device, FIFO or socket where a file should be. */
export function notRegular(path: string): FileError {
  return new FileError(`${path} is not a file; name a file.`);
}

/** Opens a regular file for reading by ranges. Throws `FileError` when it cannot be opened or is not a regular file. */
export async function openSource(path: string): Promise<SourceFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, readFlags);
  } catch (error) {
    throw new FileError(`${path} cannot be opened: ${reason(error)}; check the path and its permissions.`);
  }
  const opened = await handle.stat({ bigint: true });
  if (!opened.isFile()) {
    await handle.close();
    throw notRegular(path);
  }
  const size = Number(opened.size);
  let window: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };
  let closed = false;
  return {
    name: path,
    path,
    size,
    async read(offset, length) {
      checkRange(path, size, offset, length);
      if (length > windowBytes) return readFrom(handle, path, offset, length);
      let around = window;
      if (offset < around.start || offset + length > around.start + around.bytes.length) {
        const bytes = await readFrom(handle, path, offset, Math.min(windowBytes, size - offset));
        window = around = { start: offset, bytes };
      }
      const from = offset - around.start;
      return Buffer.from(around.bytes.subarray(from, from + length));
    },
    readSync(offset, target) {
      checkRange(path, size, offset, target.length);
      let done = 0;
      while (done < target.length) {
        const count = readSync(handle.fd, target, done, target.length - done, offset + done);
        if (count === 0) throw shorter(path, offset, target.length);
        done += count;
      }
    },
    async assertUnchanged() {
      const now = await handle.stat({ bigint: true });
      if (now.size !== opened.size || now.mtimeNs !== opened.mtimeNs) {
        throw new FileError(`${path} was written to while it was being read; try again when it is complete.`);
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

async function readFrom(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const target = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(target, done, length - done, offset + done);
    if (bytesRead === 0) throw shorter(path, offset, length);
    done += bytesRead;
  }
  return target;
}

/** A part of a source as a source of its own, for example a member of an archive. */
export function sliceOf(source: ByteSource, offset: number, size: number, name = source.name): ByteSource {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(size) || offset < 0 || size < 0) {
    throw new FileError(`${name} claims a place no file has; it is damaged: save it again.`);
  }
  if (offset + size > source.size) throw shorter(source.name, offset, size);
  return {
    name,
    size,
    async read(at, length) {
      checkRange(name, size, at, length);
      return source.read(offset + at, length);
    },
    readSync(at, target) {
      checkRange(name, size, at, target.length);
      source.readSync(offset + at, target);
    },
  };
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      checkRange(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
    readSync(offset, target) {
      checkRange(name, bytes.length, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

/** Reads a range of any length that the caller has bounded, in pieces of at most `maxRangeBytes`. */
export async function readLong(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (length <= maxRangeBytes) return source.read(offset, length);
  if (!(offset + length <= source.size)) throw shorter(source.name, offset, length);
  const target = new Uint8Array(length);
  for (let at = 0; at < length; at += maxRangeBytes) {
    target.set(await source.read(offset + at, Math.min(maxRangeBytes, length - at)), at);
  }
  return target;
}

/** The whole of a source, piece by piece. */
export async function* pieces(source: ByteSource, pieceBytes = 4 * 1024 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceBytes) {
    yield await source.read(at, Math.min(pieceBytes, source.size - at));
  }
}

/** The operating system's reason in words, without its path and call. */
export function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of its path is not a folder",
    EMFILE: "too many files are open",
    EIO: "the disk reports an error",
    ELOOP: "a link is in its place",
    ENXIO: "it is a socket or a pipe",
    EFBIG: "the file system cannot hold a file that large",
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new FileError(`${name} points at bytes that no file can have; it is damaged: save it again.`);
  }
  if (length > maxRangeBytes) {
    throw new FileError(`${name} asks for ${length} bytes at once, over the limit of ${maxRangeBytes}.`);
  }
  if (offset + length > size) throw shorter(name, offset, length);
}

function shorter(name: string, offset: number, length: number): FileError {
  return new FileError(
    `${name} ends before byte ${offset + length}, which its own header promises; it is incomplete: save or copy it again.`,
  );
}
