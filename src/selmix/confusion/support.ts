/**
 * Whether there are rows enough to judge a value about groups: a recall of 3 rows in a small group says nothing, and would rule every gap
 * and every worst cell. Such values are shown and not judged. Classes are judged whatever their size, by their intervals.
 */
import type { Bucket } from "../problem.ts";

/** Sums of whole numbers over a minimum, which rounding may leave short of 1. */
const ROUNDING = 1e-9;

/** Buckets with their support. @param rows of each on the set at hand @param minimum rows that a value has to divide by */
export function withSupport<Named extends Bucket>(
  buckets: readonly Named[],
  rows: ArrayLike<number>,
  minimum: number,
): (Named & { readonly support?: number })[] {
  if (minimum <= 1) return [...buckets];
  return buckets.map((bucket, b) => ({ ...bucket, support: rows[b] / minimum }));
}

/** Support of a bucket that is judged whatever its rows. */
const ENOUGH = 1e6;

/** The support of each of some places together. @param places of the buckets; -1 for none */
export function supportsOf(
  buckets: readonly Pick<Bucket, "support">[],
  places: readonly number[],
  count: number,
): Float64Array {
  const supports = new Float64Array(count);
  buckets.forEach(({ support = ENOUGH }, b) => {
    if (places[b] >= 0) supports[places[b]] += support;
  });
  return supports;
}

/** Whether so much support is enough. */
export function isEnough(support: number): boolean {
  return support >= 1 - ROUNDING;
}

/** Whether the rows of a bucket are enough by themselves. */
export function isSupported({ support = ENOUGH }: Pick<Bucket, "support">): boolean {
  return isEnough(support);
}
