/** Which of two heads is better on validation: feasible first, then the objective. */
import { ConfusionSummary, exactConfusion } from "../confusion/confusion.ts";
import { objectiveValue } from "../confusion/objectives.ts";
import { unweighted } from "../confusion/population.ts";
import { type Tallies, talliesFromCounts } from "../confusion/tallies.ts";
import type { Bucket } from "../problem.ts";
import { type Goal, slacksByBound } from "./steering.ts";

export interface Score {
  /** The objective, unclipped. */
  readonly value: number;
  /** Bounds that are missed, and the amounts by which they are, added up; 0 when all hold. Beyond all amounts for a head that has given a class up. */
  readonly violation: number;
}

/**
 * The violation of a head that has given a class up. A constant classifier keeps every bound between groups: it comes after all
 * that miss one.
 */
const GIVEN_UP = 1e6;

/** Bounds are met up to rounding of the shares. */
const ROUNDING = 1e-9;

/** Score of counts [B,K]. */
export function scoreCounts(
  counts: ArrayLike<number>,
  buckets: readonly Bucket[],
  classes: number,
  goal: Goal,
): Score {
  const tallies = talliesFromCounts(counts, buckets, classes);
  const value = objectiveValue(tallies, goal.objective.id, goal.context.isHead);
  const { leastPredicted } = goal;
  if (leastPredicted !== undefined) {
    const rows = unweighted(buckets);
    const { predicted } = rows === buckets ? tallies : talliesFromCounts(counts, rows, classes);
    if (predicted.some((count, k) => count < leastPredicted[k])) return { value, violation: GIVEN_UP };
  }
  if (goal.constraints.length === 0) return { value, violation: 0 };
  const summary = new ConfusionSummary(exactConfusion(counts, buckets, classes));
  return { value, violation: violationOf(summary, goal) };
}

/** The same from tallies of rows that all count alike, for a goal without bounds: quick, where counts [B,K] would be many. */
export function scoreTallies(tallies: Tallies, goal: Goal): Score {
  const value = objectiveValue(tallies, goal.objective.id, goal.context.isHead);
  const { leastPredicted } = goal;
  const givesUp =
    leastPredicted !== undefined && tallies.predicted.some((count, k) => count < leastPredicted[k]);
  return { value, violation: givesUp ? GIVEN_UP : 0 };
}

/** Each bound that is missed counts 1, and the amounts by which its values miss it. */
function violationOf(summary: ConfusionSummary, goal: Goal): number {
  let violation = 0;
  for (const slacks of slacksByBound(summary, goal)) {
    const missed = slacks.value.reduce((sum, slack) => sum + Math.min(slack, 0), 0);
    if (missed < -ROUNDING) violation += 1 - missed;
  }
  return violation;
}

/** Whether `a` is better than `b`: less violation first, then a higher value. */
export function isBetter(a: Score, b: Score): boolean {
  if (a.violation !== b.violation) return a.violation < b.violation;
  return a.value > b.value;
}

/** Predictions that a class must have had for its loss to be more than chance. */
const WORTH_KEEPING = 10;
/** Of them, or of the class's samples where those are fewer, the share that must be left. */
const LEAST_SHARE = 0.1;

/** Predictions [K] below which a head has given up a class that another one, the checkpoint's, predicted. */
export function leastPredictions({ buckets, support, predicted }: Tallies): Float64Array {
  const samples = new Float64Array(predicted.length);
  buckets.forEach(({ label }, b) => {
    samples[label] += support[b];
  });
  return predicted.map((count, k) => (count < WORTH_KEEPING ? 0 : LEAST_SHARE * Math.min(count, samples[k])));
}
