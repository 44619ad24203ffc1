/**
 * Logits of a set, some classes of all rows together after another: what moves one class goes down a column, what looks for the best of
 * a row goes along it, and both find numbers that lie near each other.
 */
import type { FeatureSet } from "./evaluator.ts";
import type { Head } from "./problem.ts";

/** Classes that lie together: as many numbers as a line of the cache holds. */
const MOST_TOGETHER = 16;

export class LogitTable {
  readonly rows: number;
  readonly classes: number;
  /** Classes that lie together; the last of them may be none. */
  readonly width: number;
  /** [classes / width, rows, width] */
  readonly values: Float32Array;

  private constructor(rows: number, classes: number) {
    this.rows = rows;
    this.classes = classes;
    const parts = Math.ceil(classes / MOST_TOGETHER);
    this.width = Math.ceil(classes / parts);
    this.values = new Float32Array(parts * rows * this.width);
  }

  /** The logits of all rows of a set under a head. */
  static async of(set: FeatureSet, head: Head): Promise<LogitTable> {
    const table = new LogitTable(set.rows.count, head.classes);
    await set.logits(head, (logits, start) => table.#fill(logits, start));
    return table;
  }

  /** @param logits [N,K] row-major */
  static from(logits: ArrayLike<number>, classes: number): LogitTable {
    const table = new LogitTable(logits.length / classes, classes);
    table.#fill(logits, 0);
    return table;
  }

  /** Where the logit of a class in the first row stands; that of each row after it is `width` further. */
  startOf(label: number): number {
    const { width } = this;
    return Math.floor(label / width) * this.rows * width + (label % width);
  }

  /** Standard deviation of all logits. */
  spread(): number {
    const { rows, classes, width, values } = this;
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < classes; k += width) {
        const from = this.startOf(k) + row * width;
        const end = from + Math.min(width, classes - k);
        for (let at = from; at < end; at++) {
          sum += values[at];
          squares += values[at] * values[at];
        }
      }
    }
    const mean = sum / (rows * classes);
    return Math.sqrt(Math.max(squares / (rows * classes) - mean * mean, 1e-12));
  }

  #fill(logits: ArrayLike<number>, start: number): void {
    const { classes, width, values } = this;
    const end = start + logits.length / classes;
    for (let row = start, at = 0; row < end; row++) {
      for (let k = 0; k < classes; k += width) {
        const to = this.startOf(k) + row * width;
        const many = Math.min(width, classes - k);
        for (let next = 0; next < many; next++) values[to + next] = logits[at++];
      }
    }
  }
}
