/** Exact tests of one share: how likely counts as good would be if the share were no better than its bound. */
import { betaProbability } from "./beta.ts";
import { binomialProbability } from "./chance.ts";

/** Which way a share lies from its bound where the bound is kept. */
export type Side = "atLeast" | "atMost";

/** So many of so many. */
export interface Counts {
  readonly successes: number;
  readonly samples: number;
}

/** P(X >= x) for X ~ Binomial(n, p). */
export function binomialAbove(x: number, n: number, p: number): number {
  if (x <= 0) return 1;
  return x > n ? 0 : betaProbability(x, n - x + 1, p);
}

/**
 * The p-value of "the share is beyond its bound" by the binomial tail (Clopper and Pearson, 1934; docs/method.md, eq. (47)).
 * @param pooled whether rows of several classes are counted together, which were drawn in given numbers. Their sum then varies no more
 * than a binomial one, which bounds its tails from one row beyond the mean on (Hoeffding, 1956); nearer nothing is claimed
 */
export function shareTest({ successes, samples }: Counts, side: Side, bound: number, pooled = false): number {
  if (samples === 0) return 1;
  const mean = samples * bound;
  if (side === "atLeast") {
    if (pooled && successes < mean + 1 && successes < samples) return 1;
    return binomialAbove(successes, samples, bound);
  }
  if (pooled && successes > mean - 1 && successes > 0) return 1;
  return binomialProbability(successes, samples, bound);
}
