/** Draws batches: pairs of buckets from a policy, rows within them, mixing shares. */
import { rowsByBucket } from "./intervals.ts";
import type { DrawnRow, MixedSample } from "./mixedBatch.ts";
import type { Draw } from "./policy.ts";
import type { Bucket, FeatureRows, LabelledRows } from "./problem.ts";
import type { Random } from "./random.ts";

/** Share of the first sample: beta ~ U[0.6, 1], so that its label still holds. */
export const MIXING_RANGE = [0.6, 1] as const;
export const MIXING_MEAN = (MIXING_RANGE[0] + MIXING_RANGE[1]) / 2;

/** Rows to draw from, by bucket; a bucket without rows draws from `fallback`. */
export class BucketedRows {
  readonly rows: FeatureRows;
  readonly #byBucket: readonly Int32Array[];
  readonly #fallback: BucketedRows | null;

  constructor(rows: FeatureRows, byBucket: readonly Int32Array[], fallback: BucketedRows | null = null) {
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

  draw(bucket: number, random: Random): DrawnRow {
    const rows = this.#byBucket[bucket];
    if (rows.length === 0 && this.#fallback !== null) return this.#fallback.draw(bucket, random);
    return { rows: this.rows, row: rows[random.integer(rows.length)] };
  }
}

/** Unlabelled rows by predicted class, as partners for every bucket of that class; labelled rows where none is predicted. */
export function pseudoLabelled(
  rows: FeatureRows,
  predictions: Int32Array,
  buckets: readonly Bucket[],
  classes: number,
  labelled: BucketedRows,
): BucketedRows {
  const byClass = rowsByBucket(predictions, classes);
  return new BucketedRows(
    rows,
    buckets.map((bucket) => byClass[bucket.label]),
    labelled,
  );
}

/** Pairs (i, j) in proportion to P [B,B], features mixed, the first one's label kept. */
export function drawMixedBatch(
  pairs: Draw,
  first: BucketedRows,
  second: BucketedRows,
  buckets: readonly Bucket[],
  size: number,
  random: Random,
): MixedSample[] {
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
