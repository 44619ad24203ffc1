/**
 * Training rows of what validation lacks. Nothing steers them, so they are held where they are: each of their classes is
 * drawn as its own label at least in proportion to its training rows, and at least as often as a class is on average (docs/method.md, eq. (27)).
 */

import { type Bucket, type Problem, trainBuckets } from "../problem.ts";
import type { Random } from "../random.ts";
import { Draw } from "../steering/policy.ts";
import type { MixedSample } from "./mixedBatch.ts";
import { BucketedRows, drawPlainBatch } from "./sampler.ts";

/** What is steered keeps at least a quarter of the samples. */
const MOST_HELD = 0.75;

export class HeldRows {
  /** Share of the samples that are of held buckets. */
  readonly share: number;
  readonly #rows: BucketedRows;
  readonly #buckets: readonly Bucket[];
  readonly #draw: Draw;

  private constructor(rows: BucketedRows, buckets: readonly Bucket[], weights: readonly number[]) {
    this.#rows = rows;
    this.#buckets = buckets;
    this.#draw = new Draw(weights);
    this.share = Math.min(
      MOST_HELD,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
  }

  /** @param byBucket rows of each bucket of train; null where nothing is held */
  static of(problem: Problem, byBucket: readonly Int32Array[]): HeldRows | null {
    const { held = [], train, buckets } = problem;
    if (held.length === 0) return null;
    const rows = byBucket.slice(buckets.length);
    const onAverage = 1 / trainBuckets(problem).length;
    const weights = rows.map(({ length }) =>
      length === 0 ? 0 : Math.max(length / train.rows.count, onAverage),
    );
    return new HeldRows(new BucketedRows(train.rows, rows), held, weights);
  }

  /** A batch with held samples in the place of so many others as they are due. */
  among(batch: readonly MixedSample[], random: Random): MixedSample[] {
    return batch.map((sample) => {
      if (random.uniform() >= this.share) return sample;
      return drawPlainBatch(this.#draw, this.#rows, this.#buckets, 1, random)[0];
    });
  }
}
