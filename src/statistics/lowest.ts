/** The mean of the lowest values of many: their conditional value at risk. */

const SHARE = 0.05;

/** How many of some values are the worst 5 %: at least one (docs/method.md, eq. (9)). */
export function lowestCount(values: number): number {
  return Math.max(1, Math.ceil(SHARE * values - 1e-9));
}

/** Places of so many lowest of some values, the worst 5 % by default; those of equal ones by their order. */
export function placesOfLowest(values: readonly number[], count = lowestCount(values.length)): number[] {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  return order.slice(0, count);
}

/** Mean of the worst 5 % of some values; infinite without values, as their least is. */
export function meanOfLowest(values: readonly number[]): number {
  if (values.length === 0) return Number.POSITIVE_INFINITY;
  const lowest = placesOfLowest(values);
  return lowest.reduce((sum, place) => sum + (values[place] ?? 0), 0) / lowest.length;
}
