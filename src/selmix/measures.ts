/** What can be bounded, on the tape of a confusion matrix: values, each with what it is about and what it divides by. */
import type { ConstraintId, MetricId } from "../metrics/catalogue.ts";
import type { ConfusionSummary } from "./confusion.ts";
import { concatenate, Vector } from "./differentiate.ts";
import type { Bucket } from "./problem.ts";

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
  /** The group, or the two that are compared, in the order of the comparison. */
  readonly groups: readonly number[];
}

/** Values [n] of a metric. */
export interface Measures {
  readonly subjects: readonly Subject[];
  readonly values: Vector;
  /** Share of the samples or predictions that each value divides by, [n]; where that is 0, the value says nothing. */
  readonly divisors: ArrayLike<number>;
  /** What there is no sample to measure with; it has no value. */
  readonly empty: readonly Subject[];
}

/** A formula for the values of some classes. */
export type Formula = (
  summary: ConfusionSummary,
  classes: readonly number[],
  context: ObjectiveContext,
) => Measures;

/** Shares below are none: counts are whole, and rounding is far smaller than one over the samples of any set. */
const NOTHING = 1e-12;

/** part / whole for those subjects that have a whole. */
function shares(subjects: readonly Subject[], part: Vector, whole: Vector): Measures {
  const has = subjects.map((_, at) => whole.value[at] > NOTHING);
  const kept = subjects.flatMap((_, at) => (has[at] ? [at] : []));
  const divisor = whole.take(kept);
  return {
    subjects: kept.map((at) => subjects[at]),
    values: part.take(kept).over(divisor),
    divisors: divisor.value,
    empty: subjects.filter((_, at) => !has[at]),
  };
}

/** The share recognised of the samples of each subject; `placeOf` says which subject a bucket belongs to, -1 for none. */
function recognised(
  summary: ConfusionSummary,
  subjects: readonly Subject[],
  placeOf: (bucket: Bucket) => number,
): Measures {
  const places = summary.buckets.map(placeOf);
  const correct = summary.diagonal.sumBy(places, subjects.length);
  return shares(subjects, correct, summary.rowSums.sumBy(places, subjects.length));
}

const everyClass = (summary: ConfusionSummary) =>
  Array.from({ length: summary.classes }, (_unused, label) => label);

const aboutClasses = (metric: MetricId, classes: readonly number[]): Subject[] =>
  classes.map((label) => ({ metric, classes: [label], groups: [] }));

/** Where each of some classes stands among them, by label; -1 for the others. */
function placesOf(classes: readonly number[], count: number): Int32Array {
  const places = new Int32Array(count).fill(-1);
  classes.forEach((label, at) => {
    places[label] = at;
  });
  return places;
}

/** Recall of each class, whatever its groups. */
export function classRecall(summary: ConfusionSummary, classes = everyClass(summary)): Measures {
  const places = placesOf(classes, summary.classes);
  return recognised(summary, aboutClasses("recall", classes), ({ label }) => places[label]);
}

export function groupsOf(buckets: readonly Bucket[]): number[] {
  const groups = new Set<number>();
  for (const { group } of buckets) if (group !== null) groups.add(group);
  return [...groups].sort((a, b) => a - b);
}

/** Recall of each class in each group. */
export function cellRecall(summary: ConfusionSummary, classes = everyClass(summary)): Measures {
  const groups = groupsOf(summary.buckets);
  const places = placesOf(classes, summary.classes);
  const subjects = classes.flatMap((label) =>
    groups.map((group): Subject => ({ metric: "groupRecall", classes: [label], groups: [group] })),
  );
  return recognised(summary, subjects, ({ label, group }) =>
    places[label] < 0 || group === null ? -1 : places[label] * groups.length + groups.indexOf(group),
  );
}

function meanOver(values: Vector, include: readonly boolean[]): Vector {
  const count = include.filter(Boolean).length;
  return values.dot(include.map((included) => (included ? 1 / Math.max(count, 1) : 0)));
}

/** A mean over the classes that are wanted; without a value where there are none. */
function meanMeasure(metric: MetricId, values: Vector, wanted: readonly boolean[]): Measures {
  const subject = { metric, classes: [], groups: [] };
  if (!wanted.includes(true))
    return { subjects: [], values: values.take([]), divisors: [], empty: [subject] };
  return { subjects: [subject], values: meanOver(values, wanted), divisors: [1], empty: [] };
}

function sideRecall(metric: "headRecall" | "tailRecall"): Formula {
  return (summary, _classes, { isHead }) => {
    const { subjects, values } = classRecall(summary);
    const side = metric === "headRecall";
    return meanMeasure(
      metric,
      values,
      subjects.map(({ classes: [label] }) => isHead[label] === side),
    );
  };
}

function sideCoverage(metric: "headCoverage" | "tailCoverage"): Formula {
  return (summary, _classes, { isHead }) =>
    meanMeasure(
      metric,
      summary.columnSums(),
      isHead.map((head) => head === (metric === "headCoverage")),
    );
}

/** Mean recall of the head classes and of the tail classes; one of them when the other side is empty. */
export function sideRecalls(summary: ConfusionSummary, context: ObjectiveContext): Measures {
  return joined([formulas.headRecall(summary, [], context), formulas.tailRecall(summary, [], context)]);
}

function joined(parts: readonly Measures[]): Measures {
  return {
    subjects: parts.flatMap(({ subjects }) => subjects),
    values: concatenate(parts.map(({ values }) => values)),
    divisors: parts.flatMap(({ divisors }) => Array.from(divisors)),
    empty: parts.flatMap(({ empty }) => empty),
  };
}

/** A rate of each class within a group, or of the group as a whole. */
type RateInGroup = (summary: ConfusionSummary, classes: readonly number[], group: number) => Measures;

