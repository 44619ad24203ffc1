/** Draws batches: pairs of buckets from a policy, rows within them, mixing shares. */

import type { Bucket, FeatureRows, LabelledRows } from "../problem.ts";
import type { Random } from "../random.ts";
import { rowsByBucket } from "../rowsByBucket.ts";
import type { Draw, PairDraw } from "../steering/policy.ts";
import type { DrawnRow, MixedSample } from "./mixedBatch.ts";

/** Share of the first sample: beta ~ U[0.6, 1], so that its label still holds (docs/method.md, eq. (23)). */
export const MIXING_RANGE = [0.6, 1] as const;
export const MIXING_MEAN = (MIXING_RANGE[0] + MIXING_RANGE[1]) / 2;

/** Rows to draw from, by bucket; a bucket without rows draws from `fallback`. */
export class BucketedRows<Rows = FeatureRows> {
  readonly rows: Rows;
  readonly #byBucket: readonly Int32Array[];
  readonly #fallback: BucketedRows<Rows> | null;

  constructor(rows: Rows, byBucket: readonly Int32Array[], fallback: BucketedRows<Rows> | null = null) {
    this.rows = rows;
    this.#byBucket = byBucket;
    this.#fallback = fallback;
  }

  static of(set: LabelledRows, buckets: number): BucketedRows {
    return new BucketedRows(set.rows, rowsByBucket(set.buckets, buckets));
  }

  /** Whether each bucket has a row. */
  get present(): boolean[] {
    return this.#byBucket.map((rows, b) => rows.length > 0 || this.#fallback?.present[b] === true);
  }

  draw(bucket: number, random: Random): DrawnRow<Rows> {
    const rows = this.#byBucket[bucket];
    if (rows.length === 0 && this.#fallback !== null) return this.#fallback.draw(bucket, random);
    return { rows: this.rows, row: rows[random.integer(rows.length)] };
  }
}

/** Unlabelled rows by predicted class, as partners for every bucket of that class; labelled rows where none is predicted. */
export function pseudoLabelled<Rows>(
  rows: Rows,
  predictions: Int32Array,
  buckets: readonly Bucket[],
  classes: number,
  labelled: BucketedRows<Rows>,
): BucketedRows<Rows> {
  const byClass = rowsByBucket(predictions, classes);
  return new BucketedRows(
    rows,
    buckets.map((bucket) => byClass[bucket.label]),
    labelled,
  );
}

/** Pairs (i, j) in proportion to P [B,B], features mixed, the first one's label kept. */
export function drawMixedBatch<Rows>(
  pairs: PairDraw,
  first: BucketedRows<Rows>,
  second: BucketedRows<Rows>,
  buckets: readonly Bucket[],
  size: number,
  random: Random,
): MixedSample<Rows>[] {
  return Array.from({ length: size }, () => {
    const cell = pairs.next(random);
    const i = Math.floor(cell / buckets.length);
    const j = cell % buckets.length;
    const [low, high] = MIXING_RANGE;
    return {
      first: first.draw(i, random),
      second: second.draw(j, random),
      beta: low + (high - low) * random.uniform(),
      label: buckets[i].label,
    };
  });
}

/** Single samples, buckets in proportion to weights [B]. */
export function drawPlainBatch(
  weights: Draw,
  rows: BucketedRows,
  buckets: readonly Bucket[],
  size: number,
  random: Random,
): MixedSample[] {
  return Array.from({ length: size }, () => {
    const bucket = weights.next(random);
    return { first: rows.draw(bucket, random), second: null, beta: 1, label: buckets[bucket].label };
  });
}
