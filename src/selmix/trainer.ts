/**
 * Training steps on the head: cross-entropy of mixed features, plain SGD, in closed form (method.md section 2, step 6).
 *
 *     E = onehot(y) - softmax(X H),  H <- H + X' E rate / n
 *
 * The batch is mixed in typed arrays and uploaded once as X and once as X', one of them scaled by rate / n.
 * Tensor backends repack the right factor of a product before they multiply, at several times the cost of a copy. So a
 * head that is larger than the batch is kept transposed, as a left factor: (H' X')' = X H and E' X = (X' E)'.
 */
import * as tf from "@tensorflow/tfjs-core";
import { columnsOf, headTensor } from "./headTensor.ts";
import type { FeatureRows, Head } from "./problem.ts";

/** A row of some table, or of some set of samples. */
export interface DrawnRow<Rows = FeatureRows> {
  readonly rows: Rows;
  readonly row: number;
}

/** One sample of a batch: beta first + (1 - beta) second, trained towards `label`; a null second leaves the first as it is. */
export interface MixedSample<Rows = FeatureRows> {
  readonly first: DrawnRow<Rows>;
  readonly second: DrawnRow<Rows> | null;
  readonly beta: number;
  readonly label: number;
}

/** Floats in a cache line. */
const LINE = 16;

export class HeadTrainer {
  readonly #like: Head;
  readonly #columns: number;
  readonly #batch: Float32Array;
  readonly #transposed: Float32Array;
  readonly #targets: Float32Array;
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  /** Whether `#matrix` is H' [K, d (+1)] rather than H. */
  readonly #headFirst: boolean;
  #matrix: tf.Tensor2D;

  constructor(head: Head, batchSize: number) {
    this.#like = head;
    this.#columns = columnsOf(head);
    this.#batch = new Float32Array(batchSize * this.#columns);
    this.#transposed = new Float32Array(batchSize * this.#columns);
    this.#targets = new Float32Array(batchSize * head.classes);
    this.#first = new Float32Array(this.#columns);
    this.#second = new Float32Array(head.size);
    this.#headFirst = head.classes * (this.#columns + batchSize) > 2 * batchSize * this.#columns;
    this.#matrix = tf.tidy(() => {
      const matrix = headTensor(head);
      return this.#headFirst ? tf.transpose(matrix) : matrix;
    });
  }

  /** A copy of the head as it stands, H [d (+1), K], on the device; the caller disposes of it. */
  matrix(): tf.Tensor2D {
    return this.#headFirst ? tf.transpose(this.#matrix) : tf.clone(this.#matrix);
  }

  /** One step on as many samples as the batch holds. */
  step(samples: readonly MixedSample[], rate: number): void {
    const count = samples.length;
    this.#fill(samples, rate / count);
    const next = tf.tidy(() => {
      const batch = tf.tensor2d(this.#batch, [count, this.#columns]);
      const transposed = tf.tensor2d(this.#transposed, [this.#columns, count]);
      const targets = tf.tensor2d(this.#targets, [count, this.#like.classes]);
      const logits = this.#headFirst
        ? tf.transpose(tf.matMul(this.#matrix, transposed))
        : tf.matMul(batch, this.#matrix);
      const missing = tf.sub<tf.Tensor2D>(targets, tf.softmax(logits));
      const gradient = this.#headFirst
        ? tf.matMul(tf.transpose(missing), batch)
        : tf.matMul(transposed, missing);
      return tf.add<tf.Tensor2D>(this.#matrix, gradient);
    });
    this.#matrix.dispose();
    this.#matrix = next;
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  #fill(samples: readonly MixedSample[], scale: number): void {
    const { size, classes } = this.#like;
    const count = samples.length;
    const [mixed, partner, columns] = [this.#first, this.#second, this.#columns];
    this.#targets.fill(0);
    for (let row = 0; row < count; row++) {
      const { first, second, beta, label } = samples[row];
      first.rows.read(first.row, 1, mixed, 0);
      if (second !== null) {
        second.rows.read(second.row, 1, partner, 0);
        for (let i = 0; i < size; i++) mixed[i] = beta * mixed[i] + (1 - beta) * partner[i];
      }
      if (columns > size) mixed[size] = 1;
      this.#batch.set(mixed, row * columns);
      this.#targets[row * classes + label] = 1;
    }
    this.#transposeBatch(count, scale);
  }

  /** Writes whole cache lines of the transposed batch at a time, then scales the factor that the gradient is made with. */
  #transposeBatch(count: number, scale: number): void {
    const [batch, transposed, columns] = [this.#batch, this.#transposed, this.#columns];
    for (let from = 0; from < count; from += LINE) {
      const to = Math.min(from + LINE, count);
      for (let i = 0; i < columns; i++) {
        for (let row = from; row < to; row++) transposed[i * count + row] = batch[row * columns + i];
      }
    }
    const factor = this.#headFirst ? batch : transposed;
    for (let at = 0; at < count * columns; at++) factor[at] *= scale;
  }
}
