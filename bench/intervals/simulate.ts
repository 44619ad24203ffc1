/** Draws sets from populations and counts how often an interval holds the truth, how wide it is, and how wide it need be. */

import type { ConstraintId } from "../../src/metrics/catalogue.ts";
import { evaluate } from "../../src/selmix/confusion/evaluation.ts";
import type { RateId } from "../../src/selmix/confusion/measures.ts";
import { boundEstimate } from "../../src/selmix/estimates/boundEstimate.ts";
import { boundParts } from "../../src/selmix/estimates/boundEstimates.ts";
import {
  metricChanges,
  type PairedPredictions,
  partsOfLeast,
} from "../../src/selmix/estimates/metricChanges.ts";
import { Random } from "../../src/selmix/random.ts";
import { difference, type Pair, ratio } from "../../src/statistics/comparisons.ts";
import { type Estimate, intervalOf, type Limits } from "../../src/statistics/estimate.ts";
import { negative } from "../../src/statistics/extremes.ts";
import { lowestCount } from "../../src/statistics/lowest.ts";
import { type LeastOf, widthOfLeast } from "./need.ts";
import { expectedCounts, expectedTallies, type Population, Sampler } from "./populations.ts";

/** Intervals of one set by name, and what they should hold. */
export type Method = (drawn: PairedPredictions) => Record<string, Limits | null>;

export interface Outcome {
  readonly metric: string;
  readonly draws: number;
  /** Share of the draws whose interval holds the truth; and of those below it and above it. */
  readonly coverage: number;
  readonly tooHigh: number;
  readonly tooLow: number;
  readonly width: number;
  /** Width over that which an interval needs; null where that is 0. */
  readonly ratio: number | null;
}

/** Nothing that a set shows decides between values nearer than this. */
const rounding = 1e-9;

/** What values are the least of, by name: how wide an interval of them has to be is another question than of one value. */
export type PartsMethod = (drawn: PairedPredictions) => Record<string, LeastOf>;

export function simulate(
  population: Population,
  method: Method,
  truth: Readonly<Record<string, number>>,
  partsOf: PartsMethod,
  draws: number,
  seed: number,
): Outcome[] {
  const sampler = new Sampler(population);
  const random = new Random(seed, 3);
  const tallies = new Map(
    Object.keys(truth).map((metric) => [
      metric,
      { held: 0, low: 0, high: 0, width: 0, values: [] as number[], parts: [] as LeastOf[] },
    ]),
  );
  for (let draw = 0; draw < draws; draw++) {
    const drawn = sampler.draw(random);
    const limits = method(drawn);
    const parts = partsOf(drawn);
    for (const [metric, tally] of tallies) {
      const interval = limits[metric];
      const aim = truth[metric] ?? Number.NaN;
      if (!interval) continue;
      if (interval.low > aim + rounding) tally.high++;
      else if (interval.high < aim - rounding) tally.low++;
      else tally.held++;
      tally.width += interval.high - interval.low;
      tally.values.push(interval.value);
      if (parts[metric] !== undefined) tally.parts.push(parts[metric]);
    }
  }
  return [...tallies].map(([metric, { held, low, high, width, values, parts }]) => {
    const judged = values.length;
    const need = parts.length === 0 ? spread(values) : widthOfLeast(parts);
    return {
      metric,
      draws: judged,
      coverage: held / judged,
      tooHigh: high / judged,
      tooLow: low / judged,
      width: width / judged,
      ratio: need > 0 ? width / judged / need : null,
    };
  });
}

/** Width of the middle 95 % of the values: the interval of one who knows how the value scatters around the truth. */
function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  return at(0.975) - at(0.025);
}

const isHeadOf = (classes: number) =>
  Array.from({ length: classes }, (_unused, k) => k < Math.ceil(0.9 * classes) && k < classes - 1);
const round = (estimate: Estimate) => intervalOf(estimate);

