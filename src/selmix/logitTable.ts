/** Logits of a set, by row and by class: what moves one class goes along its column, what looks for the best of a row along the row. */
import { allLogits, type FeatureSet } from "./evaluator.ts";
import type { Head } from "./problem.ts";

/** Rows turned at a time: their places in a column lie in as few lines of the cache as they fill. */
const BLOCK = 32;

export class LogitTable {
  readonly rows: number;
  readonly classes: number;
  /** [N,K] */
  readonly byRow: Float32Array;
  /** [K,N] */
  readonly byClass: Float32Array;

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
}
