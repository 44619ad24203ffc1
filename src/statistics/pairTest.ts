/** Exact unconditional tests of two shares: that one lies below a line in the other, as differences and ratios do. */
import { betaQuantile, logGamma } from "./beta.ts";
import type { Counts } from "./binomialTest.ts";

/** The line that the first share is to lie below: `offset + factor x second`. */
export interface Line {
  readonly offset: number;
  readonly factor: number;
}

/** The chance that is given up so that only likely values of the second share need be looked at (Berger and Boos, 1994). */
const GAMMA = 1e-4;
/** Places at which the worst second share is looked for first, and steps by which it is then closed in on. */
const PLACES = 80;
const CLOSER = 12;

/**
 * The p-value of "the first share lies on its line or above": the greatest chance, over all second shares, of counts that speak as clearly
 * against it by the score statistic (Chan, 1998; Farrington and Manning, 1990; docs/method.md, eq. (49)). Counts of each share are independent and binomial.
 */
export function pairTest(first: Counts, second: Counts, line: Line): number {
  if (first.samples === 0 || second.samples === 0) return 1;
  const observed = score(first, second, line);
  if (!(observed < 0)) return 1;
  const border = borderOf(first.samples, second.samples, line, observed);
  if (second.successes < (border[first.successes] ?? 0)) return 1;
  const [low, high] = likelyRange(second, line);
  if (!(low <= high)) return GAMMA;
  const chance = (share: number) => chanceBeyond(border, first.samples, second.samples, share, line);
  const step = (high - low) / PLACES;
  let [best, worst] = [low, 0];
  for (let place = 0; place <= PLACES; place++) {
    const share = low + place * step;
    const its = chance(share);
    if (its > worst) [best, worst] = [share, its];
  }
  for (let width = step / 2, turn = 0; turn < CLOSER; turn++, width /= 2) {
    for (const share of [best - width, best + width]) {
      const its = share < low || share > high ? 0 : chance(share);
      if (its > worst) [best, worst] = [share, its];
    }
  }
  return Math.min(1, worst + GAMMA);
}

/** The second shares that are not ruled out, of those that leave the first one a place on the line. */
function likelyRange({ successes, samples }: Counts, { offset, factor }: Line): [number, number] {
  const low = successes === 0 ? 0 : betaQuantile(successes, samples - successes + 1, GAMMA / 2);
  const high = successes === samples ? 1 : betaQuantile(successes + 1, samples - successes, 1 - GAMMA / 2);
  return [Math.max(low, -offset / factor), Math.min(high, (1 - offset) / factor)];
}

/**
 * For each number of successes of the first share, the least of the second with which the score is at most the one observed. It never falls,
 * so that the first share being even greater makes such counts less likely, and the line itself is the worst case.
 */
function borderOf(firstSamples: number, secondSamples: number, line: Line, observed: number): Int32Array {
  const border = new Int32Array(firstSamples + 1);
  const limit = observed + 1e-12;
  let least = 0;
  for (let successes = 0; successes <= firstSamples; successes++) {
    const first = { successes, samples: firstSamples };
    while (
      least <= secondSamples &&
      !(score(first, { successes: least, samples: secondSamples }, line) <= limit)
    )
      least++;
    border[successes] = least;
  }
  return border;
}

/**
 * How far the first share lies from its line, in standard errors of the likeliest pair of shares on the line (docs/method.md, eq. (48)); negative below. Half a
 * success and half a failure are added to each so that no pair is without an error.
 */
export function score(first: Counts, second: Counts, line: Line): number {
  const [a, n] = [first.successes + 0.5, first.samples + 1];
  const [b, m] = [second.successes + 0.5, second.samples + 1];
  const q = likeliestOnLine(a, n, b, m, line);
  const p = line.offset + line.factor * q;
  const variance = (p * (1 - p)) / n + (line.factor ** 2 * q * (1 - q)) / m;
  return (a / n - line.offset - line.factor * (b / m)) / Math.sqrt(Math.max(variance, 1e-12));
}

/** The second share of the likeliest pair on the line, where the slope of the log-likelihood, which only falls, is 0. */
function likeliestOnLine(a: number, n: number, b: number, m: number, { offset, factor }: Line): number {
  let low = Math.max(0, -offset / factor);
  let high = Math.min(1, (1 - offset) / factor);
  if (!(low < high)) return Math.min(1, Math.max(0, low));
  let q = Math.min(high, Math.max(low, b / m));
  if (q === low || q === high) q = (low + high) / 2;
  for (let turn = 0; turn < 60; turn++) {
    const p = offset + factor * q;
    const slope = factor * (a / p - (n - a) / (1 - p)) + b / q - (m - b) / (1 - q);
    if (slope > 0) low = q;
    else high = q;
    const curve = factor ** 2 * (a / p ** 2 + (n - a) / (1 - p) ** 2) + b / q ** 2 + (m - b) / (1 - q) ** 2;
    const newton = q + slope / curve;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - q) < 1e-11) return next;
    q = next;
  }
  return q;
}

/** Chances below are nothing. */
const NOTHING = 1e-17;

/** P(second >= border[first]) for a second share and the first one on its line. */
function chanceBeyond(border: Int32Array, n: number, m: number, share: number, line: Line): number {
  const firsts = probabilities(n, Math.min(1, line.offset + line.factor * share));
  const above = probabilities(m, share);
  // Summed from the end: P(second >= its place).
  let sum = 0;
  const tails = above.values.toReversed().map((probability) => (sum += probability));
  tails.reverse();
  let chance = 0;
  firsts.values.forEach((probability, at) => {
    const from = (border[firsts.from + at] ?? m + 1) - above.from;
    chance += probability * (tails[Math.max(0, from)] ?? 0);
  });
  return chance;
}

/** The binomial probabilities that are more than nothing, and the number of successes that they begin with. */
function probabilities(n: number, p: number): { from: number; values: Float64Array } {
  if (p <= 0 || p >= 1) return { from: p <= 0 ? 0 : n, values: Float64Array.of(1) };
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const logMode =
    logGamma(n + 1) -
    logGamma(mode + 1) -
    logGamma(n - mode + 1) +
    mode * Math.log(p) +
    (n - mode) * Math.log1p(-p);
  const odds = p / (1 - p);
  const below: number[] = [];
  let value = Math.exp(logMode);
  for (let x = mode; x > 0; x--) {
    value *= x / ((n - x + 1) * odds);
    if (value < NOTHING) break;
    below.push(value);
  }
  const above: number[] = [];
  value = Math.exp(logMode);
  for (let x = mode; x < n; x++) {
    value *= ((n - x) * odds) / (x + 1);
    if (value < NOTHING) break;
    above.push(value);
  }
  const values = Float64Array.from([...below.reverse(), Math.exp(logMode), ...above]);
  return { from: mode - below.length, values };
}
