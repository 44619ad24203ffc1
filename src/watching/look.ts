/** One look at a checkpoint's files: enough to tell whether they changed, without reading them. */
import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

export interface FileLook {
  /** The one that is named first. */
  readonly files: readonly string[];
  /** Bytes of all files together. */
  readonly size: number;
  /** The newest time of modification, in milliseconds since the epoch. */
  readonly modified: number;
  /** Device, inode, size and time of each file: the same before and after a rename. */
  readonly identity: string;
  /** The same with the time of any change, which no writer can set back: another after every write. */
  readonly state: string;
  /** Sizes and times of writing alone: the same after a restart, on another mount, in a backup that was put back. */
  readonly written: string;
  /** Whether a file was written after the one that is named, which most writers leave to the end. */
  readonly partsNewer: boolean;
  /** Whether most of a file was never written, as of one that was made at its full size first. */
  readonly hollow: boolean;
}

/** Looks at all files, or returns null when one is missing. */
export async function look(files: readonly string[]): Promise<FileLook | null> {
  try {
    const stats = await Promise.all(files.map((file) => stat(file, { bigint: true })));
    if (stats.some((one) => !one.isFile())) return null;
    const each = (words: (one: BigIntStats) => string) => stats.map(words).join(" ");
    const [named, ...parts] = stats;
    return {
      files,
      size: stats.reduce((sum, one) => sum + Number(one.size), 0),
      modified: Math.max(...stats.map((one) => Number(one.mtimeMs))),
      identity: each((one) => `${one.dev}:${one.ino}:${one.size}:${one.mtimeNs}`),
      state: each((one) => `${one.dev}:${one.ino}:${one.size}:${one.mtimeNs}:${one.ctimeNs}`),
      written: each((one) => `${one.size}:${one.mtimeNs}`),
      partsNewer: parts.some((one) => one.mtimeNs > (named?.mtimeNs ?? 0n)),
      hollow: stats.some(isHollow),
    };
  } catch {
    return null;
  }
}

export function sameLook(a: FileLook, b: FileLook): boolean {
  return a.state === b.state;
}

/** File systems that count no blocks at all (0) tell nothing. */
function isHollow({ blocks, size }: BigIntStats): boolean {
  return blocks > 0n && blocks * 512n < size / 2n;
}
