/** Logit adjustment: b - tau log prior (Menon et al., ICLR 2021). A start for tuning, and a control by itself. */
import { adjustedHead, biasShift, TAUS } from "./adjustedHead.ts";
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
  const scores = await scoreAdjustments(taus, counts, problem, validation, goal);
  let best = 0;
  scores.forEach((score, at) => {
    if (isBetter(score, scores[best])) best = at;
  });
  const head = adjustedHead(problem.head, counts, taus[best]);
  return { head, tau: taus[best], score: scores[best], unadjusted: scores[0] };
}

async function scoreAdjustments(
  taus: readonly number[],
  counts: Float64Array,
  problem: Problem,
  validation: FeatureSet,
  goal: Goal,
): Promise<Score[]> {
  const { head, buckets, classes } = problem;
  const matrix = headTensor(head);
  try {
    const offsets = taus.map((tau) => biasShift(counts, tau));
    const predictions = await validation.predictShifted(matrix, offsets);
    return predictions.map((predicted) =>
      scoreCounts(
        countPredictions(predicted, problem.validation.buckets, buckets.length, classes),
        buckets,
        classes,
        goal,
      ),
    );
  } finally {
    matrix.dispose();
  }
}
