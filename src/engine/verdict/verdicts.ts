/** Whether the constraints hold, by how much, and how sure that is. */

import type { ConstraintVerdict, Judgement, MultiplierNames } from "../../protocol/records.ts";
import { ConfusionSummary, exactConfusion } from "../../selmix/confusion/confusion.ts";
import { type Bound, type Bounded, boundedValues } from "../../selmix/confusion/constraints.ts";
import type { Subject } from "../../selmix/confusion/shares.ts";
import { goalOf } from "../../selmix/steering/settings.ts";
import { multiplierSubjects } from "../../selmix/steering/steering.ts";
import { type Estimate, intervalOf as limitsOf } from "../../statistics/estimate.ts";
import { fewSamplesText } from "../../words/constraints.ts";
import { className, groupName, listed } from "../../words/names.ts";
import type { Measured, MeasuredHead } from "../measure/measured.ts";
import { countMeant, rowsInGroups } from "../problem/meantRows.ts";
import type { Prepared } from "../problem/prepare.ts";
import { reportedBefore } from "../problem/reference.ts";
import { settingsOf } from "../problem/settings.ts";
import type { CountedRows } from "../tables/buckets.ts";
import { classesOf, estimateOf, keeps, shortageOf } from "./assurance.ts";

/** One verdict for each bound of each constraint. */
export function verdictsOf(prepared: Prepared, { validation, test }: MeasuredHead): ConstraintVerdict[] {
  if (prepared.constraints.length === 0) return [];
  const onValidation = judge(prepared, prepared.problem.validation, validation, shortageOf);
  const onTest = prepared.test && test && judge(prepared, prepared.test, test, () => null);
  return onValidation.map(({ bound, judgement }, at) => {
    const examined = onTest?.[at]?.judgement ?? null;
    const proof = prepared.testIsSeen ? null : examined;
    const satisfied = judgement.status === "holds" || (isUnsure(judgement) && isProved(bound, proof));
    return { ...bound, ...judgement, satisfied, test: examined };
  });
}

/** Whether values keep a bound by too few rows to say so. */
export function isUnsure({ status, value }: Pick<Judgement, "status" | "value">): boolean {
  return status === "notJudged" && value !== null;
}

/** Whether the whole interval on test, which chose nothing, keeps a bound: then validation need not have the rows to say so. */
function isProved({ kind, bound }: Bound, test: Judgement | null): boolean {
  if (test?.status !== "holds" || test.low === null || test.high === null) return false;
  return kind === "atLeast" ? test.low >= bound : test.high <= bound;
}

/** What the multipliers of a run belong to, by name. */
export function multiplierNamesOf(prepared: Prepared): MultiplierNames {
  const { objective, constraints } = multiplierSubjects(prepared.problem, goalOf(settingsOf(prepared)));
  return {
    objective: objective.map((subject) => named(prepared, subject)),
    constraints: constraints.map(({ bound, subject }) => ({ ...bound, ...named(prepared, subject) })),
  };
}

/** Every bound with how it stands on one set. @param doubt why rows that keep a bound are too few to say that it holds */
function judge(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  doubt: typeof shortageOf,
): { bound: Bound; judgement: Judgement }[] {
  const { problem, constraints, isHead } = prepared;
  const { classes } = problem;
  const summary = new ConfusionSummary(exactConfusion(measured.weighed, set.supported, classes));
  const context = { isHead, ...reportedBefore(prepared, set) };
  return boundedValues(summary, constraints, context).map((bounded) => {
    const { bound, measures } = bounded;
    const { place, holds } = nearest(bounded);
    const missing = unjudged(bounded);
    if (place !== null && (!holds || missing === null)) {
      const about = named(prepared, measures.subjects[place]);
      const worst = estimateOf(prepared, set, measured, bounded, classesOf(bounded));
      const interval = intervalOf(worst, measures.values.value[place]);
      const reason = holds && worst !== null ? doubt(prepared, set, measured, bounded, worst) : null;
      const status = !holds ? "missed" : reason === null ? "holds" : "notJudged";
      return { bound, judgement: { ...about, ...interval, status, reason } };
    }
    const unknown = missing ?? {
      subject: { metric: bound.metric, classes: [], groups: [] },
      why: "noSamples" as const,
    };
    const reason = reasonOf(prepared, unknown, measured);
    const judgement = { value: null, low: null, high: null, status: "notJudged" as const, reason };
    return { bound, judgement: { ...named(prepared, unknown.subject), ...judgement } };
  });
}

