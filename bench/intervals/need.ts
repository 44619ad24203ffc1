/**
 * How wide an interval has to be. Who is told which of several values is the least takes the interval of that one; but where
 * others are about as low, no interval that covers everywhere can be as narrow. The mean width of any is no less than the
 * integral, over the values the truth is not, of the chance that the best test does not exclude them (Pratt, 1961); and the
 * best test of "one of these, unknown which, is lower by so much" is Neyman and Pearson's against their mixture.
 */
import { Random } from "../../src/selmix/random.ts";
import { difference } from "../../src/statistics/comparisons.ts";
import { type Estimate, intervalOf } from "../../src/statistics/estimate.ts";

/** A part: how far above the least it is in the population, and how much it scatters. */
export interface Scattered {
  readonly above: number;
  readonly deviation: number;
}

/** One-sided error of each end of a 95 % interval. */
const error = 0.025;
const samples = 1000;

/** How far below the least an interval of normal parts reaches on average, at best: for the hardest mixture tried. */
export function reachBelow(parts: readonly Scattered[]): number {
  const lowest = parts.toSorted((a, b) => a.above - b.above);
  const tried = [1, 2, 4, 8, 16, 32, 64].filter((some) => some < lowest.length);
  const reach = ({ above, deviation }: Scattered) => 1.97 * deviation - above;
  const farthest = parts.toSorted((a, b) => reach(b) - reach(a)).slice(0, 1);
  const mixtures = [...tried, lowest.length].map((some) => lowest.slice(0, some));
  return Math.max(...[farthest, ...mixtures].map(reachOfMixture));
}

function reachOfMixture(parts: readonly Scattered[]): number {
  const random = new Random(1, 4);
  const scale = Math.max(...parts.map(({ deviation }) => deviation));
  const step = scale / 4;
  const normals = Array.from({ length: samples }, () => parts.map(() => normal(random)));
  let reach = 0;
  for (let distance = 0; distance < 8 * scale; distance += step) {
    const shifts = parts.map(({ above, deviation }) => (above + distance) / deviation);
    const evidence = (draw: readonly number[], lowered: number | null) =>
      shifts.reduce((sum, shift, k) => {
        const z = (draw[k] ?? 0) - (k === lowered ? shift : 0);
        return sum + Math.exp(-shift * z - (shift * shift) / 2);
      }, 0);
    const whereLower = normals.map((draw, at) => evidence(draw, at % parts.length)).toSorted((a, b) => a - b);
    const critical = whereLower[Math.floor(error * samples)] ?? 0;
    const kept = normals.filter((draw) => evidence(draw, null) >= critical).length / samples;
    reach += kept * step * (distance === 0 ? 0.5 : 1);
    if (kept < 0.002) break;
  }
  return reach;
}

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** What a value is the least of; or what a change of a least is made of. */
export type LeastOf =
  | { readonly values: readonly Estimate[] }
  | {
      readonly before: readonly Estimate[];
      readonly after: readonly Estimate[];
      readonly changes: readonly Estimate[];
    };

const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
const deviationOf = (list: readonly number[]) =>
  Math.sqrt(mean(list.map((value) => (value - mean(list)) ** 2)));

/** Part by part the values in all draws. */
function columns(draws: readonly (readonly Estimate[])[]): number[][] {
  const parts = Math.min(...draws.map(({ length }) => length));
  return Array.from({ length: parts }, (_unused, k) => draws.map((draw) => draw[k]?.value ?? 0));
}

/** Which are the least on average, as far as the draws can tell; of several the one that scatters most comes first. */
function leastAt(values: readonly (readonly number[])[]): number[] {
  const found = values.map((list, k) => {
    const deviation = deviationOf(list);
    return { k, mean: mean(list), deviation, chance: (3 * deviation) / Math.sqrt(list.length) };
  });
  const lowest = Math.min(...found.map(({ mean: value, chance }) => value + chance));
  const alike = found.filter(({ mean: value, chance }) => value - chance < lowest);
  return alike.toSorted((a, b) => b.deviation - a.deviation).map(({ k }) => k);
}

