/** Tests of the mean of bounded values that are independent and need not be distributed alike: valid for every number of them. */
import { binomialAbove } from "./binomialTest.ts";

/** Some values alike, each of which could have been anything from `low` to `high`. */
export interface Term {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The p-value of "the mean is at most `bound`" for values with a mean above it. Three bounds of one tail, of which the least is one as
 * well: Hoeffding's with a range for each value (1963, theorem 2), and, with one range for all, his sharper one (theorem 1) and
 * Bentkus's (2004), together known as Hoeffding-Bentkus (Bates et al., 2021; docs/method.md, eq. (50)).
 */
export function meanTest(terms: readonly Term[], bound: number): number {
  const total = (of: (term: Term) => number) => terms.reduce((sum, term) => sum + term.count * of(term), 0);
  const count = total(() => 1);
  const excess = total(({ value }) => value) - count * bound;
  if (!(excess > 0)) return 1;
  const ranges = total(({ low, high }) => (high - low) ** 2);
  const separate = Math.exp((-2 * excess ** 2) / ranges);
  const least = terms.reduce((low, term) => Math.min(low, term.low), Number.POSITIVE_INFINITY);
  const most = terms.reduce((high, term) => Math.max(high, term.high), Number.NEGATIVE_INFINITY);
  const scaled = (value: number) => (value - least) / (most - least);
  const mean = scaled(total(({ value }) => value) / count);
  const under = scaled(bound);
  // A bound below what any value can be is kept by them all.
  if (under < 0) return 0;
  const hoeffding = Math.exp(-count * divergence(Math.min(1, mean), under));
  const bentkus = Math.E * binomialAbove(Math.floor(count * mean + 1e-9), count, under);
  return Math.min(1, separate, hoeffding, bentkus);
}

/** The Kullback-Leibler divergence of two coins, in nats. */
function divergence(a: number, b: number): number {
  const part = (x: number, y: number) => (x === 0 ? 0 : x * Math.log(x / y));
  return part(a, b) + part(1 - a, 1 - b);
}
