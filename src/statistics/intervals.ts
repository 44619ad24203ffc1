/** 95 % intervals of what was counted: a share, and its change between two heads. */
import { difference } from "./comparisons.ts";
import { type Estimate, intervalOf, type Limits, share } from "./estimate.ts";

/** Fewer samples than this, and a recall's interval is about a quarter wide or more: too few to say. */
export const fewSamples = 30;

/** A share seen in `samples` draws, with exact limits; null without samples. */
export function shareOf(value: number | null, samples: number): Estimate | null {
  return value === null || samples <= 0 ? null : share(value * samples, samples);
}

/** 95 % interval of an estimate, where there is one. */
export function limits(estimate: Estimate | null): Limits | null {
  return estimate === null ? null : intervalOf(estimate);
}

/** after - before as if of different samples. For two heads on the same samples its interval is, if anything, too wide. */
export function changeBetween(before: Estimate | null, after: Estimate | null): Estimate | null {
  return before === null || after === null ? null : difference(after, before);
}

/** The same of values of which only the intervals are known (square and add; Newcombe, 1998). */
export function changeBetweenLimits(before: Limits, after: Limits): Limits {
  const value = after.value - before.value;
  return {
    value,
    low: value - Math.hypot(after.value - after.low, before.high - before.value),
    high: value + Math.hypot(after.high - after.value, before.value - before.low),
  };
}
