/** A network below its head, and the samples that go into it: what fine-tuning the whole network is given. */
import * as tf from "@tensorflow/tfjs-core";
import { type FeatureRows, type LabelledRows, type Problem, rowsInMemory } from "../problem.ts";

/** Samples in the form that a network takes, read one by one; they may be decoded from files when read. */
export interface SampleRows {
  readonly count: number;
  /** Of one sample; images have their channels last. */
  readonly shape: readonly number[];
  /** Writes one sample into `target` from element `at`. */
  read(row: number, target: Float32Array, at: number): Promise<void>;
}

/** Everything before the head's own layer, run as at inference: batch-norm by its kept statistics, no dropout. */
export interface Backbone {
  /** What training moves; the head's own weights are not among them. */
  readonly weights: readonly tf.Variable[];
  /** Features [n,d] of samples [n, ...], differentiable in the weights. */
  features(samples: tf.Tensor): tf.Tensor2D;
}

/** A problem whose features come from a network that can be trained. Rows of samples are those of the problem's sets. */
export interface WholeProblem extends Problem {
  readonly backbone: Backbone;
  readonly samples: {
    readonly train: SampleRows;
    readonly validation: SampleRows;
    readonly unlabeled?: SampleRows;
  };
}

export function sizeOfSample({ shape }: SampleRows): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Features of all samples under the backbone as it stands, `atOnce` samples at a time, kept in memory (4 bytes x count x d).
 * `rest` is called between batches.
 */
export async function featuresOf(
  backbone: Backbone,
  samples: SampleRows,
  size: number,
  atOnce: number,
  rest: () => Promise<void>,
): Promise<FeatureRows> {
  const features = new Float32Array(samples.count * size);
  const sampleSize = sizeOfSample(samples);
  for (let start = 0; start < samples.count; start += atOnce) {
    const count = Math.min(atOnce, samples.count - start);
    const batch = new Float32Array(count * sampleSize);
    for (let i = 0; i < count; i++) await samples.read(start + i, batch, i * sampleSize);
    const seen = tf.tidy(() => backbone.features(tf.tensor(batch, [count, ...samples.shape])));
    features.set(await seen.data(), start * size);
    seen.dispose();
    await rest();
  }
  return rowsInMemory(features, size);
}

/** Works with other weights in a backbone, in the order of its own, which are put back after that. */
export async function underWeights<T>(
  { weights }: Backbone,
  others: readonly tf.Tensor[],
  work: () => Promise<T>,
): Promise<T> {
  const own = weights.map((weight) => tf.clone(weight));
  for (const [at, weight] of weights.entries()) weight.assign(others[at]);
  try {
    return await work();
  } finally {
    for (const [at, weight] of weights.entries()) weight.assign(own[at]);
    tf.dispose(own);
  }
}

/** The same set with other features. */
export function withRows<Set extends LabelledRows>(set: Set, rows: FeatureRows): Set {
  return { ...set, rows };
}
