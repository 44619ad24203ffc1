/**
 * Training steps on the head: cross-entropy of mixed features, plain SGD, in closed form (method.md section 2, step 6).
 *
 *     E = onehot(y) - softmax(X H),  H <- H + (rate / n) X' E
 *
 * The batch is mixed in typed arrays and uploaded as X, as (rate / n) X' and as onehot(y): five device operations a step.
 */
import * as tf from "@tensorflow/tfjs-core";
import { columnsOf, headFromMatrix, headTensor } from "./headTensor.ts";
import type { FeatureRows, Head } from "./problem.ts";

/** A row of some table. */
export interface DrawnRow {
  readonly rows: FeatureRows;
  readonly row: number;
}

/** One sample of a batch: beta first + (1 - beta) second, trained towards `label`; a null second leaves the first as it is. */
export interface MixedSample {
  readonly first: DrawnRow;
  readonly second: DrawnRow | null;
  readonly beta: number;
  readonly label: number;
}

export class HeadTrainer {
  readonly #like: Head;
  readonly #columns: number;
  readonly #batch: Float32Array;
  readonly #transposed: Float32Array;
  readonly #targets: Float32Array;
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  #matrix: tf.Tensor2D;

  constructor(head: Head, batchSize: number) {
    this.#like = head;
    this.#columns = columnsOf(head);
    this.#batch = new Float32Array(batchSize * this.#columns);
    this.#transposed = new Float32Array(batchSize * this.#columns);
    this.#targets = new Float32Array(batchSize * head.classes);
    this.#first = new Float32Array(head.size);
    this.#second = new Float32Array(head.size);
    this.#matrix = headTensor(head);
  }

  /** The head [d (+1), K] as it stands; owned by the trainer, valid until the next step. */
  get matrix(): tf.Tensor2D {
    return this.#matrix;
  }

  /** One step on as many samples as the batch holds. */
  step(samples: readonly MixedSample[], rate: number): void {
    const count = samples.length;
    this.#fill(samples, rate / count);
    const next = tf.tidy(() => {
      const batch = tf.tensor2d(this.#batch, [count, this.#columns]);
      const transposed = tf.tensor2d(this.#transposed, [this.#columns, count]);
      const targets = tf.tensor2d(this.#targets, [count, this.#like.classes]);
      const missing = tf.sub(targets, tf.softmax(tf.matMul(batch, this.#matrix)));
      return tf.add<tf.Tensor2D>(this.#matrix, tf.matMul(transposed, missing));
    });
    this.#matrix.dispose();
    this.#matrix = next;
  }

  /** A copy of the head as it stands. */
  async head(): Promise<Head> {
    return headFromMatrix(await this.#matrix.data(), this.#like);
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  #fill(samples: readonly MixedSample[], scale: number): void {
    const { size } = this.#like;
    const count = samples.length;
    const withOnes = this.#columns > size;
    this.#targets.fill(0);
    for (let row = 0; row < count; row++) {
      const { first, second, beta, label } = samples[row];
      first.rows.read(first.row, 1, this.#first, 0);
      const from = row * this.#columns;
      if (second === null) {
        this.#batch.set(this.#first, from);
      } else {
        second.rows.read(second.row, 1, this.#second, 0);
        for (let i = 0; i < size; i++)
          this.#batch[from + i] = beta * this.#first[i] + (1 - beta) * this.#second[i];
      }
      if (withOnes) this.#batch[from + size] = 1;
      this.#targets[row * this.#like.classes + label] = 1;
    }
    for (let row = 0; row < count; row++) {
      const from = row * this.#columns;
      for (let i = 0; i < this.#columns; i++)
        this.#transposed[i * count + row] = scale * this.#batch[from + i];
    }
  }
}
