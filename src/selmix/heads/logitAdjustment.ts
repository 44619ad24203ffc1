/** The best logit adjustment of a head: a start for tuning, and a control by itself. */

import { type Head, type Problem, trainBuckets } from "../problem.ts";
import { Yielder } from "../schedule.ts";
import { isBetter, type Score } from "../steering/score.ts";
import type { Goal } from "../steering/steering.ts";
import type { Validation } from "../validation/validation.ts";
import { adjustedHead, biasShift, TAUS } from "./adjustedHead.ts";

/** Training samples of each class. */
export function classCounts(problem: Problem): Float64Array {
  const counts = new Float64Array(problem.classes);
  const buckets = trainBuckets(problem);
  for (const bucket of problem.train.buckets) counts[buckets[bucket].label]++;
  return counts;
}

export interface AdjustedStart {
  readonly head: Head;
  readonly tau: number;
  readonly score: Score;
  /** Score of the head as it came. */
  readonly unadjusted: Score;
  /** Spread of the margins of the head as it came. */
  readonly spread: number;
}

/** The tau whose smoothed look scores best; ties go to the smaller change. `counts` [K] are the prior. */
export async function bestAdjustment(
  problem: Problem,
  validation: Validation,
  goal: Goal,
  counts: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<AdjustedStart> {
  const taus = problem.head.bias === null ? [0] : TAUS;
  const offsets = taus.map((tau) => biasShift(counts, tau));
  const { scores, spread } = await validation.scoreShifted(problem.head, offsets, goal, new Yielder(signal));
  let best = 0;
  scores.forEach((score, at) => {
    if (isBetter(score, scores[best])) best = at;
  });
  const head = adjustedHead(problem.head, counts, taus[best]);
  return { head, tau: taus[best], score: scores[best], unadjusted: scores[0], spread };
}