function scattered(values: readonly number[][], deviations: readonly number[]): Scattered[] {
  const means = values.map(mean);
  const least = Math.min(...means);
  return means.flatMap((value, k) => {
    const deviation = deviations[k] ?? 0;
    return deviation > 0 ? [{ above: value - least, deviation }] : [];
  });
}

function meanWidth(estimates: readonly Estimate[]): number {
  return mean(estimates.map((estimate) => intervalOf(estimate)).map(({ low, high }) => high - low));
}

/**
 * Mean width that an interval of a least needs: that of one who is told which part is the least, or what no interval that
 * covers everywhere is narrower than, whichever is wider.
 */
export function widthOfLeast(draws: readonly LeastOf[]): number {
  const values = draws.flatMap((draw) => ("values" in draw ? [draw.values] : []));
  if (values.length > 0) return widthOfValue(values);
  return widthOfChange(draws.flatMap((draw) => ("values" in draw ? [] : [draw])));
}

function widthOfValue(draws: readonly (readonly Estimate[])[]): number {
  const values = columns(draws);
  const [told = 0] = leastAt(values);
  const limits = draws.flatMap((draw) => (draw[told] === undefined ? [] : [intervalOf(draw[told])]));
  const below = mean(limits.map(({ value, low }) => value - low));
  const above = mean(limits.map(({ value, high }) => high - value));
  const parts = scattered(values, values.map(deviationOf));
  const alone = deviationOf(values[told] ?? []);
  if (!(alone > 0)) return below + above;
  // Normal parts, but as lopsided as the limits of the one that is told.
  const one = reachBelow([{ above: 0, deviation: alone }]);
  const needed = (below * reachBelow(parts)) / one + (above * reachAbove(parts)) / one;
  return Math.max(below + above, needed);
}

/** How far above: all that are lower than a value have to be excluded together. */
function reachAbove(parts: readonly Scattered[]): number {
  const step = Math.max(...parts.map(({ deviation }) => deviation)) / 50;
  let reach = 0;
  for (let distance = step / 2; distance < 500 * step; distance += step) {
    const squares = parts.map(({ above, deviation }) => (Math.max(0, distance - above) / deviation) ** 2);
    const shift = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    const kept = 1 - normalProbability(shift - 1.959964);
    reach += kept * step;
    if (kept < 1e-4) break;
  }
  return reach;
}

/** P(Z <= z), to 1e-5 (Abramowitz and Stegun, 1964, 26.2.16). */
function normalProbability(z: number): number {
  if (z < 0) return 1 - normalProbability(-z);
  const t = 1 / (1 + 0.33267 * z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return 1 - density * t * (0.4361836 + t * (-0.1201676 + t * 0.937298));
}

/** The change is greater where one was lower before that is unchanged after, and less where one is lower after. */
function widthOfChange(draws: readonly Exclude<LeastOf, { values: unknown }>[]): number {
  const [before, after] = [
    columns(draws.map((draw) => draw.before)),
    columns(draws.map((draw) => draw.after)),
  ];
  const [allWas, allAre] = [leastAt(before), leastAt(after)];
  // One that is the least both times is measured on the same rows.
  const both = allWas.find((k) => allAre.includes(k));
  const [was = 0, is = 0] = [both ?? allWas[0], both ?? allAre[0]];
  const told = draws.flatMap(({ changes, before: from, after: to }) => {
    const change = was === is ? changes[is] : difference(to[is] as Estimate, from[was] as Estimate);
    return change === undefined ? [] : [change];
  });
  const deviations = (of: readonly number[][], given: readonly number[][]) =>
    of.map((values, k) => deviationOf(values) * Math.sqrt(1 - correlation(values, given[k] ?? []) ** 2));
  const lower = reachBelow(scattered(after, deviations(after, before)));
  const upper = reachBelow(scattered(before, deviations(before, after)));
  return Math.max(meanWidth(told), lower + upper);
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [mx, my] = [mean(xs), mean(ys)];
  const product = deviationOf(xs) * deviationOf(ys);
  return product > 0 ? mean(xs.map((x, at) => (x - mx) * ((ys[at] ?? 0) - my))) / product : 0;
}
