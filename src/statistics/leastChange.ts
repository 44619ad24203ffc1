/** How the least of several values changed on the same rows. */
import { difference } from "./comparisons.ts";
import type { Estimate } from "./estimate.ts";
import { least } from "./extremes.ts";

/** Share of the error that is spent on which values may be the least. */
const screening = 0.1;

/** Of values that may be the least in the population, all but with the error given twice. */
function mayBeLeast(parts: readonly Estimate[], error: number): number[] {
  const highest = parts.reduce(
    (lowest, part) => Math.min(lowest, part.high(error / parts.length)),
    Number.POSITIVE_INFINITY,
  );
  return parts.flatMap((part, k) => (part.low(error) <= highest ? [k] : []));
}

/**
 * least(after) - least(before), for the same values before and after and the change of each; as each is measured on the same
 * rows twice. Two ways, of which the tighter end counts: the difference of the two leasts as if they were of different rows;
 * and, since least(after) <= after[k] for the k that was the least before, the greatest upper limit of the changes of those
 * that may have been the least before, and the least lower limit of those that may be it after.
 */
export function leastChange(
  before: readonly Estimate[],
  after: readonly Estimate[],
  changes: readonly Estimate[],
): Estimate {
  const apart = difference(least(after), least(before));
  const of = (parts: readonly Estimate[], error: number) =>
    mayBeLeast(parts, screening * error).flatMap((k) => changes[k] ?? []);
  const rest = (error: number) => (1 - 2 * screening) * error;
  return {
    ...apart,
    low: (error) =>
      Math.min(
        apart.value,
        Math.max(apart.low(error), Math.min(...of(after, error).map((change) => change.low(rest(error))))),
      ),
    high: (error) =>
      Math.max(
        apart.value,
        Math.min(apart.high(error), Math.max(...of(before, error).map((change) => change.high(rest(error))))),
      ),
  };
}
