/** A set of features on tensors: on the device when it fits, streamed otherwise. */
import * as tf from "@tensorflow/tfjs-core";
import type { FeatureRows, Head } from "../problem.ts";
import { type Rivals, rivalsIn } from "../steering/rivals.ts";
import type { FeatureSet } from "../validation/evaluator.ts";
import { columnsOf, headTensor, readWithOnes } from "./headTensor.ts";

/** Sets up to this many bytes stay on the device between passes. */
const RESIDENT_BYTES = 192 * 2 ** 20;
/** Bytes of features, and of logits, handled at a time. */
const CHUNK_BYTES = 8 * 2 ** 20;

export class TensorSet implements FeatureSet {
  readonly rows: FeatureRows;
  readonly #columns: number;
  readonly #chunkRows: number;
  readonly #resident: tf.Tensor2D[] | null;

  constructor(rows: FeatureRows, head: Head) {
    const columns = columnsOf(head);
    this.rows = rows;
    this.#columns = columns;
    this.#chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / 4 / Math.max(columns, head.classes)));
    this.#resident =
      rows.count * columns * 4 <= RESIDENT_BYTES ? this.#starts().map((at) => this.#load(at)) : null;
  }

  async predict(heads: readonly Head[]): Promise<Int32Array[]> {
    const results = heads.map(() => new Int32Array(this.rows.count));
    await this.#chunks(heads, async (chunk, matrices, start) => {
      for (const [at, matrix] of matrices.entries()) {
        const winners = tf.tidy(() => tf.argMax(tf.matMul(chunk, matrix), 1));
        results[at].set(await winners.data(), start);
        winners.dispose();
      }
    });
    return results;
  }

  async logits(head: Head, use: (logits: ArrayLike<number>, start: number) => void): Promise<void> {
    await this.#chunks([head], async (chunk, [matrix], start) => {
      const logits = tf.matMul(chunk, matrix);
      use(await logits.data(), start);
      logits.dispose();
    });
  }

  rivals(head: Head, labels: Int32Array, use: (rivals: Rivals, start: number) => void): Promise<void> {
    return this.logits(head, (logits, start) => use(rivalsIn(logits, labels, start, head.classes), start));
  }

  dispose(): void {
    if (this.#resident !== null) tf.dispose(this.#resident);
  }

  /** Goes through the rows with heads as matrices [columns, K]. */
  async #chunks(
    heads: readonly Head[],
    use: (chunk: tf.Tensor2D, matrices: readonly tf.Tensor2D[], start: number) => Promise<void>,
  ): Promise<void> {
    const matrices = heads.map(headTensor);
    try {
      for (const [index, start] of this.#starts().entries()) {
        const chunk = this.#resident?.[index] ?? this.#load(start);
        await use(chunk, matrices, start);
        if (this.#resident === null) {
          chunk.dispose();
          await tf.nextFrame();
        }
      }
    } finally {
      tf.dispose(matrices);
    }
  }

  #starts(): number[] {
    const starts: number[] = [];
    for (let start = 0; start < this.rows.count; start += this.#chunkRows) starts.push(start);
    return starts;
  }

  #load(start: number): tf.Tensor2D {
    const count = Math.min(this.#chunkRows, this.rows.count - start);
    return tf.tensor2d(readWithOnes(this.rows, start, count, this.#columns), [count, this.#columns]);
  }
}
