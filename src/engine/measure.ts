/** Heads measured on the sets of a problem: predictions, counts, and the records that are reported. */
import type { EvaluationRecord, SplitEvaluation } from "../protocol/records.ts";
import { countPredictions, evaluate, talliesFromCounts } from "../selmix/evaluation.ts";
import { FeatureSet } from "../selmix/featureSet.ts";
import { columnsOf, headTensor } from "../selmix/headTensor.ts";
import type { Head, LabelledRows } from "../selmix/problem.ts";
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

/** Measures heads on validation, and on test where there is one, each set read once. */
export async function measureHeads(prepared: Prepared, heads: readonly Head[]): Promise<MeasuredHead[]> {
  const validation = await measureSet(prepared, prepared.problem.validation, heads);
  const test = prepared.test && (await measureSet(prepared, prepared.test, heads));
  return validation.map((measured, at) => ({ validation: measured, test: test?.[at] ?? null }));
}

export function splitEvaluationOf({ validation, test }: MeasuredHead): SplitEvaluation {
  return { validation: validation.evaluation, test: test?.evaluation ?? null };
}

async function measureSet(
  { problem, isHead }: Prepared,
  set: LabelledRows,
  heads: readonly Head[],
): Promise<Measured[]> {
  const features = new FeatureSet(set.rows, columnsOf(problem.head), problem.classes);
  const matrices = heads.map(headTensor);
  try {
    return (await features.predict(matrices)).map((predictions) => {
      const counts = countPredictions(predictions, set.buckets, problem.buckets.length, problem.classes);
      const evaluation = evaluate(talliesFromCounts(counts, problem.buckets, problem.classes), isHead);
      return { predictions, counts, evaluation };
    });
  } finally {
    for (const matrix of matrices) matrix.dispose();
    features.dispose();
  }
}
