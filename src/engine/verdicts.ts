/** Whether the constraints hold, by how much, and how sure that is. */
import type { ConstraintVerdict, Judgement, MultiplierNames } from "../protocol/records.ts";
import { type BucketRows, boundEstimate } from "../selmix/boundEstimates.ts";
import { ConfusionSummary, exactConfusion } from "../selmix/confusion.ts";
import { type Bound, type Bounded, boundedValues } from "../selmix/constraints.ts";
import type { Subject } from "../selmix/measures.ts";
import { goalOf } from "../selmix/settings.ts";
import { multiplierSubjects } from "../selmix/steering.ts";
import { intervalOf } from "../statistics/estimate.ts";
import type { CountedRows } from "./buckets.ts";
import type { Measured, MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { settingsOf } from "./settings.ts";

/** Bounds are met up to rounding of the shares. */
const rounding = 1e-9;

/** One verdict for each bound of each constraint. */
export function verdictsOf(prepared: Prepared, { validation, test }: MeasuredHead): ConstraintVerdict[] {
  if (prepared.constraints.length === 0) return [];
  const onValidation = judge(prepared, prepared.problem.validation, validation);
  const onTest = prepared.test && test && judge(prepared, prepared.test, test);
  return onValidation.map(({ bound, judgement }, at) => ({
    ...bound,
    ...judgement,
    satisfied: judgement.status === "holds",
    test: onTest?.[at]?.judgement ?? null,
  }));
}

/** What the multipliers of a run belong to, by name. */
export function multiplierNamesOf(prepared: Prepared): MultiplierNames {
  const { objective, constraints } = multiplierSubjects(prepared.problem, goalOf(settingsOf(prepared)));
  return {
    objective: objective.map((subject) => named(prepared, subject)),
    constraints: constraints.map(({ bound, subject }) => ({ ...bound, ...named(prepared, subject) })),
  };
}

/** Every bound with how it stands on one set. */
function judge(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
): { bound: Bound; judgement: Judgement }[] {
  const { cells, problem, constraints, isHead } = prepared;
  const { classes } = problem;
  const summary = new ConfusionSummary(exactConfusion(measured.weighed, cells, classes));
  return boundedValues(summary, constraints, { isHead }).map((bounded) => {
    const { bound, measures } = bounded;
    const { place, holds } = nearest(bounded);
    const interval =
      place === null ? null : intervalFor(prepared, set, measured, bounded, measures.values.value[place]);
    const missing = unjudged(bounded);
    if (place !== null && interval !== null && (!holds || missing === null)) {
      const subject = measures.subjects[place];
      const status = holds ? "holds" : "missed";
      return { bound, judgement: { ...named(prepared, subject), ...interval, status, reason: null } };
    }
    const subject = missing?.subject ?? { metric: bound.metric, classes: [], groups: [] };
    const about = named(prepared, subject);
    const nothing = { value: null, low: null, high: null };
    return {
      bound,
      judgement: {
        ...about,
        ...nothing,
        status: "notJudged",
        reason: reasonOf(about, missing?.why ?? "noSamples"),
      },
    };
  });
}

/** The value furthest beyond its bound, or nearest to it, of those that say something; and whether it keeps the bound. */
export function nearest({ bound: { kind, bound }, measures }: Bounded): {
  place: number | null;
  holds: boolean;
} {
  const sign = kind === "atLeast" ? 1 : -1;
  let [place, least]: [number | null, number] = [null, Infinity];
  measures.values.value.forEach((value, at) => {
    const slack = sign * (value - bound);
    if (measures.divisors[at] > 0 && slack < least) [place, least] = [at, slack];
  });
  return { place, holds: least >= -rounding };
}

/** What has no value; null where all have one. */
export function unjudged({ measures: { subjects, divisors, empty } }: Bounded): Unjudged | null {
  const undefinedAt = subjects.findIndex((_, at) => !(divisors[at] > 0));
  if (empty[0]) return { subject: empty[0], why: "noSamples" };
  return subjects[undefinedAt] ? { subject: subjects[undefinedAt], why: "overNothing" } : null;
}

/** What has no value, and why: no samples, or its value divides by nothing. */
export interface Unjudged {
  readonly subject: Subject;
  readonly why: "noSamples" | "overNothing";
}

/** Why, in a sentence; `about` is the subject by name. */
export function reasonOf(
  { part, classes, groups }: Pick<Judgement, "part" | "classes" | "groups">,
  why: Unjudged["why"],
): string {
  const who = classes.join(", ");
  if (why === "overNothing") {
    // A ratio is of the first group over the second.
    const where = groups.length > 1 ? ` in ${groups[1]}` : "";
    return `${who} is never ${part === "recallRatio" ? "recognised" : "predicted"}${where}.`;
  }
  const what = who === "" ? "There are no samples" : `${who} has no samples`;
  return groups.length === 0
    ? `${what} to judge it by.`
    : `${what} to judge it by in ${groups.join(" or ")}.`;
}

export function named({ classes, groupNames: groups }: Prepared, subject: Subject) {
  return {
    part: subject.metric,
    attribute: subject.groups.length > 0 ? "group" : null,
    classes: subject.classes.map((label) => classes[label] ?? `class ${label}`),
    groups: subject.groups.map((group) => groups[group] ?? `group ${group}`),
  };
}

/** Rows as intervals are made from them. */
export function rowsOf(
  cells: BucketRows["buckets"],
  classes: number,
  set: CountedRows,
  predictions: Int32Array,
): BucketRows {
  const { weights } = set;
  return { buckets: cells, classes, bucketOf: set.cells, predictions, ...(weights && { weights }) };
}

/** 95 % interval of the value nearest to a bound: of the least or greatest of all that are bounded, in the population. */
export function intervalFor(
  { cells, problem: { classes }, isHead }: Prepared,
  set: CountedRows,
  { predictions }: Measured,
  { bound: { metric, kind }, measures: { subjects, empty } }: Bounded,
  value: number,
): Pick<Judgement, "value" | "low" | "high"> {
  const about = [...new Set([...subjects, ...empty].flatMap((subject) => subject.classes))];
  const rows = rowsOf(cells, classes, set, predictions);
  const estimate = boundEstimate({ metric, kind, classes: about }, rows, isHead);
  // One of several ratios is over nothing: the others have values, of which nothing is sure together.
  if (estimate === null) return { value, low: null, high: null };
  const { low, high } = intervalOf(estimate);
  return { value, low: Math.min(low, value), high: Math.max(high, value) };
}
