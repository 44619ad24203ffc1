/** Rates within groups, and their comparison between every two of them, on the tape of a confusion matrix. */
import type { MetricId } from "../../metrics/catalogue.ts";
import type { Bucket } from "../problem.ts";
import type { Summary } from "./confusion.ts";
import { Vector } from "./differentiate.ts";
import {
  aboutClasses,
  type Formula,
  groupsOf,
  joined,
  type Measures,
  NOTHING,
  placesOf,
  recognised,
  type Subject,
  shares,
} from "./shares.ts";
import { supportsOf } from "./support.ts";

/** A rate of each class within a group, or of the group as a whole. */
type RateInGroup = (summary: Summary, classes: readonly number[], group: number) => Measures;

const cellsOf = (summary: Summary, classes: readonly number[], group: number) => {
  const places = placesOf(classes, summary.classes);
  return summary.buckets.map((bucket) => (bucket.group === group ? places[bucket.label] : -1));
};

/** The share of the samples that a group has, once for each of some classes. */
function groupMass(summary: Summary, classes: readonly number[], group: number): Vector {
  const mass = summary.rowSums.dot(summary.buckets.map((bucket) => (bucket.group === group ? 1 : 0)));
  return mass.take(classes.map(() => 0));
}

/** The support of a group, once for each of some classes. */
function groupSupport({ buckets }: Summary, classes: readonly number[], group: number): Float64Array {
  const places = buckets.map((bucket) => (bucket.group === group ? 0 : -1));
  return new Float64Array(classes.length).fill(supportsOf(buckets, places, 1)[0]);
}

const predictedIn = (summary: Summary, classes: readonly number[], group: number) =>
  summary.columnSums((bucket) => bucket.group === group).take(classes);

const recallIn: RateInGroup = (summary, classes, group) => {
  const places = placesOf(classes, summary.classes);
  const placeOf = (bucket: Bucket) => (bucket.group === group ? places[bucket.label] : -1);
  return recognised(summary, aboutClasses("groupRecall", classes), placeOf, true);
};

const coverageIn: RateInGroup = (summary, classes, group) =>
  shares(
    aboutClasses("coverage", classes),
    predictedIn(summary, classes, group),
    groupMass(summary, classes, group),
    groupSupport(summary, classes, group),
  );

/** Of a group's samples of other classes, the share that is predicted as each class. */
const falsePositiveRateIn: RateInGroup = (summary, classes, group) => {
  const cells = cellsOf(summary, classes, group);
  const correct = summary.diagonal.sumBy(cells, classes.length);
  const own = summary.rowSums.sumBy(cells, classes.length);
  const ownSupport = supportsOf(summary.buckets, cells, classes.length);
  return shares(
    aboutClasses("falsePositiveRateDifference", classes),
    predictedIn(summary, classes, group).minus(correct),
    groupMass(summary, classes, group).minus(own),
    groupSupport(summary, classes, group).map((all, at) => all - ownSupport[at]),
  );
};

const accuracyIn: RateInGroup = (summary, _classes, group) => {
  const placeOf = (bucket: Bucket) => (bucket.group === group ? 0 : -1);
  return recognised(summary, [{ metric: "groupAccuracy", classes: [], groups: [group] }], placeOf, true);
};

type Comparison = (a: Vector, b: Vector) => { values: Vector; divisors: ArrayLike<number> };

const difference: Comparison = (a, b) => ({
  values: a.minus(b),
  divisors: new Float64Array(a.value.length).fill(1),
});

/** Over nothing there is no ratio: the value is 0 or huge then, and the divisor says so. */
export const ratio: Comparison = (a, b) => {
  const away = b.value.map((share) => (share > NOTHING ? 0 : 1e-9));
  return { values: a.over(b.plus(new Vector(b.tape, away, null))), divisors: b.value };
};

/** Every ordered pair of groups (docs/method.md, eq. (10)): the largest difference is the largest absolute one, the least ratio that of the smaller. */
function betweenGroups(metric: MetricId, rateIn: RateInGroup, compare: Comparison): Formula {
  return (summary, classes) => {
    const rates = groupsOf(summary.buckets).map((group) => {
      const measures = rateIn(summary, classes, group);
      const { subjects, empty, small, values } = measures;
      const all = [...subjects, ...empty, ...small].map(({ classes: [label] }) => label);
      const places = new Map(subjects.map(({ classes: [label] }, at) => [label, at]));
      const without = new Set(empty.map(({ classes: [label] }) => label));
      return { group, all, places, without, values };
    });
    const parts = rates.flatMap((g) => rates.filter((h) => h !== g).map((h) => pair(g, h)));
    return parts.length === 0 ? nothing(summary) : joined(parts);
  };

  function pair(g: GroupRates, h: GroupRates): Measures {
    const about = (label: number | undefined): Subject => ({
      metric,
      classes: label === undefined ? [] : [label],
      groups: [g.group, h.group],
    });
    const kept = [...g.places.keys()].filter((label) => h.places.has(label));
    const rateOf = ({ values, places }: GroupRates) =>
      values.take(kept.map((label) => places.get(label) ?? 0));
    const left = g.all.filter((label) => !kept.includes(label));
    const isEmpty = (label: number | undefined) => g.without.has(label) || h.without.has(label);
    return {
      subjects: kept.map(about),
      ...compare(rateOf(g), rateOf(h)),
      empty: left.filter(isEmpty).map(about),
      small: left.filter((label) => !isEmpty(label)).map(about),
    };
  }
}

interface GroupRates {
  readonly group: number;
  /** The classes that it is about, undefined for the group as a whole; and where those with samples have their value. */
  readonly all: readonly (number | undefined)[];
  readonly places: ReadonlyMap<number | undefined, number>;
  /** Those without samples. */
  readonly without: ReadonlySet<number | undefined>;
  readonly values: Vector;
}

function nothing(summary: Summary): Measures {
  return { subjects: [], values: summary.constant([]), divisors: [], empty: [], small: [] };
}

const recallDifference = betweenGroups("recallDifference", recallIn, difference);
const falsePositiveRateDifference = betweenGroups(
  "falsePositiveRateDifference",
  falsePositiveRateIn,
  difference,
);

/** The formula of everything that compares groups. */
export const comparisons = {
  coverageDifference: betweenGroups("coverageDifference", coverageIn, difference),
  coverageRatio: betweenGroups("coverageRatio", coverageIn, ratio),
  recallDifference,
  recallRatio: betweenGroups("recallRatio", recallIn, ratio),
  falsePositiveRateDifference,
  equalizedOddsDifference: (summary, classes, context) =>
    joined([
      recallDifference(summary, classes, context),
      falsePositiveRateDifference(summary, classes, context),
    ]),
  accuracyDifference: betweenGroups("accuracyDifference", accuracyIn, difference),
} satisfies Partial<Record<MetricId, Formula>>;
