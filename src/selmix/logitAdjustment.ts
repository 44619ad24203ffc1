/** Logit adjustment: b - tau log prior (Menon et al., ICLR 2021). A start for tuning, and a control by itself. */
import type * as tf from "@tensorflow/tfjs-core";
import { adjustedHead, TAUS } from "./adjustedHead.ts";
import { countPredictions } from "./evaluation.ts";
import type { FeatureSet } from "./featureSet.ts";
import { headTensor } from "./headTensor.ts";
import type { Head, Problem } from "./problem.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import type { Goal } from "./steering.ts";

/** Training samples of each class. */
export function classCounts(problem: Problem): Float64Array {
  const counts = new Float64Array(problem.classes);
  for (const bucket of problem.train.buckets) counts[problem.buckets[bucket].label]++;
  return counts;
}

export interface AdjustedStart {
  readonly head: Head;
  readonly tau: number;
  readonly score: Score;
  /** Score of the head as it came. */
  readonly unadjusted: Score;
}

/** The tau that is best on validation for the goal; ties go to the smaller change. */
export async function bestAdjustment(
  problem: Problem,
  validation: FeatureSet,
  goal: Goal,
): Promise<AdjustedStart> {
  const counts = classCounts(problem);
  const taus = problem.head.bias === null ? [0] : TAUS;
  const heads = taus.map((tau) => adjustedHead(problem.head, counts, tau));
  const scores = await scoreHeads(heads, problem, validation, goal);
  let best = 0;
  scores.forEach((score, at) => {
    if (isBetter(score, scores[best])) best = at;
  });
  return { head: heads[best], tau: taus[best], score: scores[best], unadjusted: scores[0] };
}

async function scoreHeads(
  heads: readonly Head[],
  problem: Problem,
  validation: FeatureSet,
  goal: Goal,
): Promise<Score[]> {
  const matrices: tf.Tensor2D[] = heads.map(headTensor);
  try {
    const predictions = await validation.predict(matrices);
    return predictions.map((predicted) =>
      scoreCounts(
        countPredictions(predicted, problem.validation.buckets, problem.buckets.length, problem.classes),
        problem.buckets,
        problem.classes,
        goal,
      ),
    );
  } finally {
    for (const matrix of matrices) matrix.dispose();
  }
}