/** Metrics before and after, and their changes. */
export const metricIntervals: Method = (drawn) => {
  const changes = Object.entries(metricChanges(drawn, isHeadOf(drawn.classes)));
  return Object.fromEntries(
    changes.flatMap(([metric, { before, after, change }]) => [
      [`${metric} before`, round(before)],
      [`${metric} after`, round(after)],
      [`${metric} change`, round(change)],
    ]),
  );
};

/** Truths of the scalar metrics, from expected counts. */
export function metricTruth(population: Population): Record<string, number> {
  const [before, after] = (["before", "after"] as const).map((head) =>
    evaluate(expectedTallies(population, head), isHeadOf(population.classes)),
  );
  const truth: Record<string, number> = {};
  for (const metric of [
    "meanRecall",
    "minRecall",
    "worst5Recall",
    "gMean",
    "hMean",
    "minHeadTailRecall",
    "macroF1",
    "minCoverage",
    "accuracy",
  ] as const) {
    const [b, a] = [before?.[metric] ?? 0, after?.[metric] ?? 0];
    truth[`${metric} before`] = b;
    truth[`${metric} after`] = a;
    truth[`${metric} change`] = a - b;
  }
  return truth;
}

/** Recalls, coverages and sides that the least is taken of, before and after, and their changes. */
export const metricParts: PartsMethod = (drawn) => {
  const { minRecall, ...others } = partsOfLeast(drawn, isHeadOf(drawn.classes));
  const found: [string, typeof minRecall][] = Object.entries({ minRecall, ...others });
  // Of up to 20 classes the worst 5 % are one.
  if (lowestCount(drawn.classes) === 1) found.push(["worst5Recall", minRecall]);
  return Object.fromEntries(
    found.flatMap(([metric, parts]): [string, LeastOf][] => {
      const [before, after] = [parts.map((part) => part.before), parts.map((part) => part.after)];
      return [
        [`${metric} before`, { values: before }],
        [`${metric} after`, { values: after }],
        [`${metric} change`, { before, after, changes: parts.map((part) => part.change) }],
      ];
    }),
  );
};

const compared = [
  "recallDifference",
  "coverageDifference",
  "falsePositiveRateDifference",
  "equalizedOddsDifference",
  "accuracyDifference",
  "recallRatio",
  "coverageRatio",
] as const satisfies readonly ConstraintId[];
const shares = [
  "recall",
  "groupRecall",
  "precision",
  "coverage",
  "groupAccuracy",
] as const satisfies readonly ConstraintId[];

/** What can be bounded, over all classes, for the first head. */
export const boundIntervals: Method = (drawn) => {
  const classes = Array.from({ length: drawn.classes }, (_unused, k) => k);
  const rows = { ...drawn, predictions: drawn.before };
  const estimate = (metric: ConstraintId, kind: "atLeast" | "atMost") => {
    const found = boundEstimate({ metric, kind, classes }, rows, isHeadOf(drawn.classes));
    return found === null ? null : intervalOf(found);
  };
  return Object.fromEntries([
    ...compared.map((metric) => [metric, estimate(metric, metric.endsWith("Ratio") ? "atLeast" : "atMost")]),
    ...shares.flatMap((metric) => [
      [`least ${metric}`, estimate(metric, "atLeast")],
      [`greatest ${metric}`, estimate(metric, "atMost")],
    ]),
  ]);
};

/** What the bounded values are the least of; of those that are the greatest, with the sign turned. */
export const boundsParts: PartsMethod = (drawn) => {
  const classes = Array.from({ length: drawn.classes }, (_unused, k) => k);
  const rows = { ...drawn, predictions: drawn.before };
  const parts = (metric: RateId): Estimate[] => {
    const found = boundParts({ metric, classes }, rows, isHeadOf(drawn.classes));
    if ("values" in found) return found.values;
    const both = found.pairs.flatMap(([a, b]): Pair[] => [
      [a, b],
      [b, a],
    ]);
    // The least ratio, of those that have a value; and the greatest difference.
    if (!metric.endsWith("Ratio")) return both.map(([a, b]) => negative(difference(a, b)));
    return both.every(([, b]) => b.value > 0) ? both.map(([a, b]) => ratio(a, b)) : [];
  };
  const found = [
    ...compared.map((metric) => [metric, parts(metric)] as const),
    ...shares.flatMap((metric) => {
      const values = parts(metric);
      return [[`least ${metric}`, values] as const, [`greatest ${metric}`, values.map(negative)] as const];
    }),
  ];
  return Object.fromEntries(
    found.flatMap(([name, values]) => (values.length === 0 ? [] : [[name, { values }] as const])),
  );
};

