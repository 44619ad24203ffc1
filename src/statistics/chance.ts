/** What counting few samples makes of recalls that are in truth better: how low the lowest come out, how many come out at 0. */
import { betaProbability, logGamma } from "./beta.ts";

/** P(X <= x) for X ~ Binomial(n, p). */
export function binomialProbability(x: number, n: number, p: number): number {
  if (x < 0) return 0;
  return x >= n ? 1 : 1 - betaProbability(x + 1, n - x, p);
}

/** Sizes [n] as how often each occurs. */
function occurrences(sizes: readonly number[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return [...counts];
}

const STEPS = 40;

/** The least value for which `reached` holds, which is false below it and true from there on; within [0, 1]. */
function leastFor(reached: (value: number) => boolean): number {
  let [low, high] = [0, 1];
  if (reached(0)) return 0;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const ROUNDING = 1e-9;
const countOf = (value: number, size: number) => Math.floor(value * size + ROUNDING);

/** Median of the least of counted shares of the sizes given, all being `share` in truth (docs/method.md, eq. (46)). */
export function leastByChance(share: number, sizes: readonly number[]): number {
  const known = occurrences(sizes);
  return leastFor((value) => {
    const noneSoLow = known.reduce(
      (product, [size, times]) =>
        product * (1 - binomialProbability(countOf(value, size), size, share)) ** times,
      1,
    );
    return noneSoLow <= 0.5;
  });
}

const INTEGRATION = 200;

/** Mean of the lowest of counted shares, the `part` of them that is lowest, all being `share` in truth. */
export function lowestByChance(share: number, sizes: readonly number[], part: number): number {
  const known = occurrences(sizes);
  const below = (value: number) =>
    known.reduce(
      (sum, [size, times]) =>
        sum + (times / sizes.length) * binomialProbability(countOf(value, size), size, share),
      0,
    );
  const quantile = leastFor((value) => below(value) >= part);
  let area = 0;
  for (let at = 0; at < INTEGRATION; at++) area += below(((at + 0.5) * quantile) / INTEGRATION);
  return Math.max(0, quantile - (area * quantile) / INTEGRATION / part);
}

/**
 * How many of some shares would come out at 0 if they were counted again on as many samples: the shares are thought to follow a beta
 * distribution, fitted by moments to those counted (the beta-binomial; Skellam, 1948).
 */
export function zerosByChance(shares: readonly number[], sizes: readonly number[]): number {
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  if (!(mean > 0)) return shares.length;
  const spread = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / Math.max(shares.length - 1, 1);
  const within =
    shares.reduce((sum, share, at) => sum + (share * (1 - share)) / Math.max((sizes[at] ?? 1) - 1, 1), 0) /
    shares.length;
  const variance = spread - within;
  const none = (size: number) => {
    const strength = (mean * (1 - mean)) / variance - 1;
    if (!(variance > 0) || !(strength > 0) || !(mean < 1)) return (1 - mean) ** size;
    const [a, b] = [mean * strength, (1 - mean) * strength];
    return Math.exp(logGamma(b + size) + logGamma(a + b) - logGamma(b) - logGamma(a + b + size));
  };
  return occurrences(sizes).reduce((sum, [size, times]) => sum + times * none(size), 0);
}
