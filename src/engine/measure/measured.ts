/** What heads make of the sets of a problem: predictions, counts, and the records that are reported. */
import { correctionFormat } from "../../checkpoints/correction/names.ts";
import type { EvaluationRecord, SplitEvaluation, TuneResult } from "../../protocol/records.ts";
import { evaluate } from "../../selmix/confusion/evaluation.ts";
import type { Counts } from "../../selmix/confusion/matrix.ts";
import { countPredictions, talliesFromCounts, weighedPredictions } from "../../selmix/confusion/tallies.ts";
import { metricIntervals } from "../../selmix/estimates/metricChanges.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { CountedRows } from "../tables/buckets.ts";

/** What a head makes of one set: the predicted class of every row, and the counts [cells,K] of what is reported. */
export interface Measured {
  readonly predictions: Int32Array;
  readonly counts: Counts;
  /** The counts in what the rows count for; the same where they count alike. */
  readonly weighed: Counts;
  readonly evaluation: EvaluationRecord;
}

export interface MeasuredHead {
  readonly validation: Measured;
  readonly test: Measured | null;
}

/** Counts and metrics of the predicted class of every row of a set. */
export function measuredFrom(
  { problem: { classes }, isHead, project }: Prepared,
  set: CountedRows,
  predictions: Int32Array,
): Measured {
  const { supported: cells } = set;
  const counts = countPredictions(predictions, set.cells, cells.length, classes);
  const weighed = set.weights
    ? weighedPredictions(predictions, set.cells, cells.length, classes, set.weights)
    : counts;
  const { rows } = talliesFromCounts(counts, cells, classes);
  const evaluation = evaluate(
    { ...talliesFromCounts(weighed, cells, classes), rows },
    isHead,
    project.configuration.objective,
  );
  return { predictions, counts, weighed, evaluation };
}

export function splitEvaluationOf({ validation, test }: MeasuredHead): SplitEvaluation {
  return { validation: validation.evaluation, test: test?.evaluation ?? null };
}

/** Before, after and change of every metric, with 95 % intervals. */
export function changesOf(
  { problem, test, isHead, project }: Prepared,
  before: MeasuredHead,
  after: MeasuredHead,
): TuneResult["changes"] {
  const { classes, validation } = problem;
  const pair = ({ supported, cells: bucketOf, weights }: CountedRows, from: Measured, to: Measured) =>
    metricIntervals(
      {
        ...{ buckets: supported, classes, bucketOf, before: from.predictions, after: to.predictions },
        ...(weights && { weights }),
      },
      isHead,
      project.configuration.objective,
    );
  return {
    validation: pair(validation, before.validation, after.validation),
    test: test && before.test && after.test && pair(test, before.test, after.test),
  };
}

/** The path of the checkpoint that results are about; null where there are only scores. */
export function checkpointOf({ checkpoint }: Pick<Prepared, "checkpoint">): string | null {
  return checkpoint.format === correctionFormat ? null : checkpoint.path;
}

export function headClassesOf(isHead: readonly boolean[]): number[] {
  return isHead.flatMap((head, label) => (head ? [label] : []));
}
