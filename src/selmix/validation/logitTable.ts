/** Logits of a set, by row and by class: what moves one class goes down its column, what looks for the best of a row along the row. */

import type { FeatureRows, Head } from "../problem.ts";
import { allLogits, type Evaluator } from "./evaluator.ts";

/** Rows turned at a time: what they fill of a column are whole lines of the cache. */
const BLOCK = 32;

export class LogitTable {
  readonly rows: number;
  readonly classes: number;
  /** [N,K] */
  readonly byRow: Float32Array;
  /** [K,N] */
  readonly byClass: Float32Array;

  /** @param byRow logits [N,K], which stay the caller's */
  constructor(byRow: Float32Array, classes: number) {
    const rows = byRow.length / classes;
    this.rows = rows;
    this.classes = classes;
    this.byRow = byRow;
    this.byClass = new Float32Array(byRow.length);
    for (let start = 0; start < rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, rows);
      for (let k = 0; k < classes; k++)
        for (let row = start; row < end; row++) this.byClass[k * rows + row] = byRow[row * classes + k];
    }
  }

  /** Standard deviation of all logits. */
  spread(): number {
    const { byRow } = this;
    let [sum, squares] = [0, 0];
    for (let at = 0; at < byRow.length; at++) {
      sum += byRow[at];
      squares += byRow[at] * byRow[at];
    }
    const mean = sum / byRow.length;
    return Math.sqrt(Math.max(squares / byRow.length - mean * mean, 1e-12));
  }
}

/** Makes the tables of heads on some rows, and keeps the last one, for whoever asks for the same numbers next. */
export class LogitTables {
  readonly #rows: FeatureRows;
  readonly #evaluator: Evaluator;
  #last: { readonly head: Head; readonly table: LogitTable } | null = null;

  constructor(rows: FeatureRows, evaluator: Evaluator) {
    this.#rows = rows;
    this.#evaluator = evaluator;
  }

  /** The logits of all rows under a head. */
  async of(head: Head): Promise<LogitTable> {
    const last = this.#last;
    if (last?.head.weight === head.weight && last.head.bias === head.bias) return last.table;
    this.forget();
    const set = this.#evaluator.features(this.#rows, head);
    try {
      const table = new LogitTable(await allLogits(set, head), head.classes);
      this.#last = { head, table };
      return table;
    } finally {
      set.dispose();
    }
  }

  /** Lets the last table go: it takes 8 bytes for each of its logits. */
  forget(): void {
    this.#last = null;
  }
}
