/**
 * How sure a bounded metric is: of several values (one for each class, cell or pair of groups) the one that a bound is about,
 * which is the least where it is bounded from below and the greatest where it is bounded from above.
 */
import type { BoundKind } from "../../metrics/catalogue.ts";
import { largestDifference, leastRatio, type Pair } from "../../statistics/comparisons.ts";
import { type Estimate, scaled, share, weighedShare } from "../../statistics/estimate.ts";
import { greatest, least } from "../../statistics/extremes.ts";
import { type Attribute, byAttribute } from "../confusion/attribute.ts";
import type { RateId } from "../confusion/measures.ts";
import { type RowWeights, weightsAt } from "../confusion/population.ts";
import { isEnough, supportsOf } from "../confusion/support.ts";
import type { Bucket } from "../problem.ts";
import { coverageEstimates } from "./coverageEstimates.ts";
import {
  accuracy,
  coverageOf,
  effectiveCounts,
  meanOfRecalls,
  type PredictedRows,
  stratumCounts,
} from "./influence.ts";
import { metricEstimate } from "./metricEstimates.ts";

/** Rows [N] in buckets [B] with the class predicted for each. */
export interface BucketRows {
  readonly buckets: readonly Bucket[];
  readonly classes: number;
  readonly bucketOf: Int32Array;
  readonly predictions: Int32Array;
  /** What each row counts for; all alike when absent. */
  readonly weights?: RowWeights;
}

/** Rows by class, those of one group or all. */
export function rowsByClass(
  { buckets, classes, bucketOf, predictions, weights }: BucketRows,
  group?: number,
): PredictedRows {
  const kept = Array.from(bucketOf.keys()).filter(
    (row) => group === undefined || buckets[bucketOf[row]].group === group,
  );
  return {
    labels: Array.from({ length: classes }, (_unused, label) => label),
    classes,
    strata: Int32Array.from(kept, (row) => buckets[bucketOf[row]].label),
    predictions: Int32Array.from(kept, (row) => predictions[row]),
    ...(weights && { weights: weightsAt(weights, kept) }),
  };
}

/**
 * Whether the classes' sizes were drawn like the rows: not where all are the same, which is no chance, nor where their shares are given. What depends on the
 * sizes (coverage, accuracy, macro F1) is then as sure as they are too; otherwise it is meant at the sizes given.
 */
export function sizesAreDrawn(rows: PredictedRows): boolean {
  if (rows.weights?.sharesGiven) return false;
  return new Set(stratumCounts(rows).rows.filter((count) => count > 0)).size > 1;
}

/** What is bounded: a rate of some classes, from below or from above. */
export interface BoundedRate {
  readonly metric: RateId;
  readonly kind: BoundKind;
  readonly classes: readonly number[];
  /** What groups the rows, where it is not all attributes together. */
  readonly attribute?: Attribute;
}

interface Counted {
  readonly rows: BucketRows;
  readonly classes: readonly number[];
  readonly isHead: readonly boolean[];
}

/** Rates by class; classes that there are no rows for are left out. */
type Rates = (rows: PredictedRows, classes: readonly number[]) => Map<number, Estimate>;

/** A rate that groups have, and whether a bucket's rows are among those that it divides by for a class. */
interface GroupRate {
  readonly rates: Rates;
  readonly divides: (bucket: Bucket, label: number) => boolean;
}

const recalls: Rates = (rows, classes) => {
  const counts = stratumCounts(rows);
  return sharesOf(classes, (label) => effectiveCounts(counts, label));
};

const falsePositiveRates: Rates = (rows, classes) => {
  if (rows.weights) {
    const isOf = (label: number) => (row: number) => rows.labels[rows.strata[row]] !== label;
    return weighedRates(rows, classes, isOf, (label) => (row) => rows.predictions[row] === label);
  }
  const { right, rows: sizes, predicted } = stratumCounts(rows);
  const total = rows.strata.length;
  return sharesOf(classes, (label) => [predicted[label] - right[label], total - sizes[label]]);
};

