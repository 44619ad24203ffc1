/** Logits of a set, by row and by class: what moves one class goes down its column, what looks for the best of a row along the row. */

import type { Head } from "../problem.ts";
import { allLogits, type FeatureSet } from "./evaluator.ts";

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

  /** The logits of all rows of a set under a head. */
  static async of(set: FeatureSet, head: Head): Promise<LogitTable> {
    return new LogitTable(await allLogits(set, head), head.classes);
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
