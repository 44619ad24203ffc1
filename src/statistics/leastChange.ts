/** How the least of several values changed on the same rows. */
import { difference } from "./comparisons.ts";
import type { Estimate } from "./estimate.ts";
import { least } from "./extremes.ts";

/**
 * How much speaks against each of several independent values being the least: 0 nothing, 1 or more enough at this error. The
 * strongest evidence is that another one is below it (square and add; Zou, 2007), the error divided by their number.
 */
function againstLeast(parts: readonly Estimate[], error: number): number[] {
  const each = error / parts.length;
  const down = parts.map((part) => part.centre - part.low(each));
  const up = parts.map((part) => part.high(each) - part.centre);
  return parts.map((part, k) =>
    parts.reduce((most, { centre }, l) => {
      const above = part.centre - centre;
      return above > 0 ? Math.max(most, above / Math.hypot(down[k] ?? 0, up[l] ?? 0)) : most;
    }, 0),
  );
}

/**
 * least(after) - least(before), for the same values before and after and the change of each; as each is measured on the same
 * rows twice. Two ways, of which the tighter end counts: the difference of the two leasts as if they were of different rows;
 * and, since least(after) <= after[k] for the k that was the least before, the greatest upper limit of the changes of those
 * that may have been the least before, and the least lower limit of those that may be it after. What speaks against a value
 * being the least and what speaks against its change being so large count together, like the sides of a right angle.
 */
export function leastChange(
  before: readonly Estimate[],
  after: readonly Estimate[],
  changes: readonly Estimate[],
): Estimate {
  const apart = difference(least(after), least(before));
  const limits = (parts: readonly Estimate[], error: number, limit: (change: Estimate) => number) =>
    againstLeast(parts, error).flatMap((against, k) => {
      const change = changes[k];
      if (against >= 1 || change === undefined) return [];
      return [change.centre + Math.sqrt(1 - against ** 2) * (limit(change) - change.centre)];
    });
  return {
    ...apart,
    low: (error) => {
      const lowest = Math.min(...limits(after, error, (change) => change.low(error)));
      return Math.min(apart.value, Math.max(apart.low(error), lowest));
    },
    high: (error) => {
      const highest = Math.max(...limits(before, error, (change) => change.high(error)));
      return Math.max(apart.value, Math.min(apart.high(error), highest));
    },
  };
}
