/** The least and the greatest of several values of a population. */
import type { Estimate } from "./estimate.ts";

/**
 * The least of several population values; `mean`, where given, is of the same values, and so no less than their least (docs/method.md, eq. (43)).
 *
 * Its lower limit is the least of their lower limits: one of them belongs to the least, so that no price is paid for their
 * number (intersection-union; Berger, 1982). Its upper limit is the least of their upper limits (the mean's among them), the
 * error divided by their number, for any of them may have come out too low. The plug-in least is too low on average; the
 * two limits are not.
 *
 * The lower end can be wrong only where one value is by itself the least, the upper end with its whole error only where
 * many are about equal. So a two-sided interval gives the upper end the whole error, and the lower end the error less what
 * the upper end takes where one value is by itself.
 */
export function least(parts: readonly Estimate[], mean?: Estimate): Estimate {
  const [first] = parts;
  if (first === undefined) throw new RangeError("nothing has no least value");
  if (parts.length === 1) return first;
  const lowest = (of: readonly Estimate[], measure: (part: Estimate) => number) =>
    of.reduce((least, part) => Math.min(least, measure(part)), Number.POSITIVE_INFINITY);
  const bounds = mean === undefined ? parts : [...parts, mean];
  const value = lowest(parts, (part) => part.value);
  const at = parts.find((part) => part.value === value) ?? first;
  return {
    value,
    centre: lowest(parts, (part) => part.centre),
    variance: at.variance,
    low: (error) => lowest(parts, (part) => part.low(error)),
    high: (error) =>
      Math.max(
        value,
        lowest(bounds, (part) => part.high(error / bounds.length)),
      ),
    ends: (error) => [error * (1 - 1 / bounds.length), error],
  };
}

/** The greatest of several population values: see `least`. */
export function greatest(parts: readonly Estimate[]): Estimate {
  return negative(least(parts.map(negative)));
}

/** The same with its sign turned. */
export function negative({ value, centre, variance, low, high, ends }: Estimate): Estimate {
  return {
    value: -value,
    centre: -centre,
    variance,
    low: (error) => -high(error),
    high: (error) => -low(error),
    ends: (error) => {
      const [below, above] = ends?.(error) ?? [error / 2, error / 2];
      return [above, below];
    },
  };
}
