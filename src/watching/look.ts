/** One look at a checkpoint's files: enough to tell whether they changed, without reading them. */
import { stat } from "node:fs/promises";

export interface FileLook {
  readonly files: readonly string[];
  /** Bytes of all files together. */
  readonly size: number;
  /** The newest time of modification, in milliseconds since the epoch. */
  readonly modified: number;
  /** Device, inode, size and time of each file: the same before and after a rename, another after every write. */
  readonly identity: string;
}

/** Looks at all files, or returns null when one is missing. */
export async function look(files: readonly string[]): Promise<FileLook | null> {
  try {
    const stats = await Promise.all(files.map((file) => stat(file, { bigint: true })));
    if (stats.some((one) => !one.isFile())) return null;
    return {
      files,
      size: stats.reduce((sum, one) => sum + Number(one.size), 0),
      modified: Math.max(...stats.map((one) => Number(one.mtimeMs))),
      identity: stats.map((one) => `${one.dev}:${one.ino}:${one.size}:${one.mtimeNs}`).join(" "),
    };
  } catch {
    return null;
  }
}

export function sameLook(a: FileLook, b: FileLook): boolean {
  return a.identity === b.identity;
}
