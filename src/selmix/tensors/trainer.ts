/**
 * Training steps on the head: cross-entropy of mixed features, plain SGD, in closed form (docs/method.md, eq. (24)).
 *
 *     E = onehot(y) - softmax(X H),  H <- H + X' E rate / n
 *
 * Where a factor is transposed by a flag, X is uploaded once. WebAssembly gets X and X', one of them scaled by rate / n. It
 * also repacks the right factor of a product before it multiplies, at several times the cost of a copy. So a head that is
 * larger than the batch is kept transposed there, as a left factor: (H' X')' = X H and E' X = (X' E)'.
 */
import * as tf from "@tensorflow/tfjs-core";
import { MixedBatch, type MixedSample } from "../mixing/mixedBatch.ts";
import type { Head } from "../problem.ts";
import type { HeadTrainer } from "../validation/evaluator.ts";
import { columnsOf, headFromMatrix, headTensor } from "./headTensor.ts";
import { transposesFreely } from "./products.ts";

/** What a step multiplies: X twice; X and X'; or the same with the head, H' [K, d (+1)], as the left factor. */
type Layout = "flags" | "samplesFirst" | "headFirst";

function layoutFor({ classes }: Head, columns: number, batchSize: number): Layout {
  if (transposesFreely()) return "flags";
  return classes * (columns + batchSize) > 2 * batchSize * columns ? "headFirst" : "samplesFirst";
}

/** Trains by the operations that every backend of tfjs has. */
export class TensorTrainer implements HeadTrainer {
  readonly #like: Omit<Head, "weight">;
  readonly #columns: number;
  readonly #layout: Layout;
  readonly #batch: MixedBatch;
  /** Room for X', where it is uploaded. */
  readonly #transposed: Float32Array;
  #matrix: tf.Tensor2D;

  constructor(head: Head, batchSize: number) {
    this.#like = { classes: head.classes, size: head.size, bias: head.bias };
    this.#columns = columnsOf(head);
    this.#layout = layoutFor(head, this.#columns, batchSize);
    this.#batch = new MixedBatch(batchSize, this.#columns, head.classes);
    this.#transposed = new Float32Array(this.#layout === "flags" ? 0 : batchSize * this.#columns);
    this.#matrix = this.#laidOut(head);
  }

  set(head: Head): void {
    this.#matrix.dispose();
    this.#matrix = this.#laidOut(head);
  }

  async head(): Promise<Head> {
    const matrix = tf.tidy(() =>
      this.#layout === "headFirst" ? tf.transpose(this.#matrix) : tf.clone(this.#matrix),
    );
    try {
      return headFromMatrix(await matrix.data(), this.#like);
    } finally {
      matrix.dispose();
    }
  }

  /** A number of the head is there when the steps are done. */
  async settled(): Promise<void> {
    const number = tf.slice(this.#matrix, [0, 0], [1, 1]);
    await number.data();
    number.dispose();
  }

  step(samples: readonly MixedSample[], rate: number): void {
    this.#batch.mix(samples);
    const next = tf.tidy(() =>
      tf.add<tf.Tensor2D>(this.#matrix, this.#descent(samples.length, rate / samples.length)),
    );
    this.#matrix.dispose();
    this.#matrix = next;
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  #laidOut(head: Head): tf.Tensor2D {
    return tf.tidy(() => {
      const matrix = headTensor(head);
      return this.#layout === "headFirst" ? tf.transpose(matrix) : matrix;
    });
  }

  /** scale X' E, in the layout of the head. */
  #descent(count: number, scale: number): tf.Tensor2D {
    switch (this.#layout) {
      case "flags": {
        const batch = this.#features(count);
        const missing: tf.Tensor2D = tf.mul(this.#missing(tf.matMul(batch, this.#matrix)), scale);
        return tf.matMul(batch, missing, true);
      }
      case "samplesFirst": {
        const transposed = this.#turned(count, scale, "transposed");
        const missing = this.#missing(tf.matMul(this.#features(count), this.#matrix));
        return tf.matMul(transposed, missing);
      }
      case "headFirst": {
        const turned = this.#turned(count, scale, "features");
        const logits: tf.Tensor2D = tf.transpose(tf.matMul(this.#matrix, turned));
        const missing = this.#missing(logits);
        return tf.matMul(tf.transpose(missing), this.#features(count));
      }
    }
  }

  /** E [n,K] of logits X H. */
  #missing(logits: tf.Tensor2D): tf.Tensor2D {
    return tf.sub(tf.tensor2d(this.#batch.targets, logits.shape), tf.softmax(logits));
  }

  #features(count: number): tf.Tensor2D {
    return tf.tensor2d(this.#batch.features, [count, this.#columns]);
  }

  /** X', after which it or X is scaled. */
  #turned(count: number, scale: number, scaled: "features" | "transposed"): tf.Tensor2D {
    this.#batch.transpose(count, this.#transposed, scale, scaled);
    return tf.tensor2d(this.#transposed, [this.#columns, count]);
  }
}
