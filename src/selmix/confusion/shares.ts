/** Values of a metric on the tape of a confusion matrix, each with what it is about and what it divides by; and shares of samples as such. */
import type { MetricId } from "../../metrics/catalogue.ts";
import type { Bucket } from "../problem.ts";
import type { Attribute } from "./attribute.ts";
import type { Summary } from "./confusion.ts";
import { concatenate, type Vector } from "./differentiate.ts";
import { isEnough, supportsOf } from "./support.ts";

export interface ObjectiveContext {
  /** Whether a class belongs to the head (the most frequent classes that hold 90 % of ranks, or those named). */
  readonly isHead: readonly boolean[];
}

/** What a value is about. */
export interface Subject {
  /** What was measured: the metric itself, or the one of its parts that this is. */
  readonly metric: MetricId;
  /** The class; none where it is about all. */
  readonly classes: readonly number[];
  /** The group, or the two that are compared, in the order of the comparison; values of the attribute where one is meant. */
  readonly groups: readonly number[];
  /** What groups the samples, where it is not all attributes together. */
  readonly attribute?: Attribute;
}

/** Values [n] of a metric. */
export interface Measures {
  readonly subjects: readonly Subject[];
  readonly values: Vector;
  /** Share of the samples or predictions that each value divides by, [n]; where that is 0, the value says nothing. */
  readonly divisors: ArrayLike<number>;
  /** What there is no sample to measure with; it has no value. */
  readonly empty: readonly Subject[];
  /** What there are too few samples of to be judged (support.ts); it has no value either. */
  readonly small: readonly Subject[];
}

/** A formula for the values of some classes. */
export type Formula = (summary: Summary, classes: readonly number[], context: ObjectiveContext) => Measures;

/** Shares below are none: counts are whole, and rounding is far smaller than one over the samples of any set. */
export const NOTHING = 1e-12;

/** part / whole for those subjects that have a whole (docs/method.md, eq. (7)). @param support of each, where it takes samples enough to be judged */
export function shares(
  subjects: readonly Subject[],
  part: Vector,
  whole: Vector,
  support?: Float64Array,
): Measures {
  const has = subjects.map((_, at) => whole.value[at] > NOTHING);
  const judged = subjects.map((_, at) => support === undefined || isEnough(support[at]));
  const kept = subjects.flatMap((_, at) => (has[at] && judged[at] ? [at] : []));
  const divisor = whole.take(kept);
  return {
    subjects: kept.map((at) => subjects[at]),
    values: part.take(kept).over(divisor),
    divisors: divisor.value,
    empty: subjects.filter((_, at) => !has[at]),
    small: subjects.filter((_, at) => has[at] && !judged[at]),
  };
}

/**
 * The share recognised of the samples of each subject; `placeOf` says which subject a bucket belongs to, -1 for none.
 * @param inGroups whether they are about groups, and judged where they have samples enough
 */
export function recognised(
  summary: Summary,
  subjects: readonly Subject[],
  placeOf: (bucket: Bucket) => number,
  inGroups = false,
): Measures {
  const places = summary.buckets.map(placeOf);
  const correct = summary.diagonal.sumBy(places, subjects.length);
  const support = inGroups ? supportsOf(summary.buckets, places, subjects.length) : undefined;
  return shares(subjects, correct, summary.rowSums.sumBy(places, subjects.length), support);
}

/** Every label. */
export function everyClass({ classes }: Summary): number[] {
  const labels: number[] = [];
  for (let label = 0; label < classes; label++) labels.push(label);
  return labels;
}

/** A subject for each of some classes. */
export const aboutClasses = (metric: MetricId, classes: readonly number[]): Subject[] =>
  classes.map((label) => ({ metric, classes: [label], groups: [] }));

/** Where each of some classes stands among them, by label; -1 for the others. */
export function placesOf(classes: readonly number[], count: number): Int32Array {
  const places = new Int32Array(count).fill(-1);
  classes.forEach((label, at) => {
    places[label] = at;
  });
  return places;
}

/** The groups of some buckets, in order. */
export function groupsOf(buckets: readonly Bucket[]): number[] {
  const groups = new Set<number>();
  for (const { group } of buckets) if (group !== null) groups.add(group);
  return [...groups].sort((a, b) => a - b);
}

/** Several measures, end to end. */
export function joined(parts: readonly Measures[]): Measures {
  return {
    subjects: parts.flatMap(({ subjects }) => subjects),
    values: concatenate(parts.map(({ values }) => values)),
    divisors: parts.flatMap(({ divisors }) => Array.from(divisors)),
    empty: parts.flatMap(({ empty }) => empty),
    small: parts.flatMap(({ small }) => small),
  };
}
