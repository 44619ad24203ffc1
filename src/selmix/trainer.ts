/**
 * Training steps on the head: cross-entropy of mixed features, plain SGD, in closed form (method.md section 2, step 6).
 *
 *     E = onehot(y) - softmax(X H),  H <- H + X' E rate / n
 *
 * Where a factor is transposed by a flag, X is uploaded once. WebAssembly gets X and X', one of them scaled by rate / n. It
 * also repacks the right factor of a product before it multiplies, at several times the cost of a copy. So a head that is
 * larger than the batch is kept transposed there, as a left factor: (H' X')' = X H and E' X = (X' E)'.
 */
import * as tf from "@tensorflow/tfjs-core";
import { columnsOf, headTensor } from "./headTensor.ts";
import { MixedBatch, type MixedSample } from "./mixedBatch.ts";
import type { Head } from "./problem.ts";
import { transposesFreely } from "./products.ts";

/** What a step multiplies: X twice; X and X'; or the same with the head, H' [K, d (+1)], as the left factor. */
type Layout = "flags" | "samplesFirst" | "headFirst";

function layoutFor({ classes }: Head, columns: number, batchSize: number): Layout {
  if (transposesFreely()) return "flags";
  return classes * (columns + batchSize) > 2 * batchSize * columns ? "headFirst" : "samplesFirst";
}

/** What makes the training steps on a head. */
export interface HeadTrainer {
  /** A copy of the head as it stands, H [d (+1), K], on the device; the caller disposes of it. */
  matrix(): tf.Tensor2D;
  /** One step on as many samples as the batch holds. */
  step(samples: readonly MixedSample[], rate: number): void;
  dispose(): void;
}

type MakeTrainer = (head: Head, batchSize: number) => HeadTrainer;

const brought = new Map<string, MakeTrainer>();

/** Has a backend's heads trained by its own means, in place of tfjs' operations. */
export function bringTrainer(backendName: string, make: MakeTrainer): void {
  brought.set(backendName, make);
}

/** What trains a head on the backend that is set. */
export function headTrainer(head: Head, batchSize: number): HeadTrainer {
  const make = brought.get(tf.getBackend());
  return make === undefined ? new PortableTrainer(head, batchSize) : make(head, batchSize);
}

/** Trains by the operations that every backend of tfjs has. */
class PortableTrainer implements HeadTrainer {
  readonly #columns: number;
  readonly #layout: Layout;
  readonly #batch: MixedBatch;
  /** Room for X', where it is uploaded. */
  readonly #transposed: Float32Array;
  #matrix: tf.Tensor2D;

  constructor(head: Head, batchSize: number) {
    this.#columns = columnsOf(head);
    this.#layout = layoutFor(head, this.#columns, batchSize);
    this.#batch = new MixedBatch(batchSize, this.#columns, head.classes);
    this.#transposed = new Float32Array(this.#layout === "flags" ? 0 : batchSize * this.#columns);
    this.#matrix = tf.tidy(() => {
      const matrix = headTensor(head);
      return this.#layout === "headFirst" ? tf.transpose(matrix) : matrix;
    });
  }

  matrix(): tf.Tensor2D {
    return this.#layout === "headFirst" ? tf.transpose(this.#matrix) : tf.clone(this.#matrix);
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
