/** What heads make of the sets of a problem: predictions, counts, and the records that are reported. */
import type { EvaluationRecord, SplitEvaluation, TuneResult } from "../protocol/records.ts";
import { countPredictions, evaluate, talliesFromCounts } from "../selmix/evaluation.ts";
import { bootstrapChanges } from "../selmix/intervals.ts";
import type { LabelledRows } from "../selmix/problem.ts";
import type { Prepared } from "./prepare.ts";

/** What a head makes of one set: the predicted class of every row, and the counts [B,K]. */
export interface Measured {
  readonly predictions: Int32Array;
  readonly counts: Int32Array;
  readonly evaluation: EvaluationRecord;
}

export interface MeasuredHead {
  readonly validation: Measured;
  readonly test: Measured | null;
}

/** Counts and metrics of the predicted class of every row of a set. */
export function measuredFrom(
  { problem, isHead }: Prepared,
  set: LabelledRows,
  predictions: Int32Array,
): Measured {
  const { buckets, classes } = problem;
  const counts = countPredictions(predictions, set.buckets, buckets.length, classes);
  return { predictions, counts, evaluation: evaluate(talliesFromCounts(counts, buckets, classes), isHead) };
}

export function splitEvaluationOf({ validation, test }: MeasuredHead): SplitEvaluation {
  return { validation: validation.evaluation, test: test?.evaluation ?? null };
}

/** Before, after and change of every metric, with bootstrap intervals. */
export function changesOf(
  { problem, test, isHead }: Prepared,
  before: MeasuredHead,
  after: MeasuredHead,
  seed: number,
): TuneResult["changes"] {
  const { buckets, classes } = problem;
  const pair = (bucketOf: Int32Array, from: Int32Array, to: Int32Array) =>
    bootstrapChanges({ buckets, classes, bucketOf, before: from, after: to }, isHead, seed);
  return {
    validation: pair(problem.validation.buckets, before.validation.predictions, after.validation.predictions),
    test:
      test &&
      before.test &&
      after.test &&
      pair(test.buckets, before.test.predictions, after.test.predictions),
  };
}

export function headClassesOf(isHead: readonly boolean[]): number[] {
  return isHead.flatMap((head, label) => (head ? [label] : []));
}
