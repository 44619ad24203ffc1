/** Which head is kept: the best by its smoothed score, and under bounds not the start unless nothing is better beyond doubt. */
import { confusionFromCounts } from "../confusion/confusion.ts";
import type { Problem } from "../problem.ts";
import { isBetter, type Score, scoreCounts } from "../steering/score.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import { type Goal, standardError } from "../steering/steering.ts";

/**
 * Standard errors of the objective by which a head has to exceed a start that was tuned on the same samples (docs/method.md, eq. (33)). Less than one, because
 * both are measured on the same samples and most of those are predicted alike.
 */
const DOUBT = 0.5;

/**
 * The score that heads are selected by: the smoothed objective, and the miss of a constraint by hard counts, as it is reported.
 * (Smoothing draws shares together, and a difference of two of them now above and now below what is counted.)
 */
export function smoothedScore(look: ValidationPass, { buckets, classes }: Problem, goal: Goal): Score {
  const smooth = scoreCounts(look.smooth, buckets, classes, goal);
  if (goal.constraints.length === 0) return smooth;
  const hard = scoreCounts(look.counts, buckets, classes, goal);
  return { value: smooth.value, violation: hard.violation };
}

/** Plain data, so that it can be kept between processes. */
export interface SelectionState {
  /** Smoothed score of the head kept so far. */
  readonly best: Score;
  /** What a head must exceed to be kept instead of the start. */
  readonly threshold: Score;
}

/** What has to be exceeded to be better than a head by some standard errors of the objective. */
export function doubted(
  look: ValidationPass,
  score: Score,
  problem: Problem,
  goal: Goal,
  errors = DOUBT,
): Score {
  const confusion = confusionFromCounts(look.smooth, problem.buckets, problem.classes);
  const error = standardError(confusion, goal);
  return { ...score, value: score.value + errors * error };
}

/**
 * Whether a head that was looked at is to be kept: the best so far, and where the start was tuned on validation for bounds, one
 * that exceeds it by more than chance. Returns what to remember then, and null when it is not kept.
 * @param kept null before the first head, which is the start
 */
export function selected(
  look: ValidationPass,
  kept: SelectionState | null,
  problem: Problem,
  goal: Goal,
): SelectionState | null {
  const score = smoothedScore(look, problem, goal);
  if (kept === null) {
    const bounded = goal.constraints.length > 0;
    return { best: score, threshold: bounded ? doubted(look, score, problem, goal) : score };
  }
  return isBetter(score, kept.threshold) && isBetter(score, kept.best) ? { ...kept, best: score } : null;
}
