import type { Patch, Writing } from "../../files/atomic.ts";
import type { ByteSource } from "../../files/ranges.ts";
import type { PickleValue } from "./pickleValues.ts";

/** A pickle and the storages that it refers to, kept in one file: a zip archive, or a stream. */
export interface Container {
  readonly root: PickleValue;
  readonly littleEndian: boolean;
  /** Bytes of the storage of that key; null when the file does not have it. */
  storageBytes(key: string): number | null;
  openStorage(key: string): Promise<ByteSource>;
  /** Writes a copy of the file with patched storages; offsets count from the start of each storage. */
  copy(target: string, patches: ReadonlyMap<string, readonly Patch[]>, writing?: Writing): Promise<void>;
}

/** The most a pickle may take; those of the largest known checkpoints take a few megabytes. */
export const maxPickleBytes = 64 * 1024 * 1024;
