/** Counts of a head's hard predictions, by bucket and by class. */

import type { Bucket, Problem } from "../problem.ts";
import { asMatrix, type Counts, valueAt } from "./matrix.ts";
import type { RowWeights } from "./population.ts";
import { sumsOf } from "./sums.ts";
import { isSupported } from "./support.ts";

/**
 * What predictions amount to: correct and total per bucket, predicted per class, all in what rows count for; and the rows themselves.
 */
export interface Tallies {
  readonly buckets: readonly Bucket[];
  /** What they are counted from, [B,K]: rows of a bucket count for its weight. */
  readonly counts: Counts;
  readonly correct: Float64Array;
  readonly support: Float64Array;
  readonly predicted: Float64Array;
  /** Rows per bucket, whatever they count for. */
  readonly rows: Float64Array;
}

/** Correct and total per class, [K]. */
export interface ClassTallies {
  readonly correct: Float64Array;
  readonly support: Float64Array;
}

export function emptyTallies(
  buckets: readonly Bucket[],
  classes: number,
  counts: Counts = new Float64Array(buckets.length * classes),
): Tallies {
  return {
    buckets,
    counts,
    correct: new Float64Array(buckets.length),
    support: new Float64Array(buckets.length),
    predicted: new Float64Array(classes),
    rows: new Float64Array(buckets.length),
  };
}

/** What a row of a bucket counts for on average. */
export function weightOf({ weight = 1 }: Pick<Bucket, "weight">): number {
  return weight;
}

/** Tallies of counts [B,K]. */
export function talliesFromCounts(counts: Counts, buckets: readonly Bucket[], classes: number): Tallies {
  const matrix = asMatrix(counts, buckets.length, classes);
  const { layout, values } = matrix;
  const tallies = emptyTallies(buckets, classes, counts);
  const { correct, support, predicted, rows } = tallies;
  for (let b = 0; b < buckets.length; b++) {
    const { label, weight = 1 } = buckets[b];
    const [start, end] = [layout.start(b), layout.start(b + 1)];
    correct[b] = weight * valueAt(matrix, b, label);
    let sum = 0;
    for (let at = start; at < end; at++) {
      sum += values[at];
      predicted[layout.column(at, start)] += weight * values[at];
    }
    rows[b] = sum;
    support[b] = weight * sum;
  }
  return tallies;
}

/** The buckets of a class together. */
export function talliesByClass({ buckets, correct, support, predicted }: Tallies): ClassTallies {
  const classes = predicted.length;
  const byClass = { correct: new Float64Array(classes), support: new Float64Array(classes) };
  for (let b = 0; b < buckets.length; b++) {
    byClass.correct[buckets[b].label] += correct[b];
    byClass.support[buckets[b].label] += support[b];
  }
  return byClass;
}

/** Counts [B,K] of predictions [N] for samples in `buckets` [N]. */
export function countPredictions(
  predictions: ArrayLike<number>,
  bucketOf: ArrayLike<number>,
  bucketCount: number,
  classes: number,
): Counts {
  const sums = sumsOf(bucketCount, classes, predictions.length, (cells) => new Int32Array(cells));
  for (let row = 0; row < predictions.length; row++) sums.add(bucketOf[row], predictions[row], 1);
  return sums.finish();
}

/** The same with each row counting for its weight. */
export function weighedPredictions(
  predictions: ArrayLike<number>,
  bucketOf: ArrayLike<number>,
  bucketCount: number,
  classes: number,
  { values }: RowWeights,
): Counts {
  const sums = sumsOf(bucketCount, classes, predictions.length, (cells) => new Float64Array(cells));
  for (let row = 0; row < predictions.length; row++) sums.add(bucketOf[row], predictions[row], values[row]);
  return sums.finish();
}

/** Counts [B,K] of predictions [N] for the rows of validation, each for what it counts within its bucket. */
export function countsOnValidation(
  { buckets, classes, validation: { buckets: bucketOf, within } }: Problem,
  predictions: ArrayLike<number>,
): Counts {
  return within === undefined
    ? countPredictions(predictions, bucketOf, buckets.length, classes)
    : weighedPredictions(predictions, bucketOf, buckets.length, classes, {
        values: within,
        sharesGiven: false,
      });
}

/** Recalls of the classes within groups that have samples enough to be judged. */
export function recallsJudged({ buckets, correct, support }: Tallies): number[] {
  return buckets.flatMap((bucket, b) =>
    support[b] > 0 && isSupported(bucket) ? [correct[b] / support[b]] : [],
  );
}

/** Recalls of those that have samples. */
export function recallsPresent({ correct, support }: ClassTallies): number[] {
  const recalls: number[] = [];
  for (let at = 0; at < support.length; at++) if (support[at] > 0) recalls.push(correct[at] / support[at]);
  return recalls;
}
