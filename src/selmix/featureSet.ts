/** A set of features that heads are tried on again and again: on the device when it fits, streamed otherwise. */
import * as tf from "@tensorflow/tfjs-core";
import { readWithOnes } from "./headTensor.ts";
import type { FeatureRows } from "./problem.ts";

/** Sets up to this many bytes stay on the device between passes. */
const RESIDENT_BYTES = 192 * 2 ** 20;
/** Bytes of features, and of logits, handled at a time. */
const CHUNK_BYTES = 8 * 2 ** 20;

export class FeatureSet {
  readonly rows: FeatureRows;
  readonly #columns: number;
  readonly #chunkRows: number;
  readonly #resident: tf.Tensor2D[] | null;

  /** @param columns see `columnsOf` in headTensor.ts */
  constructor(rows: FeatureRows, columns: number, classes: number) {
    this.rows = rows;
    this.#columns = columns;
    this.#chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / 4 / Math.max(columns, classes)));
    this.#resident =
      rows.count * columns * 4 <= RESIDENT_BYTES ? this.#starts().map((at) => this.#load(at)) : null;
  }

  /** The predicted class of every row under each of the heads [columns, K]. */
  async predict(heads: readonly tf.Tensor2D[]): Promise<Int32Array[]> {
    const results = heads.map(() => new Int32Array(this.rows.count));
    await this.#chunks(async (chunk, start) => {
      for (const [at, head] of heads.entries()) {
        const winners = tf.tidy(() => tf.argMax(tf.matMul(chunk, head), 1));
        results[at].set(await winners.data(), start);
        winners.dispose();
      }
    });
    return results;
  }

  /** Hands over the logits [rows, K] of all rows under a head, some rows at a time, with the number of the first. */
  async logits(head: tf.Tensor2D, use: (logits: ArrayLike<number>, start: number) => void): Promise<void> {
    await this.#chunks(async (chunk, start) => {
      const logits = tf.matMul(chunk, head);
      use(await logits.data(), start);
      logits.dispose();
    });
  }

  /** The logits [N,K] of all rows under a head. */
  async allLogits(head: tf.Tensor2D): Promise<Float32Array> {
    const classes = head.shape[1];
    const all = new Float32Array(this.rows.count * classes);
    await this.logits(head, (logits, start) => all.set(logits, start * classes));
    return all;
  }

  dispose(): void {
    if (this.#resident !== null) tf.dispose(this.#resident);
  }

  async #chunks(use: (chunk: tf.Tensor2D, start: number) => Promise<void>): Promise<void> {
    for (const [index, start] of this.#starts().entries()) {
      const chunk = this.#resident?.[index] ?? this.#load(start);
      await use(chunk, start);
      if (this.#resident === null) {
        chunk.dispose();
        await tf.nextFrame();
      }
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
