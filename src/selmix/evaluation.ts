/** Metrics of a head from its hard predictions: exact, unclipped, as they are reported. */
import type { EvaluationRecord, ObjectiveId } from "../protocol/records.ts";
import type { Bucket } from "./problem.ts";

/** What predictions amount to: correct and total per bucket, predicted per class. Counts may be weighted. */
export interface Tallies {
  readonly buckets: readonly Bucket[];
  readonly correct: Float64Array;
  readonly support: Float64Array;
  readonly predicted: Float64Array;
}

export function emptyTallies(buckets: readonly Bucket[], classes: number): Tallies {
  return {
    buckets,
    correct: new Float64Array(buckets.length),
    support: new Float64Array(buckets.length),
    predicted: new Float64Array(classes),
  };
}

/** Tallies of counts [B,K]. */
export function talliesFromCounts(
  counts: ArrayLike<number>,
  buckets: readonly Bucket[],
  classes: number,
): Tallies {
  const tallies = emptyTallies(buckets, classes);
  buckets.forEach((bucket, b) => {
    tallies.correct[b] = counts[b * classes + bucket.label];
    for (let l = 0; l < classes; l++) {
      tallies.support[b] += counts[b * classes + l];
      tallies.predicted[l] += counts[b * classes + l];
    }
  });
  return tallies;
}

/** Counts [B,K] of predictions [N] for samples in `buckets` [N]. */
export function countPredictions(
  predictions: ArrayLike<number>,
  bucketOf: ArrayLike<number>,
  bucketCount: number,
  classes: number,
): Int32Array {
  const counts = new Int32Array(bucketCount * classes);
  for (let row = 0; row < predictions.length; row++) counts[bucketOf[row] * classes + predictions[row]]++;
  return counts;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function geometricMean(values: readonly number[]): number {
  return values.some((value) => value === 0) ? 0 : Math.exp(mean(values.map(Math.log)));
}

function harmonicMean(values: readonly number[]): number {
  return values.some((value) => value === 0) ? 0 : 1 / mean(values.map((value) => 1 / value));
}

function minHeadTail(tallies: Tallies, isHead: readonly boolean[]): number {
  const sides: number[][] = [[], []];
  tallies.buckets.forEach((bucket, b) => {
    if (tallies.support[b] > 0)
      sides[isHead[bucket.label] ? 0 : 1].push(tallies.correct[b] / tallies.support[b]);
  });
  return Math.min(...sides.filter((side) => side.length > 0).map(mean));
}

/** Mean of 2 C_kk / (col_k + row_k) over the classes present. */
function macroF1(tallies: Tallies): number {
  const classes = tallies.predicted.length;
  const [correct, actual] = [new Float64Array(classes), new Float64Array(classes)];
  tallies.buckets.forEach((bucket, b) => {
    correct[bucket.label] += tallies.correct[b];
    actual[bucket.label] += tallies.support[b];
  });
  const scores: number[] = [];
  for (let k = 0; k < classes; k++) {
    if (actual[k] > 0) scores.push((2 * correct[k]) / (actual[k] + tallies.predicted[k]));
  }
  return mean(scores);
}

function recallsPresent(tallies: Tallies): number[] {
  return Array.from(tallies.support).flatMap((support, b) =>
    support > 0 ? [tallies.correct[b] / support] : [],
  );
}

/** The value of one objective; buckets without samples are left out. */
export function objectiveValue(tallies: Tallies, id: ObjectiveId, isHead: readonly boolean[]): number {
  switch (id) {
    case "meanRecall":
      return mean(recallsPresent(tallies));
    case "minRecall":
      return Math.min(...recallsPresent(tallies));
    case "gMean":
      return geometricMean(recallsPresent(tallies));
    case "hMean":
      return harmonicMean(recallsPresent(tallies));
    case "minHeadTailRecall":
      return minHeadTail(tallies, isHead);
    case "macroF1":
      return macroF1(tallies);
  }
}

/** All reported metrics. Recalls of buckets without samples are null and left out of the means. */
export function evaluate(tallies: Tallies, isHead: readonly boolean[]): EvaluationRecord {
  const total = tallies.support.reduce((sum, value) => sum + value, 0);
  const coverage = Array.from(tallies.predicted, (value) => value / total);
  const value = (id: ObjectiveId) => objectiveValue(tallies, id, isHead);
  return {
    meanRecall: value("meanRecall"),
    minRecall: value("minRecall"),
    gMean: value("gMean"),
    hMean: value("hMean"),
    minHeadTailRecall: value("minHeadTailRecall"),
    macroF1: value("macroF1"),
    minCoverage: Math.min(...coverage),
    accuracy: tallies.correct.reduce((sum, correct) => sum + correct, 0) / total,
    recall: Array.from(tallies.support, (support, b) => (support > 0 ? tallies.correct[b] / support : null)),
    coverage,
    support: Array.from(tallies.support),
  };
}
