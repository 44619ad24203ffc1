/** Small writes that must be on disk when they are announced: synchronous, whole or not at all, and never through a link. */
import { closeSync, fchmodSync, fsyncSync, linkSync, openSync, renameSync } from "node:fs";
import { appendFully, codeOf, createInPlace, remove } from "./direct.ts";
import { freshFlags, freshName, modeFor } from "./fresh.ts";
import { noteUnfinished } from "./unfinished.ts";

export interface ReplaceOptions {
  /** Outlasts a power failure, for a trip to the disk. Default: true. */
  readonly flush?: boolean;
  /** A file whose permissions a new one has at most. */
  readonly like?: string;
}

/** Replaces a small file as a whole: a reader sees the old or the new one, whatever dies meanwhile. */
export function replaceFile(file: string, content: string | Uint8Array, options: ReplaceOptions = {}): void {
  withFresh(file, content, options, (temporary) => renameSync(temporary, file));
}

/** Makes a small file that is not there yet, whole. Throws EEXIST where something has its name. */
export function createFile(file: string, content: string | Uint8Array): void {
  withFresh(file, content, { flush: false }, (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw error;
      // There are file systems without hard links.
      createInPlace(file, content);
    }
  });
}

/** Writes a temporary file beside `file`, which is gone after `use`, or known to `sweepUnfinished`. */
function withFresh(
  file: string,
  content: string | Uint8Array,
  { flush = true, like }: ReplaceOptions,
  use: (temporary: string) => void,
): void {
  const temporary = freshName(file);
  const takeBack = noteUnfinished([temporary]);
  try {
    const { create, exact } = modeFor(file, like);
    const descriptor = openSync(temporary, freshFlags, create);
    try {
      if (exact !== null) fchmodSync(descriptor, exact);
      appendFully(descriptor, Buffer.from(content));
      if (flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    use(temporary);
  } finally {
    removeIfPossible(temporary);
    takeBack();
  }
}

/** What cannot be removed now stays noted, and whether the write took effect is another question. */
function removeIfPossible(temporary: string): void {
  try {
    remove(temporary);
  } catch {
    return;
  }
}
