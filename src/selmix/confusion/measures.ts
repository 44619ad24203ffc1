/** What can be bounded, on the tape of a confusion matrix: values, each with what it is about and what it divides by. */
import type { ConstraintId, MetricId, RaisedId } from "../../metrics/catalogue.ts";
import type { Bucket } from "../problem.ts";
import { comparisons, ratio } from "./betweenGroups.ts";
import type { Summary } from "./confusion.ts";
import type { Vector } from "./differentiate.ts";
import {
  aboutClasses,
  everyClass,
  type Formula,
  groupsOf,
  joined,
  type Measures,
  type ObjectiveContext,
  placesOf,
  recognised,
  type Subject,
} from "./shares.ts";

/** Recall of each class, whatever its groups. */
export function classRecall(summary: Summary, classes = everyClass(summary)): Measures {
  const places = placesOf(classes, summary.classes);
  return recognised(summary, aboutClasses("recall", classes), ({ label }) => places[label]);
}

/** Recall of each class in each group. */
export function cellRecall(summary: Summary, classes = everyClass(summary)): Measures {
  const groups = groupsOf(summary.buckets);
  const places = placesOf(classes, summary.classes);
  const subjects = classes.flatMap((label) =>
    groups.map((group): Subject => ({ metric: "groupRecall", classes: [label], groups: [group] })),
  );
  const placeOf = ({ label, group }: Bucket) =>
    places[label] < 0 || group === null ? -1 : places[label] * groups.length + groups.indexOf(group);
  return recognised(summary, subjects, placeOf, true);
}

function meanOver(values: Vector, include: readonly boolean[]): Vector {
  const count = include.filter(Boolean).length;
  return values.dot(include.map((included) => (included ? 1 / Math.max(count, 1) : 0)));
}

/** A mean over the classes that are wanted; without a value where there are none. */
function meanMeasure(metric: MetricId, values: Vector, wanted: readonly boolean[]): Measures {
  const subject = { metric, classes: [], groups: [] };
  if (!wanted.includes(true))
    return { subjects: [], values: values.take([]), divisors: [], empty: [subject], small: [] };
  return { subjects: [subject], values: meanOver(values, wanted), divisors: [1], empty: [], small: [] };
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
export function sideRecalls(summary: Summary, context: ObjectiveContext): Measures {
  return joined([formulas.headRecall(summary, [], context), formulas.tailRecall(summary, [], context)]);
}

/** What is bounded and no objective: of classes, of groups, of either side; and accuracy, which is both. */
export type RateId = Exclude<ConstraintId, RaisedId> | "accuracy";

/** The formula of every rate. */
const formulas: Readonly<Record<RateId, Formula>> = {
  coverage: (summary, classes) => ({
    subjects: aboutClasses("coverage", classes),
    values: summary.columnSums().take(classes),
    divisors: classes.map(() => 1),
    empty: [],
    small: [],
  }),
  recall: (summary, classes) => classRecall(summary, [...classes]),
  precision: (summary, classes) => {
    const labels = summary.buckets.map((bucket) => bucket.label);
    const correct = summary.diagonal.sumBy(labels, summary.classes).take(classes);
    const predicted = summary.columnSums().take(classes);
    return {
      subjects: aboutClasses("precision", classes),
      ...ratio(correct, predicted),
      empty: [],
      small: [],
    };
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
    const placeOf = ({ group }: Bucket) => (group === null ? -1 : groups.indexOf(group));
    return recognised(summary, subjects, placeOf, true);
  },
  ...comparisons,
};

/** Values of a rate. */
export function rate(
  id: RateId,
  summary: Summary,
  classes: readonly number[],
  context: ObjectiveContext,
): Measures {
  return formulas[id](summary, classes, context);
}
