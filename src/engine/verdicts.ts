/** Whether the constraints hold, by how much, and how sure that is (bootstrap over the rows of a set, within cells). */
import type { ConstraintVerdict, Interval, Judgement, MultiplierNames } from "../protocol/records.ts";
import { ConfusionSummary, exactConfusion } from "../selmix/confusion.ts";
import { type Bound, type Bounded, boundedValues } from "../selmix/constraints.ts";
import { percentileInterval, replicatesFor, rowsByBucket } from "../selmix/intervals.ts";
import type { Subject } from "../selmix/measures.ts";
import { Random } from "../selmix/random.ts";
import { goalOf } from "../selmix/settings.ts";
import { multiplierSubjects } from "../selmix/steering.ts";
import type { CountedRows } from "./buckets.ts";
import type { Measured, MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { settingsOf } from "./settings.ts";

/** Stream of the random numbers drawn here. */
const randomStream = 11;
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
  const valuesOf = (counts: Int32Array) =>
    boundedValues(new ConfusionSummary(exactConfusion(counts, cells, classes)), constraints, { isHead });
  const found = valuesOf(measured.counts).map((bounded) => ({ bounded, ...nearest(bounded) }));
  const replicates = resampled(prepared, set, measured, (counts) => {
    const drawn = valuesOf(counts);
    return found.map(({ place }, at) => drawn[at]?.measures.values.value[place ?? -1] ?? Number.NaN);
  });
  return found.map(({ bounded, place, holds }, at) => {
    const { bound, measures } = bounded;
    const value = place === null ? null : (measures.values.value[place] ?? null);
    const interval =
      value === null
        ? { value, low: null, high: null }
        : intervalOf(
            value,
            replicates.map((replicate) => replicate[at] ?? Number.NaN),
          );
    const missing = unjudged(bounded);
    if (place !== null && (!holds || missing === null)) {
      const subject = measures.subjects[place];
      const status = holds ? "holds" : "missed";
      return { bound, judgement: { ...named(prepared, subject), ...interval, status, reason: null } };
    }
    const subject = missing ?? { metric: bound.metric, classes: [], groups: [] };
    const about = named(prepared, subject);
    const nothing = { value: null, low: null, high: null };
    return { bound, judgement: { ...about, ...nothing, status: "notJudged", reason: reasonOf(about) } };
  });
}

/** The value furthest beyond its bound, or nearest to it, of those that say something; and whether it keeps the bound. */
function nearest({ bound: { kind, bound }, measures }: Bounded): { place: number | null; holds: boolean } {
  const sign = kind === "atLeast" ? 1 : -1;
  let [place, least]: [number | null, number] = [null, Infinity];
  measures.values.value.forEach((value, at) => {
    const slack = sign * (value - bound);
    if (measures.divisors[at] > 0 && slack < least) [place, least] = [at, slack];
  });
  return { place, holds: least >= -rounding };
}

/** What has no value: it has no samples, or its value divides by nothing. Null where all have one. */
function unjudged({ measures: { subjects, divisors, empty } }: Bounded): Subject | null {
  const undefinedAt = subjects.findIndex((_, at) => !(divisors[at] > 0));
  return empty[0] ?? subjects[undefinedAt] ?? null;
}

function reasonOf({ part, classes, groups }: Pick<Judgement, "part" | "classes" | "groups">): string {
  const [who, where] = [classes.join(", "), groups.join(" or ")];
  if (part === "precision") return `${who} is never predicted.`;
  const what = who === "" ? "There are no samples" : `${who} has no samples`;
  return where === "" ? `${what} to judge it by.` : `${what} to judge it by in ${where}.`;
}

function named({ classes, project }: Prepared, subject: Subject) {
  const groups = project.configuration.groups ?? [];
  return {
    part: subject.metric,
    attribute: subject.groups.length > 0 ? "group" : null,
    classes: subject.classes.map((label) => classes[label] ?? `class ${label}`),
    groups: subject.groups.map((group) => groups[group] ?? `group ${group}`),
  };
}

/** What is measured on each of some bootstrap samples of a set. */
function resampled<Value>(
  { cells, problem: { classes }, project }: Prepared,
  set: CountedRows,
  { predictions }: Measured,
  measure: (counts: Int32Array) => Value,
): Value[] {
  const rows = rowsByBucket(set.cells, cells.length);
  const random = new Random(project.configuration.tuning.seed, randomStream);
  const counts = new Int32Array(cells.length * classes);
  return Array.from({ length: replicatesFor(set.rows.count) }, () => {
    counts.fill(0);
    rows.forEach((cellRows, b) => {
      for (let draw = 0; draw < cellRows.length; draw++) {
        const row = cellRows[random.integer(cellRows.length)] ?? 0;
        counts[b * classes + predictions[row]]++;
      }
    });
    return measure(counts);
  });
}

/** Replicates in which the value says nothing are left out. */
function intervalOf(value: number, replicates: readonly number[]): Interval {
  const known = replicates.filter(Number.isFinite);
  return percentileInterval(value, known.length === 0 ? [value] : known);
}

/** A warning for each bound that does not hold on validation. */
export function unsatisfied(verdicts: readonly ConstraintVerdict[]): string[] {
  return verdicts.flatMap(({ satisfied, status, metric, kind, bound, value, reason }) => {
    if (satisfied) return [];
    return status === "missed" && value !== null
      ? [`Not satisfied on validation: ${metric} ${kind} ${bound} is ${value.toFixed(4)}.`]
      : [`Not judged on validation: ${metric} ${kind} ${bound}. ${reason ?? ""}`.trim()];
  });
}