/** The value furthest beyond its bound, or nearest to it, of those that say something; and whether it keeps the bound. */
export function nearest({ bound: its, measures }: Bounded): {
  place: number | null;
  holds: boolean;
} {
  const { kind, bound } = its;
  const sign = kind === "atLeast" ? 1 : -1;
  let [place, least]: [number | null, number] = [null, Infinity];
  measures.values.value.forEach((value, at) => {
    const slack = sign * (value - bound);
    if (measures.divisors[at] > 0 && slack < least) [place, least] = [at, slack];
  });
  return { place, holds: place === null || keeps(measures.values.value[place], its) };
}

/** What has no value; null where all have one. */
export function unjudged({ bound, measures }: Bounded): Unjudged | null {
  const { subjects, divisors, empty, small } = measures;
  if (subjects.length + empty.length + small.length === 0)
    return { subject: { metric: bound.metric, classes: [], groups: [] }, why: "oneGroup" };
  const undefinedAt = subjects.findIndex((_, at) => !(divisors[at] > 0));
  if (empty[0]) return { subject: empty[0], why: "noSamples" };
  if (small[0]) return { subject: small[0], why: "fewSamples" };
  return subjects[undefinedAt] ? { subject: subjects[undefinedAt], why: "overNothing" } : null;
}

/** What has no value, and why: no samples, too few of them, its value divides by nothing, or there is no other group. */
export interface Unjudged {
  readonly subject: Subject;
  readonly why: "noSamples" | "fewSamples" | "overNothing" | "oneGroup";
}

/** Why, in a sentence. */
export function reasonOf(
  prepared: Prepared,
  { subject, why }: Unjudged,
  { counts }: Pick<Measured, "counts">,
): string {
  const { part, classes, groups } = named(prepared, subject);
  const who = classes.join(", ");
  if (why === "oneGroup") return "there is only one group, and so nothing to compare.";
  if (why === "overNothing") {
    // A ratio is of the first group over the second.
    const where = groups.length > 1 ? ` in ${groups[1]}` : "";
    return `${who} is never ${part === "recallRatio" ? "recognised" : "predicted"}${where}.`;
  }
  if (why === "fewSamples") {
    const { minimumSupport } = prepared.project.configuration;
    const few = rowsInGroups(subject, prepared)
      .map((meant) => ({ name: meant.name, samples: countMeant(meant, prepared, counts) }))
      .filter(({ samples }) => samples < minimumSupport);
    return fewSamplesText(few, minimumSupport);
  }
  const what = who === "" ? "there are no samples" : `${who} has no samples`;
  return groups.length === 0
    ? `${what} to judge it by.`
    : `${what} to judge it by in ${groups.join(" or ")}.`;
}

export function named({ classes, groupNames, attributes }: Prepared, subject: Subject) {
  const { attribute, groups } = subject;
  const ofAll = attributes.map(({ name }) => name);
  return {
    part: subject.metric,
    attribute: groups.length > 0 ? (attribute?.name ?? listed(ofAll, ofAll.length)) : null,
    classes: subject.classes.map((label) => className(classes, label)),
    groups: groups.map((group) => groupName(attribute?.values ?? groupNames, group)),
  };
}

/** 95 % interval of the value nearest to a bound: of the least or greatest of all that are bounded, in the population. */
export function intervalFor(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  bounded: Bounded,
  value: number,
): Pick<Judgement, "value" | "low" | "high"> {
  return intervalOf(estimateOf(prepared, set, measured, bounded, classesOf(bounded)), value);
}

function intervalOf(estimate: Estimate | null, value: number): Pick<Judgement, "value" | "low" | "high"> {
  // One of several ratios is over nothing: the others have values, of which nothing is sure together.
  if (estimate === null) return { value, low: null, high: null };
  const { low, high } = limitsOf(estimate);
  return { value, low: Math.min(low, value), high: Math.max(high, value) };
}