const precisions: Rates = (rows, classes) => {
  if (rows.weights) {
    const isOf = (label: number) => (row: number) => rows.predictions[row] === label;
    return weighedRates(rows, classes, isOf, (label) => (row) => rows.labels[rows.strata[row]] === label);
  }
  const { right, predicted } = stratumCounts(rows);
  return sharesOf(classes, (label) => [right[label], predicted[label]]);
};

/** Recall and precision of each class that has any. */
export function classRates(rows: BucketRows) {
  const all = rowsByClass(rows);
  return { recall: recalls(all, all.labels), precision: precisions(all, all.labels) };
}

const coverages: Rates = (rows, classes) => {
  if (rows.strata.length === 0) return new Map();
  const all = coverageEstimates(rows, sizesAreDrawn(rows));
  return new Map(classes.map((label) => [label, all[label]]));
};

/** One rate, of all classes together. */
const accuracies: Rates = (rows) =>
  rows.strata.length === 0 ? new Map() : new Map([[0, accuracyEstimate(rows)]]);

type Picks = (label: number) => (row: number) => boolean;

function weighedRates(
  { strata, weights }: PredictedRows,
  classes: readonly number[],
  isOf: Picks,
  isSo: Picks,
): Map<number, Estimate> {
  return new Map(
    classes.flatMap((label): [number, Estimate][] => {
      const whole = Array.from(strata.keys()).filter(isOf(label));
      const estimate = weighedShare(
        whole.map((row) => weights?.values[row] ?? 1),
        whole.map(isSo(label)),
      );
      return estimate === null ? [] : [[label, estimate]];
    }),
  );
}

function sharesOf(
  classes: readonly number[],
  count: (label: number) => readonly [number, number],
): Map<number, Estimate> {
  return new Map(
    classes.flatMap((label): [number, Estimate][] => {
      const [part, whole] = count(label);
      return whole > 0 ? [[label, share(part, whole)]] : [];
    }),
  );
}

/** Share of all rows that are recognised. */
export function accuracyEstimate(rows: PredictedRows): Estimate {
  const counts = stratumCounts(rows);
  if (rows.weights || !sizesAreDrawn(rows))
    return metricEstimate(accuracy(counts), rows, sizesAreDrawn(rows));
  return share(
    counts.right.reduce((sum, right) => sum + right, 0),
    rows.strata.length,
  );
}

export function groupsOf({ buckets }: Pick<BucketRows, "buckets">): number[] {
  return [...new Set(buckets.flatMap(({ group }) => (group === null ? [] : [group])))];
}

/** Whether some buckets together have rows enough for a value of groups to be judged. */
export function hasSupport(buckets: readonly Bucket[], includes: (bucket: Bucket) => boolean): boolean {
  const own = buckets.filter(includes);
  const [support] = supportsOf(own, new Array<number>(own.length).fill(0), 1);
  return isEnough(support);
}

/** For each group the rates that it has rows enough for. */
function ratesByGroup({ rows, classes }: Counted, { rates, divides }: GroupRate): Map<number, Estimate>[] {
  return groupsOf(rows).map((group) => {
    const isJudged = (label: number) =>
      hasSupport(rows.buckets, (bucket) => bucket.group === group && divides(bucket, label));
    return new Map([...rates(rowsByClass(rows, group), classes)].filter(([label]) => isJudged(label)));
  });
}

/** Every two groups in every class that both have rows for. */
function pairsOf(counted: Counted, rate: GroupRate): Pair[] {
  const byGroup = ratesByGroup(counted, rate);
  return byGroup.flatMap((first, at) =>
    byGroup.slice(at + 1).flatMap((second) =>
      [...first].flatMap(([label, estimate]): Pair[] => {
        const other = second.get(label);
        return other === undefined ? [] : [[estimate, other]];
      }),
    ),
  );
}

const eachOf =
  (rates: Rates) =>
  ({ rows, classes }: Counted) => [...rates(rowsByClass(rows), classes).values()];
const eachInGroups = (rate: GroupRate) => (counted: Counted) =>
  ratesByGroup(counted, rate).flatMap((found) => [...found.values()]);
