/** Columns that are too large to be turned into rows in memory: written one after another to a file, read back in bands of rows. */
import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { makeFolder, remove, writeAt } from "../../files/direct.ts";
import { freshFlags, freshName } from "../../files/fresh.ts";
import { FileError, reason } from "../../files/ranges.ts";
import { noteUnfinished } from "../../files/unfinished.ts";
import type { TakeRows } from "./records.ts";

const bandBytes = 64 * 1024 * 1024;

export class TurnedColumns {
  readonly #count: number;
  readonly #widths: readonly number[];
  /** The number of values before each column. */
  readonly #starts: readonly number[];
  readonly #file: string;
  readonly #descriptor: number;
  readonly #forget: () => void;

  /**
   * @param folder where the file lies while it is needed
   * @param count rows
   * @param widths numbers of each column in a row
   */
  constructor(folder: string, count: number, widths: readonly number[]) {
    this.#count = count;
    this.#widths = widths;
    let before = 0;
    this.#starts = widths.map((width) => {
      const start = before;
      before += width * count;
      return start;
    });
    makeFolder(folder);
    this.#file = freshName(path.join(folder, "columns"));
    this.#forget = noteUnfinished([this.#file]);
    this.#descriptor = openSync(this.#file, freshFlags, 0o600);
  }

  /** Keeps rows [row, row + count) of a column. Throws `FileError` when the disk is full. */
  put(column: number, values: Float32Array, row: number, count: number): void {
    const width = this.#widths[column] ?? 1;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, 4 * count * width);
    const offset = 4 * ((this.#starts[column] ?? 0) + row * width);
    try {
      writeAt(this.#descriptor, bytes, offset);
    } catch (error) {
      throw new FileError(`${this.#file} cannot be written: ${reason(error)}; make room there.`);
    }
  }

  /** All rows, in order. */
  async rows(take: TakeRows): Promise<void> {
    const width = this.#widths.reduce((sum, one) => sum + one, 0);
    const band = Math.max(1, Math.min(this.#count, Math.floor(bandBytes / (4 * width))));
    const block = new Float32Array(band * width);
    const column = new Float32Array(band * Math.max(...this.#widths));
    for (let from = 0; from < this.#count; from += band) {
      const count = Math.min(band, this.#count - from);
      let place = 0;
      for (const [i, own] of this.#widths.entries()) {
        this.#read(
          4 * ((this.#starts[i] ?? 0) + from * own),
          new Uint8Array(column.buffer, 0, 4 * count * own),
        );
        for (let r = 0; r < count; r++)
          for (let d = 0; d < own; d++) block[r * width + place + d] = column[r * own + d] ?? 0;
        place += own;
      }
      await take(block, count);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    remove(this.#file);
    this.#forget();
  }

  #read(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      const count = readSync(this.#descriptor, target, done, target.length - done, offset + done);
      if (count === 0) throw new FileError(`${this.#file} was cut while it was in use; try again.`);
      done += count;
    }
  }
}
