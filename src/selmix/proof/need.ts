/** What it would take: how many more rows would prove a bound, were the values what they seem to be. A plan, no claim. */

import { binomialAbove, type Counts, shareTest } from "../../statistics/binomialTest.ts";
import { binomialProbability } from "../../statistics/chance.ts";
import { normalPoint } from "../../statistics/normal.ts";
import type { BoundToProve, Part } from "./part.ts";
import { partTest } from "./proof.ts";

/** More rows than this are not counted: the value lies on its bound. */
export const mostRows = 1e6;

/** Rows to add to what a value is measured on: to each of the two sets of rows of a comparison, in the order of its groups. */
export interface Need {
  readonly part: Part;
  /** Null where the value does not keep the bound, so that no number of rows would do. */
  readonly rows: readonly number[] | null;
}

/**
 * The rows that every part which is not proved lacks, so that all are proved with the probability given: each by itself with a higher one.
 * @param parts of the rows that prove @param likely the same parts of all rows there are, by which their values are guessed
 */
export function needsOf(
  parts: readonly Part[],
  likely: readonly Part[],
  its: BoundToProve,
  level: number,
  power = 0.8,
): Need[] {
  const open = parts.flatMap((part, at) =>
    partTest(part, its) > level ? [{ part, guess: likely[at] }] : [],
  );
  const each = power ** (1 / open.length);
  return open.map(({ part, guess }) => ({ part, rows: rowsFor(part, guess, its, level, each) }));
}

function rowsFor(part: Part, guess: Part, its: BoundToProve, level: number, power: number): number[] | null {
  if (part.test === "share" && guess.test === "share")
    return shareRows(part, guess.counts, its, level, power);
  if (part.test === "pair" && guess.test === "pair") return pairRows(part, guess, its, level, power);
  return null;
}

/** Half a success and half a failure more, so that nothing is taken for certain. */
const smooth = ({ successes, samples }: Counts) => (successes + 0.5) / (samples + 1);

function shareRows(
  { counts: { samples }, bound, pooled }: Extract<Part, { test: "share" }>,
  guess: Counts,
  { kind }: BoundToProve,
  level: number,
  power: number,
): number[] | null {
  const share = smooth(guess);
  if (kind === "atLeast" ? share <= bound : share >= bound) return null;
  const isEnough = (n: number) => powerOf(n, share, bound, kind, level, pooled) >= power;
  let high = Math.max(8, samples);
  while (!isEnough(high)) {
    high *= 2;
    if (high > mostRows) return [mostRows];
  }
  let low = samples;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return [high - samples];
}

/** The chance that n rows of a share prove that it keeps a bound. */
function powerOf(
  n: number,
  share: number,
  bound: number,
  kind: BoundToProve["kind"],
  level: number,
  pooled: boolean,
): number {
  const proves = (successes: number) => shareTest({ successes, samples: n }, kind, bound, pooled) <= level;
  const up = kind === "atLeast";
  // The least clear number of successes that proves it, by bisection: the test is monotone.
  let [fails, works] = up ? [-1, n + 1] : [n + 1, -1];
  while (Math.abs(works - fails) > 1) {
    const middle = Math.floor((works + fails) / 2);
    if (proves(middle)) works = middle;
    else fails = middle;
  }
  if (works < 0 || works > n) return 0;
  return up ? binomialAbove(works, n, share) : binomialProbability(works, n, share);
}

/** By the normal approximation; rows go to the set that lacks them more, and to both alike in the end. */
function pairRows(
  { subject, first, second, line }: Extract<Part, { test: "pair" }>,
  guess: Extract<Part, { test: "pair" }>,
  { metric }: BoundToProve,
  level: number,
  power: number,
): number[] | null {
  const [p, q] = [smooth(guess.first), smooth(guess.second)];
  const slack = line.offset + line.factor * q - p;
  if (!(slack > 0)) return null;
  const most = (slack / (normalPoint(level) + normalPoint(1 - power))) ** 2;
  const [one, other] = [p * (1 - p), line.factor ** 2 * q * (1 - q)];
  const sizes = [Math.max(1, first.samples), Math.max(1, second.samples)];
  const variance = () => one / sizes[0] + other / sizes[1];
  const [fewer, more] = sizes[0] <= sizes[1] ? [0, 1] : [1, 0];
  const rest = most - [one, other][more] / sizes[more];
  if (variance() > most) {
    const wanted = rest > 0 ? [one, other][fewer] / rest : Number.POSITIVE_INFINITY;
    if (wanted <= sizes[more]) sizes[fewer] = Math.ceil(wanted);
    else sizes[0] = sizes[1] = Math.ceil(Math.min(mostRows, Math.max(sizes[more], (one + other) / most)));
  }
  const added = [sizes[0] - first.samples, sizes[1] - second.samples].map((rows) => Math.max(0, rows));
  if (added[0] === 0 && added[1] === 0) added[fewer] = 1;
  // A ratio is of the first group over the second, and the line is for the second.
  return metric.endsWith("Ratio") && subject.groups.length === 2 ? added.reverse() : added;
}