interface Rate {
  readonly values: readonly number[];
}

/** The same, of the population: from expected counts, by the definitions of the rates. */
export function boundTruth(population: Population): Record<string, number> {
  const { cells, classes } = population;
  const counts = expectedCounts(population, "before");
  const groups = [...new Set(cells.map(({ group }) => group))];
  const sum = (keep: (b: number, l: number) => boolean) =>
    counts.reduce(
      (total, count, at) => (keep(Math.floor(at / classes), at % classes) ? total + count : total),
      0,
    );
  const labelOf = (b: number) => cells[b]?.label;
  const all = Array.from({ length: classes }, (_unused, k) => k);
  const within = groups.map((group) => {
    const own = (b: number) => cells[b]?.group === group;
    const rates = (
      part: (b: number, l: number, k: number) => boolean,
      whole: (b: number, k: number) => boolean,
    ): Rate => ({
      values: all.map((k) => sum((b, l) => own(b) && part(b, l, k)) / sum((b) => own(b) && whole(b, k))),
    });
    return {
      recall: rates(
        (b, l, k) => labelOf(b) === k && l === k,
        (b, k) => labelOf(b) === k,
      ),
      coverage: rates(
        (_b, l, k) => l === k,
        () => true,
      ),
      falsePositive: rates(
        (b, l, k) => labelOf(b) !== k && l === k,
        (b, k) => labelOf(b) !== k,
      ),
      accuracy: { values: [sum((b, l) => own(b) && l === labelOf(b)) / sum(own)] },
    };
  });
  type Name = "recall" | "coverage" | "falsePositive" | "accuracy";
  const pairs = (name: Name) =>
    within.flatMap((g) =>
      within
        .filter((h) => h !== g)
        .flatMap((h) => g[name].values.map((v, k) => [v, h[name].values[k] ?? 0] as const)),
    );
  const gap = (name: Name) => Math.max(...pairs(name).map(([a, b]) => a - b));
  const ratio = (name: Name) => Math.min(...pairs(name).map(([a, b]) => a / b));
  const ofClasses = (
    part: (b: number, l: number, k: number) => boolean,
    whole: (b: number, l: number, k: number) => boolean,
  ) => all.map((k) => sum((b, l) => part(b, l, k)) / sum((b, l) => whole(b, l, k)));
  const ends = (name: string, values: readonly number[]) => ({
    [`least ${name}`]: Math.min(...values),
    [`greatest ${name}`]: Math.max(...values),
  });
  return {
    recallDifference: gap("recall"),
    coverageDifference: gap("coverage"),
    falsePositiveRateDifference: gap("falsePositive"),
    equalizedOddsDifference: Math.max(gap("recall"), gap("falsePositive")),
    accuracyDifference: gap("accuracy"),
    recallRatio: ratio("recall"),
    coverageRatio: ratio("coverage"),
    ...ends(
      "recall",
      ofClasses(
        (b, l, k) => labelOf(b) === k && l === k,
        (b, _l, k) => labelOf(b) === k,
      ),
    ),
    ...ends(
      "groupRecall",
      within.flatMap(({ recall }) => recall.values),
    ),
    ...ends(
      "precision",
      ofClasses(
        (b, l, k) => labelOf(b) === k && l === k,
        (_b, l, k) => l === k,
      ),
    ),
    ...ends(
      "coverage",
      ofClasses(
        (_b, l, k) => l === k,
        () => true,
      ),
    ),
    ...ends(
      "groupAccuracy",
      within.flatMap(({ accuracy }) => accuracy.values),
    ),
  };
}