function sideRecall(head: boolean) {
  return ({ rows, isHead }: Counted) => {
    const all = rowsByClass(rows);
    const counts = stratumCounts(all);
    const includes = (label: number) => isHead[label] === head;
    if (!counts.rows.some((count, label) => count > 0 && includes(label))) return [];
    return [metricEstimate(meanOfRecalls(counts, "arithmetic", includes), all, false)];
  };
}

function sideCoverage(head: boolean) {
  return ({ rows, isHead }: Counted) => {
    const count = isHead.filter((isOfHead) => isOfHead === head).length;
    const all = rowsByClass(rows);
    if (count === 0 || all.strata.length === 0) return [];
    const influence = coverageOf(stratumCounts(all), (label) => isHead[label] === head);
    return [scaled(metricEstimate(influence, all, sizesAreDrawn(all)), 1 / count)];
  };
}

type Compared = Extract<RateId, `${string}${"Difference" | "Ratio"}`>;

const recallInGroup: GroupRate = { rates: recalls, divides: (bucket, label) => bucket.label === label };
const coverageInGroup: GroupRate = { rates: coverages, divides: () => true };
const accuracyInGroup: GroupRate = { rates: accuracies, divides: () => true };
const falsePositiveRateInGroup: GroupRate = {
  rates: falsePositiveRates,
  divides: (bucket, label) => bucket.label !== label,
};

/** The rates that are compared between groups. */
const compared: Readonly<Record<Compared, readonly GroupRate[]>> = {
  coverageDifference: [coverageInGroup],
  recallDifference: [recallInGroup],
  falsePositiveRateDifference: [falsePositiveRateInGroup],
  equalizedOddsDifference: [recallInGroup, falsePositiveRateInGroup],
  accuracyDifference: [accuracyInGroup],
  coverageRatio: [coverageInGroup],
  recallRatio: [recallInGroup],
};

const valuesOf: Readonly<Record<Exclude<RateId, Compared>, (counted: Counted) => Estimate[]>> = {
  recall: eachOf(recalls),
  groupRecall: eachInGroups(recallInGroup),
  precision: eachOf(precisions),
  coverage: eachOf(coverages),
  accuracy: eachOf(accuracies),
  groupAccuracy: eachInGroups(accuracyInGroup),
  headRecall: sideRecall(true),
  tailRecall: sideRecall(false),
  headCoverage: sideCoverage(true),
  tailCoverage: sideCoverage(false),
};

function isCompared(metric: RateId): metric is Compared {
  return metric in compared;
}

/** What a bounded value is made of: the values, of which it is one; or the pairs whose comparison it is. */
export function boundParts(
  { metric, classes, attribute }: Omit<BoundedRate, "kind">,
  given: BucketRows,
  isHead: readonly boolean[],
): { values: Estimate[] } | { pairs: Pair[] } {
  const rows = attribute ? { ...given, buckets: byAttribute(given.buckets, attribute) } : given;
  const counted = { rows, classes, isHead };
  if (!isCompared(metric)) return { values: valuesOf[metric](counted) };
  const pairs = compared[metric].flatMap((rate) => pairsOf(counted, rate));
  if (!metric.endsWith("Ratio")) return { pairs };
  return { pairs: pairs.filter(([a, b]) => a.value > 0 || b.value > 0) };
}

/**
 * The value that a bound is about, in the population. What cannot be measured is left out: a share of no rows or of no
 * predictions, a ratio of 0 to 0; null where nothing is left.
 */
export function rateEstimate(
  { kind, ...meant }: BoundedRate,
  rows: BucketRows,
  isHead: readonly boolean[],
): Estimate | null {
  const { metric } = meant;
  const parts = boundParts(meant, rows, isHead);
  if ("pairs" in parts) {
    if (parts.pairs.length === 0) return null;
    return metric.endsWith("Ratio") ? leastRatio(parts.pairs) : largestDifference(parts.pairs);
  }
  if (parts.values.length === 0) return null;
  return kind === "atLeast" ? least(parts.values) : greatest(parts.values);
}
