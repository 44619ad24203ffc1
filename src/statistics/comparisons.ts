/** Differences and ratios of two estimates, and the largest difference and least ratio over many pairs. */
import type { Estimate } from "./estimate.ts";
import { greatest, least } from "./extremes.ts";

/**
 * `first` - `second`, from the limits of both (square and add; Newcombe, 1998; Zou, 2007; docs/method.md, eq. (41)). `variance` is that of the
 * difference, for two estimates from the same rows; of estimates from different rows the variances add.
 */
export function difference(
  first: Estimate,
  second: Estimate,
  variance: number = first.variance + second.variance,
): Estimate {
  const value = first.value - second.value;
  const centre = first.centre - second.centre;
  const covariance = (first.variance + second.variance - variance) / 2;
  const scale = Math.sqrt(first.variance * second.variance);
  const correlation = Math.max(-1, Math.min(1, covariance / scale));
  const distance = (a: number, b: number) => Math.sqrt(a * a + b * b - 2 * correlation * a * b);
  const down = (part: Estimate, error: number) => Math.max(0, part.centre - part.low(error));
  const up = (part: Estimate, error: number) => Math.max(0, part.high(error) - part.centre);
  return {
    value,
    centre,
    variance,
    low: (error) => Math.min(value, centre - distance(down(first, error), up(second, error))),
    high: (error) => Math.max(value, centre + distance(up(first, error), down(second, error))),
  };
}

/**
 * `first` / `second` of two independent shares: the ratios R for which first - R second may be 0 (Donner and Zou, 2012).
 * The upper limit is infinite where the denominator may be 0.
 * @throws RangeError where the denominator is 0: such a ratio has no value.
 */
export function ratio(first: Estimate, second: Estimate): Estimate {
  if (!(second.value > 0)) throw new RangeError("a ratio to a share of 0 has no value");
  const [a, b] = [first.value, second.value];
  const root = (end: number, other: number, sign: 1 | -1) => {
    const scale = other * (2 * b - other);
    if (!(scale > 0)) return sign > 0 ? Number.POSITIVE_INFINITY : 0;
    const inner = (a * b) ** 2 - end * (2 * a - end) * scale;
    return Math.max(0, (a * b + sign * Math.sqrt(Math.max(0, inner))) / scale);
  };
  return {
    value: a / b,
    centre: a / b,
    variance: (first.variance + (a / b) ** 2 * second.variance) / b ** 2,
    low: (error) => root(first.low(error), second.high(error), -1),
    high: (error) => root(first.high(error), second.low(error), 1),
  };
}

export type Pair = readonly [Estimate, Estimate];

/** The largest absolute difference over pairs of independent estimates; the population's is never below 0. */
export function largestDifference(pairs: readonly Pair[]): Estimate {
  const largest = greatest(pairs.flatMap(([a, b]) => [difference(a, b), difference(b, a)]));
  return { ...largest, low: (error) => Math.max(0, largest.low(error)) };
}

/**
 * The least ratio over pairs of independent shares, either of a pair over the other; the population's is never above 1.
 * @throws RangeError where both shares of a pair are 0: their ratio has no value.
 */
export function leastRatio(pairs: readonly Pair[]): Estimate {
  const ratios = pairs.flatMap(([a, b]) => {
    if (a.value === 0 && b.value === 0) throw new RangeError("a ratio of 0 to 0 has no value");
    return [...(b.value > 0 ? [ratio(a, b)] : []), ...(a.value > 0 ? [ratio(b, a)] : [])];
  });
  const smallest = least(ratios);
  return { ...smallest, high: (error) => Math.min(1, smallest.high(error)) };
}
