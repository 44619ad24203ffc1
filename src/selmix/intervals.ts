/** How sure the numbers are: bootstrap intervals for metrics and their paired change. */
import { type Interval, type MetricChanges, scalarMetrics } from "../protocol/records.ts";
import { emptyTallies, evaluate, type Tallies } from "./evaluation.ts";
import type { Bucket } from "./problem.ts";
import { Random } from "./random.ts";

/** Ends of the central 95 % of bootstrap values. */
export function percentileInterval(value: number, replicates: readonly number[]): Interval {
  const sorted = [...replicates].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { value, low: at(0.025), high: at(0.975) };
}

export interface PairedPredictions {
  readonly buckets: readonly Bucket[];
  readonly classes: number;
  readonly bucketOf: Int32Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Rows of each bucket, so that a replicate keeps the bucket sizes. */
export function rowsByBucket(bucketOf: Int32Array, buckets: number): Int32Array[] {
  const sizes = new Int32Array(buckets);
  for (const bucket of bucketOf) sizes[bucket]++;
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(buckets);
  bucketOf.forEach((bucket, row) => {
    rows[bucket][filled[bucket]++] = row;
  });
  return rows;
}

/** Replicates that fit into about the same time whatever the size of the set. */
export function replicatesFor(samples: number): number {
  return Math.max(100, Math.min(1000, Math.round(4e6 / Math.max(samples, 1))));
}

/**
 * 95 % percentile bootstrap of every scalar metric before, after, and of the paired change: rows are resampled within
 * their bucket, the same rows for before and after (Efron and Tibshirani, 1993, chapters 13 and 8.3).
 */
export function bootstrapChanges(
  paired: PairedPredictions,
  isHead: readonly boolean[],
  seed: number,
): MetricChanges {
  const { buckets, classes, bucketOf, before, after } = paired;
  const rows = rowsByBucket(bucketOf, buckets.length);
  const random = new Random(seed, 7);
  const tally = (pick: (bucketRows: Int32Array, index: number) => number): [Tallies, Tallies] => {
    const both: [Tallies, Tallies] = [emptyTallies(buckets, classes), emptyTallies(buckets, classes)];
    rows.forEach((bucketRows, b) => {
      for (let index = 0; index < bucketRows.length; index++) {
        const row = pick(bucketRows, index);
        add(both[0], b, before[row]);
        add(both[1], b, after[row]);
      }
    });
    return both;
  };
  const measured = tally((bucketRows, index) => bucketRows[index]).map((one) => evaluate(one, isHead));
  const replicates = Array.from({ length: replicatesFor(bucketOf.length) }, () =>
    tally((bucketRows) => bucketRows[random.integer(bucketRows.length)]).map((one) => evaluate(one, isHead)),
  );
  const entries = scalarMetrics.map((metric) => {
    const [b, a] = measured.map((one) => one[metric]);
    const values = replicates.map(([one, two]) => [one[metric], two[metric]]);
    return [
      metric,
      {
        before: percentileInterval(
          b,
          values.map(([one]) => one),
        ),
        after: percentileInterval(
          a,
          values.map(([, two]) => two),
        ),
        change: percentileInterval(
          a - b,
          values.map(([one, two]) => two - one),
        ),
      },
    ] as const;
  });
  return Object.fromEntries(entries) as MetricChanges;
}

function add(tallies: Tallies, bucket: number, predicted: number): void {
  tallies.support[bucket]++;
  tallies.predicted[predicted]++;
  if (predicted === tallies.buckets[bucket].label) tallies.correct[bucket]++;
}