const cellsOf = (summary: ConfusionSummary, classes: readonly number[], group: number) => {
  const places = placesOf(classes, summary.classes);
  return summary.buckets.map((bucket) => (bucket.group === group ? places[bucket.label] : -1));
};

/** The share of the samples that a group has, once for each of some classes. */
function groupMass(summary: ConfusionSummary, classes: readonly number[], group: number): Vector {
  const mass = summary.rowSums.dot(summary.buckets.map((bucket) => (bucket.group === group ? 1 : 0)));
  return mass.take(classes.map(() => 0));
}

const predictedIn = (summary: ConfusionSummary, classes: readonly number[], group: number) =>
  summary.columnSums((bucket) => bucket.group === group).take(classes);

const recallIn: RateInGroup = (summary, classes, group) => {
  const places = placesOf(classes, summary.classes);
  return recognised(summary, aboutClasses("groupRecall", classes), (bucket) =>
    bucket.group === group ? places[bucket.label] : -1,
  );
};

const coverageIn: RateInGroup = (summary, classes, group) =>
  shares(
    aboutClasses("coverage", classes),
    predictedIn(summary, classes, group),
    groupMass(summary, classes, group),
  );

/** Of a group's samples of other classes, the share that is predicted as each class. */
const falsePositiveRateIn: RateInGroup = (summary, classes, group) => {
  const cells = cellsOf(summary, classes, group);
  const correct = summary.diagonal.sumBy(cells, classes.length);
  const own = summary.rowSums.sumBy(cells, classes.length);
  return shares(
    aboutClasses("falsePositiveRateDifference", classes),
    predictedIn(summary, classes, group).minus(correct),
    groupMass(summary, classes, group).minus(own),
  );
};

const accuracyIn: RateInGroup = (summary, _classes, group) =>
  recognised(summary, [{ metric: "groupAccuracy", classes: [], groups: [group] }], (bucket) =>
    bucket.group === group ? 0 : -1,
  );

type Comparison = (a: Vector, b: Vector) => { values: Vector; divisors: ArrayLike<number> };

const difference: Comparison = (a, b) => ({
  values: a.minus(b),
  divisors: new Float64Array(a.value.length).fill(1),
});

/** Over nothing there is no ratio: the value is 0 or huge then, and the divisor says so. */
const ratio: Comparison = (a, b) => {
  const away = b.value.map((share) => (share > NOTHING ? 0 : 1e-9));
  return { values: a.over(b.plus(new Vector(b.tape, away, null))), divisors: b.value };
};

/** Every ordered pair of groups: the largest difference is the largest absolute one, the least ratio that of the smaller. */
function betweenGroups(metric: MetricId, rateIn: RateInGroup, compare: Comparison): Formula {
  return (summary, classes) => {
    const rates = groupsOf(summary.buckets).map((group) => {
      const measures = rateIn(summary, classes, group);
      const all = [...measures.subjects, ...measures.empty].map(({ classes: [label] }) => label);
      const places = new Map(measures.subjects.map(({ classes: [label] }, at) => [label, at]));
      return { group, all, places, values: measures.values };
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
    return {
      subjects: kept.map(about),
      ...compare(rateOf(g), rateOf(h)),
      empty: g.all.filter((label) => !kept.includes(label)).map(about),
    };
  }
}

interface GroupRates {
  readonly group: number;
  /** The classes that it is about, undefined for the group as a whole; and where those with samples have their value. */
  readonly all: readonly (number | undefined)[];
  readonly places: ReadonlyMap<number | undefined, number>;
  readonly values: Vector;
}

function nothing(summary: ConfusionSummary): Measures {
  return { subjects: [], values: summary.constant([]), divisors: [], empty: [] };
}

const recallDifference = betweenGroups("recallDifference", recallIn, difference);
const falsePositiveRateDifference = betweenGroups(
  "falsePositiveRateDifference",
  falsePositiveRateIn,
  difference,
);

/** The formula of everything that can be bounded. */
const formulas: Readonly<Record<ConstraintId, Formula>> = {
  coverage: (summary, classes) => ({
    subjects: aboutClasses("coverage", classes),
    values: summary.columnSums().take(classes),
    divisors: classes.map(() => 1),
    empty: [],
  }),
  recall: (summary, classes) => classRecall(summary, [...classes]),
  precision: (summary, classes) => {
    const labels = summary.buckets.map((bucket) => bucket.label);
    const correct = summary.diagonal.sumBy(labels, summary.classes).take(classes);
    const predicted = summary.columnSums().take(classes);
    return { subjects: aboutClasses("precision", classes), ...ratio(correct, predicted), empty: [] };
  },
  accuracy: (summary) => recognised(summary, [{ metric: "accuracy", classes: [], groups: [] }], () => 0),
  headCoverage: sideCoverage("headCoverage"),
  tailCoverage: sideCoverage("tailCoverage"),
  headRecall: sideRecall("headRecall"),
  tailRecall: sideRecall("tailRecall"),
  groupRecall: (summary, classes) => cellRecall(summary, [...classes]),
  groupAccuracy: (summary) => {
    const groups = groupsOf(summary.buckets);
    const subjects = groups.map(
      (group): Subject => ({ metric: "groupAccuracy", classes: [], groups: [group] }),
    );
    return recognised(summary, subjects, ({ group }) => (group === null ? -1 : groups.indexOf(group)));
  },
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
};

/** Values of a metric for some classes, all by default. */
export function measure(
  metric: ConstraintId,
  summary: ConfusionSummary,
  classes: readonly number[] | undefined,
  context: ObjectiveContext,
): Measures {
  return formulas[metric](summary, classes ?? everyClass(summary), context);
}
