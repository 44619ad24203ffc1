/** Which of two heads is better on validation: feasible first, then the objective. */
import { ConfusionSummary, exactConfusion } from "./confusion.ts";
import { objectiveValue } from "./objectives.ts";
import type { Bucket } from "./problem.ts";
import { type Goal, slacksOf } from "./steering.ts";
import { talliesFromCounts } from "./tallies.ts";

export interface Score {
  /** The objective, unclipped. */
  readonly value: number;
  /** Largest amount by which a constraint is missed; 0 when all hold. */
  readonly violation: number;
}

/** Bounds are met up to rounding of the shares. */
const ROUNDING = 1e-9;

/** Score of counts [B,K]. */
export function scoreCounts(
  counts: ArrayLike<number>,
  buckets: readonly Bucket[],
  classes: number,
  goal: Goal,
): Score {
  const value = objectiveValue(
    talliesFromCounts(counts, buckets, classes),
    goal.objective.id,
    goal.context.isHead,
  );
  if (goal.constraints.length === 0) return { value, violation: 0 };
  const slacks = slacksOf(new ConfusionSummary(exactConfusion(counts, buckets, classes)), goal);
  const worst = Math.min(...Array.from(slacks?.value ?? [0]));
  return { value, violation: worst < -ROUNDING ? -worst : 0 };
}

/** Whether `a` is better than `b`: less violation first, then a higher value. */
export function isBetter(a: Score, b: Score): boolean {
  if (a.violation !== b.violation) return a.violation < b.violation;
  return a.value > b.value;
}
