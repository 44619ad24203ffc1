/**
 * Training steps by TensorFlow's own operations, for its CPU package. Through tfjs' operations a third of a step goes by
 * between them and in mixing the batch. Here the table of features goes to TensorFlow once, with a last column of ones where
 * the head has a bias, and a sparse matrix M [n,N] with two numbers a row mixes it: X = M F. The head is changed in place.
 */
import * as tf from "@tensorflow/tfjs-core";
import { fillTargets, MixedBatch, type MixedSample } from "../../selmix/mixing/mixedBatch.ts";
import type { FeatureRows, Head } from "../../selmix/problem.ts";
import { columnsOf, headFromMatrix, headMatrix, readWithOnes } from "../../selmix/tensors/headTensor.ts";
import type { HeadTrainer } from "../../selmix/validation/evaluator.ts";
import type { TensorFlowBackend } from "./tensorflowBackend.ts";
import { TensorFlowOperations } from "./tensorflowOperations.ts";

/** Bytes; a larger table stays with us, and its batches are mixed here. */
const largestTable = 256 * 2 ** 20;

/** Floats in a cache line: products are a tenth faster where no row begins within one. */
const line = 16;

/** Columns with those that fill the last cache line of a row. */
export function paddedWidth(columns: number): number {
  return line * Math.ceil(columns / line);
}

export class TensorFlowTrainer implements HeadTrainer {
  readonly #backend: TensorFlowBackend;
  readonly #operations: TensorFlowOperations;
  readonly #like: Omit<Head, "weight">;
  readonly #columns: number;
  /** Columns with zeros to the end of a cache line. */
  readonly #width: number;
  readonly #classes: number;
  readonly #targets: Float32Array;
  /** The head H [width, K]. */
  #variable: number;
  /** Made for the first batch that TensorFlow cannot mix. */
  #batch: MixedBatch | null = null;
  #table: { readonly rows: FeatureRows; readonly id: number } | null = null;

  constructor(backend: TensorFlowBackend, head: Head, batchSize: number) {
    this.#backend = backend;
    this.#operations = new TensorFlowOperations(backend.binding);
    this.#like = { classes: head.classes, size: head.size, bias: head.bias };
    this.#columns = columnsOf(head);
    this.#width = paddedWidth(this.#columns);
    this.#classes = head.classes;
    this.#targets = new Float32Array(batchSize * head.classes);
    this.#variable = this.#variableOf(head);
  }

  set(head: Head): void {
    this.#operations.destroy(this.#variable);
    this.#variable = this.#variableOf(head);
  }

  async head(): Promise<Head> {
    const matrix = tf.tidy(() => {
      const padded = this.#backend.createOutputTensor<tf.Rank.R2>(this.#operations.read(this.#variable));
      return tf.slice(padded, [0, 0], [this.#columns, this.#classes]);
    });
    try {
      return headFromMatrix(await matrix.data(), this.#like);
    } finally {
      matrix.dispose();
    }
  }

  /** TensorFlow's operations have ended when they return. */
  async settled(): Promise<void> {}

  step(samples: readonly MixedSample[], rate: number): void {
    const operations = this.#operations;
    const features = this.#mixed(samples);
    const head = operations.read(this.#variable).id;
    const logits = operations.product(features, head);
    // A head that is still read would be copied before it is changed.
    operations.free(head);
    const predicted = operations.softmax(logits);
    fillTargets(this.#targets, samples, this.#classes);
    const targets = operations.floats([samples.length, this.#classes], this.#targets);
    const error = operations.difference(predicted, targets);
    const gradient = operations.product(features, error, true);
    operations.descend(this.#variable, rate / samples.length, gradient);
    operations.free(features, logits, predicted, targets, error, gradient);
  }

  dispose(): void {
    this.#operations.destroy(this.#variable);
    if (this.#table !== null) this.#operations.free(this.#table.id);
  }

  #variableOf(head: Head): number {
    const values = new Float32Array(this.#width * head.classes);
    values.set(headMatrix(head));
    const matrix = this.#operations.floats([this.#width, head.classes], values);
    const variable = this.#operations.variable([this.#width, head.classes], matrix);
    this.#operations.free(matrix);
    return variable;
  }

  /** X [n, width] of the samples. */
  #mixed(samples: readonly MixedSample[]): number {
    const table = this.#tableOf(samples);
    if (table === null) return this.#mixedHere(samples);
    const places = new Int32Array(4 * samples.length);
    const shares = new Float32Array(2 * samples.length);
    samples.forEach(({ first, second, beta }, row) => {
      places[4 * row] = row;
      places[4 * row + 1] = first.row;
      places[4 * row + 2] = row;
      places[4 * row + 3] = (second ?? first).row;
      shares[2 * row] = beta;
      shares[2 * row + 1] = 1 - beta;
    });
    return this.#operations.sparseProduct([samples.length, table.rows.count], places, shares, table.id);
  }

  #mixedHere(samples: readonly MixedSample[]): number {
    this.#batch ??= new MixedBatch(
      this.#targets.length / this.#classes,
      this.#columns,
      this.#classes,
      this.#width,
    );
    this.#batch.mix(samples);
    return this.#operations.floats([samples.length, this.#width], this.#batch.features);
  }

  /** The table that all rows of the samples come from; null where they come from several, or from one that is too large. */
  #tableOf(samples: readonly MixedSample[]): { readonly rows: FeatureRows; readonly id: number } | null {
    const { rows } = samples[0].first;
    if (4 * rows.count * this.#width > largestTable) return null;
    if (samples.some(({ first, second }) => first.rows !== rows || (second ?? first).rows !== rows))
      return null;
    if (this.#table?.rows !== rows) {
      if (this.#table !== null) this.#operations.free(this.#table.id);
      const values = readWithOnes(rows, 0, rows.count, this.#columns, this.#width);
      this.#table = { rows, id: this.#operations.floats([rows.count, this.#width], values) };
    }
    return this.#table;
  }
}
