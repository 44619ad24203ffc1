/**
 * What the method has computed for it, whatever computes: heads on sets of features, gains, training steps. Heads go in and
 * come out as plain arrays, so that nothing of a library's own is seen on this side.
 */
import type { Matrix } from "../confusion/matrix.ts";
import type { MixedSample } from "../mixing/mixedBatch.ts";
import type { FeatureRows, Head } from "../problem.ts";
import type { GainReader } from "../steering/gainBlocks.ts";
import type { Rivals } from "../steering/rivals.ts";

/** A set of features that heads are tried on again and again. */
export interface FeatureSet {
  readonly rows: FeatureRows;
  /** The predicted class of every row [N] under each of the heads. */
  predict(heads: readonly Head[]): Promise<Int32Array[]>;
  /**
   * Hands over the logits [rows, K] of all rows under a head, some rows at a time, with the number of the first. The array is the
   * receiver's until it returns.
   */
  logits(head: Head, use: (logits: ArrayLike<number>, start: number) => void): Promise<void>;
  /** Hands over what the rows' labels [N] have above their rivals under a head, some rows at a time, with the number of the first. */
  rivals(head: Head, labels: Int32Array, use: (rivals: Rivals, start: number) => void): Promise<void>;
  dispose(): void;
}

/** The gain for prototypes that stay. */
export interface Gains {
  /** G [B,B] of a head for A [B,K] (docs/method.md, eq. (20)), both row-major. */
  of(head: Head, derivative: ArrayLike<number>): Promise<Float32Array>;
  /** Hands over the rows of G that the reader asks for, block by block: of thousands of buckets it is never held whole. */
  blocks(head: Head, derivative: Matrix, reader: GainReader): Promise<void>;
  dispose(): void;
}

/** What the cycle looks through. Sets and gains are made for heads of the shape of `head`, and are the caller's to dispose of. */
export interface Evaluator {
  features(rows: FeatureRows, head: Head): FeatureSet;
  /** @param prototypes mean validation feature per bucket, [B,d] row-major. @param labels class of each bucket, [B] */
  gains(prototypes: Float32Array, labels: Int32Array, head: Head): Gains;
}

/** What makes the training steps on a head. */
export interface HeadTrainer {
  /** One step on as many samples as the batch holds. */
  step(samples: readonly MixedSample[], rate: number): void | Promise<void>;
  /** A copy of the head as it stands. */
  head(): Promise<Head>;
  /** Goes on from another head of the same shape. */
  set(head: Head): void;
  /** Resolves when the steps made so far have been computed, which a device does behind our back. */
  settled(): Promise<void>;
  dispose(): void;
}

/** An evaluator that can train as well: all that a backend brings. */
export interface Compute extends Evaluator {
  trainer(head: Head, batchSize: number): HeadTrainer;
}

/** The logits [N,K] of all rows of a set under a head. */
export async function allLogits(set: FeatureSet, head: Head): Promise<Float32Array> {
  const all = new Float32Array(set.rows.count * head.classes);
  await set.logits(head, (logits, start) => all.set(logits, start * head.classes));
  return all;
}
