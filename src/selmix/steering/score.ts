/** Which of two heads is better on validation: feasible first, then the objective (docs/method.md, eq. (32)). */
import type { Summary } from "../confusion/confusion.ts";
import type { Counts } from "../confusion/matrix.ts";
import { type GroupedTallies, groupedTallies, summaryOfTallies } from "../confusion/talliedSummary.ts";
import type { Tallies } from "../confusion/tallies.ts";
import { wholeValue } from "../confusion/wholeObjective.ts";
import type { Bucket } from "../problem.ts";
import { type Goal, slacksByBound } from "./steering.ts";

export interface Score {
  /** The objective, unclipped: see WholeObjective. */
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
export function scoreCounts(counts: Counts, buckets: readonly Bucket[], classes: number, goal: Goal): Score {
  return scoreTallies(groupedTallies(counts, buckets, classes), goal);
}

/**
 * The same from what the counts amount to.
 * @param rival a score that this one is only held against: where it cannot be as good, its bounds are not looked at, and it misses them all
 */
export function scoreTallies(tallies: GroupedTallies, goal: Goal, rival?: Score): Score {
  const value = wholeValue(goal.objective, tallies, goal.context.isHead, tallies.byClass);
  if (rival !== undefined && rival.violation === 0 && value < rival.value)
    return { value, violation: Number.POSITIVE_INFINITY };
  if (givesUp(tallies, goal)) return { value, violation: GIVEN_UP };
  if (goal.constraints.length === 0) return { value, violation: 0 };
  return { value, violation: violationOf(summaryOfTallies(tallies), goal) };
}

function givesUp({ predictedRows }: GroupedTallies, { leastPredicted }: Goal): boolean {
  if (leastPredicted === undefined) return false;
  for (let k = 0; k < predictedRows.length; k++) if (predictedRows[k] < leastPredicted[k]) return true;
  return false;
}

/** Each bound that is missed counts 1, and the amounts by which its values miss it. */
function violationOf(summary: Summary, goal: Goal): number {
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

/** Predictions [K] below which a head has given up a class that another one, the checkpoint's, predicted (docs/method.md, eq. (34)). */
export function leastPredictions({ buckets, support, predicted }: Tallies): Float64Array {
  const samples = new Float64Array(predicted.length);
  buckets.forEach(({ label }, b) => {
    samples[label] += support[b];
  });
  return predicted.map((count, k) => (count < WORTH_KEEPING ? 0 : LEAST_SHARE * Math.min(count, samples[k])));
}
