/** What heads make of the sets of a problem: predictions, counts, and the records that are reported. */
import type { EvaluationRecord, MetricChanges, SplitEvaluation, TuneResult } from "../protocol/records.ts";
import { evaluate } from "../selmix/evaluation.ts";
import { metricChanges } from "../selmix/metricChanges.ts";
import { countPredictions, talliesFromCounts } from "../selmix/tallies.ts";
import { intervalOf } from "../statistics/estimate.ts";
import type { CountedRows } from "./buckets.ts";
import type { Prepared } from "./prepare.ts";

/** What a head makes of one set: the predicted class of every row, and the counts [cells,K] of what is reported. */
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
  { problem: { classes }, cells, isHead }: Prepared,
  set: CountedRows,
  predictions: Int32Array,
): Measured {
  const counts = countPredictions(predictions, set.cells, cells.length, classes);
  return { predictions, counts, evaluation: evaluate(talliesFromCounts(counts, cells, classes), isHead) };
}

export function splitEvaluationOf({ validation, test }: MeasuredHead): SplitEvaluation {
  return { validation: validation.evaluation, test: test?.evaluation ?? null };
}

/** Before, after and paired change of every metric, with 95 % intervals. */
export function changesOf(
  { problem, cells, test, isHead }: Prepared,
  before: MeasuredHead,
  after: MeasuredHead,
): TuneResult["changes"] {
  const { classes, validation } = problem;
  const pair = (bucketOf: Int32Array, from: Measured, to: Measured): MetricChanges => {
    const paired = { buckets: cells, classes, bucketOf, before: from.predictions, after: to.predictions };
    const changes = Object.entries(metricChanges(paired, isHead));
    return Object.fromEntries(
      changes.map(([id, { before, after, change }]) => [
        id,
        { before: intervalOf(before), after: intervalOf(after), change: intervalOf(change) },
      ]),
    );
  };
  return {
    validation: pair(validation.cells, before.validation, after.validation),
    test: test && before.test && after.test && pair(test.cells, before.test, after.test),
  };
}

export function headClassesOf(isHead: readonly boolean[]): number[] {
  return isHead.flatMap((head, label) => (head ? [label] : []));
}
