/**
 * Regular files, opened and read whole up to a limit: settings, records, scripts. What lies in a stranger's folder may be a
 * device, a FIFO or endless: none of them is waited for, and never is more read than the limit.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { FileError, notRegular, readFlags } from "./ranges.ts";

const megabyte = 1024 * 1024;

/** The most bytes that a file may have, by what it is; files of ours stay far below. */
export const sizeLimits = {
  /** selmix.json, and small files of ours and of npm. */
  settings: megabyte,
  /** A script, a list of names. */
  script: megabyte,
  /** A picture to be decoded. */
  image: 64 * megabyte,
  /** run.json and result.json; 10,000 classes take a few megabytes. */
  record: 32 * megabyte,
  /** The last part of history.jsonl that is read. */
  history: 32 * megabyte,
  /** What lies beside a model: vocabularies and settings. */
  companion: 256 * megabyte,
  /** What describes a network: model.json, an index of shards. */
  network: 100 * megabyte,
  /** The state of a policy, with the longest text that Node can hold. */
  state: 500 * megabyte,
} as const;

/**
 * Opens a regular file and closes it after `use`, which gets the descriptor and the size in bytes. Throws the file system's
 * error, with its code, when the file cannot be opened, and `FileError` when it is a folder, device, FIFO or socket.
 */
export function withRegularFile<T>(path: string, use: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(path, readFlags);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw notRegular(path);
    return use(descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
}

/** A whole file of at most `limit` bytes. Throws as `withRegularFile` does, and `FileError` for a larger one. */
export function readSmall(path: string, limit: number): Buffer {
  return withRegularFile(path, (descriptor, size) => {
    // Files of /proc say 0 and hold more; a file may also grow while it is read.
    const bytes = size > limit ? null : readUpTo(descriptor, Math.max(size, 4096), limit);
    if (bytes) return bytes;
    throw new FileError(
      `${path} has ${size > limit ? size : `more than ${limit}`} bytes, over the limit of ${limit} for such a file; make it smaller.`,
    );
  });
}

/** The same as text in UTF-8. */
export function readSmallText(path: string, limit: number): string {
  return readSmall(path, limit).toString("utf8");
}

/** `length` bytes from `offset`; null where the file ends before. */
export function readPart(descriptor: number, offset: number, length: number): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const count = readSync(descriptor, bytes, done, length - done, offset + done);
    if (count === 0) return null;
    done += count;
  }
  return bytes;
}

/** The rest of a file; null when it is longer than the limit. */
function readUpTo(descriptor: number, expected: number, limit: number): Buffer | null {
  let bytes = Buffer.allocUnsafe(Math.min(expected, limit) + 1);
  for (let length = 0; ; ) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > limit) return null;
    if (length === bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 * length, limit) + 1);
      bytes.copy(larger);
      bytes = larger;
    }
  }
}
