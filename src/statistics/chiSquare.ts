/** The chi-square test: whether two sets may have been drawn with the same shares. */
import { logGamma } from "./beta.ts";

/** P(X > x) for X ~ Gamma(a, 1): by its series, or by its continued fraction (Press et al., 2007, section 6.2). */
export function gammaAbove(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < 1e5 && term > 1e-16 * sum; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return Math.max(0, 1 - front * sum);
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1e5; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** P(X > x) for X ~ chi-square with so many degrees of freedom. */
export function chiSquareAbove(x: number, degrees: number): number {
  return gammaAbove(degrees / 2, x / 2);
}

/**
 * p-value of the hypothesis that both counts [n] were drawn with the same shares (Pearson's test of homogeneity); 1 where there is nothing
 * to compare. Kinds that neither has are left out.
 */
export function sameShares(first: readonly number[], second: readonly number[]): number {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [n, m] = [sum(first), sum(second)];
  if (n === 0 || m === 0) return 1;
  let [statistic, kinds] = [0, 0];
  first.forEach((count, at) => {
    const other = second[at] ?? 0;
    const both = count + other;
    if (both === 0) return;
    kinds++;
    const [expected, otherExpected] = [(both * n) / (n + m), (both * m) / (n + m)];
    statistic += (count - expected) ** 2 / expected + (other - otherExpected) ** 2 / otherExpected;
  });
  return kinds < 2 ? 1 : chiSquareAbove(statistic, kinds - 1);
}
