/** How sure the numbers are: Wilson intervals for shares, bootstrap intervals for metrics and their paired change. */
import { reportedIds } from "../metrics/catalogue.ts";
import type { Interval, MetricChanges } from "../protocol/records.ts";
import { reportedValues } from "./objectives.ts";
import type { Bucket } from "./problem.ts";
import { Random } from "./random.ts";
import { emptyTallies, type Tallies } from "./tallies.ts";

/** 97.5 % point of the normal distribution. */
const Z = 1.959963984540054;

/** 95 % Wilson score interval of a share (Wilson, 1927); [0, 1] when there is no sample. */
export function wilson(successes: number, samples: number): [number, number] {
  if (samples === 0) return [0, 1];
  const share = successes / samples;
  const spread = Z * Math.sqrt((share * (1 - share)) / samples + (Z * Z) / (4 * samples * samples));
  const middle = share + (Z * Z) / (2 * samples);
  const scale = 1 + (Z * Z) / samples;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}

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
  const values = (one: Tallies) => reportedValues(one, isHead, reportedIds);
  const measured = tally((bucketRows, index) => bucketRows[index]).map(values);
  const replicates = Array.from({ length: replicatesFor(bucketOf.length) }, () =>
    tally((bucketRows) => bucketRows[random.integer(bucketRows.length)]).map(values),
  );
  const changes: MetricChanges = {};
  for (const metric of reportedIds) {
    const [before, after] = measured.map((one) => one[metric]);
    if (before === undefined || after === undefined) continue;
    const pairs = replicates.map(([one, two]) => [one[metric] ?? before, two[metric] ?? after]);
    changes[metric] = {
      before: percentileInterval(
        before,
        pairs.map(([one]) => one),
      ),
      after: percentileInterval(
        after,
        pairs.map(([, two]) => two),
      ),
      change: percentileInterval(
        after - before,
        pairs.map(([one, two]) => two - one),
      ),
    };
  }
  return changes;
}

function add(tallies: Tallies, bucket: number, predicted: number): void {
  tallies.support[bucket]++;
  tallies.predicted[predicted]++;
  if (predicted === tallies.buckets[bucket].label) tallies.correct[bucket]++;
}
