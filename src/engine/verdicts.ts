/** Whether the constraints hold, by how much, and how sure that is (bootstrap over the rows of a set, within buckets). */
import type { BucketRecord, ConstraintVerdict, Interval } from "../protocol/records.ts";
import { ConfusionSummary, confusionFromCounts } from "../selmix/confusion.ts";
import { type Constraint, constraintValues } from "../selmix/constraints.ts";
import { percentileInterval, replicatesFor, rowsByBucket } from "../selmix/intervals.ts";
import type { LabelledRows } from "../selmix/problem.ts";
import { Random } from "../selmix/random.ts";
import type { Measured, MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";

/** Stream of the random numbers drawn here. */
const randomStream = 11;
/** Bounds are met up to rounding of the shares. */
const rounding = 1e-9;

interface Bound {
  readonly constraint: Constraint;
  readonly kind: "atLeast" | "atMost";
  readonly bound: number;
}

/** One verdict for each bound of each constraint. */
export function verdictsOf(prepared: Prepared, { validation, test }: MeasuredHead): ConstraintVerdict[] {
  const bounds = prepared.constraints.flatMap((constraint): Bound[] => [
    ...(constraint.atLeast === undefined
      ? []
      : [{ constraint, kind: "atLeast" as const, bound: constraint.atLeast }]),
    ...(constraint.atMost === undefined
      ? []
      : [{ constraint, kind: "atMost" as const, bound: constraint.atMost }]),
  ]);
  if (bounds.length === 0) return [];
  const onValidation = worstValues(prepared, prepared.problem.validation, validation, bounds);
  const onTest = prepared.test && test && worstValues(prepared, prepared.test, test, bounds);
  return bounds.flatMap(({ constraint, kind, bound }, at) => {
    const worst = onValidation[at];
    if (!worst) return [];
    const { value, low, high } = worst.interval;
    return [
      {
        metric: valueNames(constraint, prepared)[worst.index] ?? constraint.metric,
        kind,
        bound,
        value,
        low,
        high,
        satisfied: kind === "atLeast" ? value >= bound - rounding : value <= bound + rounding,
        test: onTest?.[at]?.interval ?? null,
      },
    ];
  });
}

/** Of each bound the value that meets it worst, with its interval; null where nothing can be measured. */
function worstValues(
  prepared: Prepared,
  set: LabelledRows,
  measured: Measured,
  bounds: readonly Bound[],
): ({ index: number; interval: Interval } | null)[] {
  const { buckets, classes } = prepared.problem;
  const context = { isHead: prepared.isHead };
  const valuesOf = (counts: Int32Array) => {
    const present = withSamples(counts, classes);
    const confusion = confusionFromCounts(
      present.flatMap((b) => [...counts.subarray(b * classes, (b + 1) * classes)]),
      present.flatMap((b) => buckets[b] ?? []),
      classes,
    );
    const summary = new ConfusionSummary(confusion);
    return bounds.map(({ constraint }) => constraintValues(summary, constraint, context).value);
  };
  const values = valuesOf(measured.counts);
  const worst = bounds.map(({ kind }, at) => worstIndex(values[at] ?? new Float64Array(0), kind));
  const rows = rowsByBucket(set.buckets, buckets.length);
  const random = new Random(prepared.project.configuration.tuning.seed, randomStream);
  const counts = new Int32Array(buckets.length * classes);
  const replicates = Array.from({ length: replicatesFor(set.rows.count) }, () => {
    counts.fill(0);
    rows.forEach((bucketRows, b) => {
      for (let draw = 0; draw < bucketRows.length; draw++) {
        const row = bucketRows[random.integer(bucketRows.length)] ?? 0;
        const cell = b * classes + (measured.predictions[row] ?? 0);
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
    });
    return valuesOf(counts).map((replicate, at) => replicate[worst[at] ?? 0] ?? Number.NaN);
  });
  return worst.map((index, at) => {
    const value = values[at]?.[index];
    if (value === undefined) return null;
    return {
      index,
      interval: percentileInterval(
        value,
        replicates.map((replicate) => replicate[at] ?? value),
      ),
    };
  });
}

function withSamples(counts: Int32Array, classes: number): number[] {
  return Array.from({ length: counts.length / classes }, (_, b) => b).filter((b) =>
    counts.subarray(b * classes, (b + 1) * classes).some((count) => count > 0),
  );
}

function worstIndex(values: Float64Array, kind: Bound["kind"]): number {
  const sign = kind === "atLeast" ? 1 : -1;
  return values.reduce(
    (worst, value, index) => (sign * value < sign * (values[worst] ?? value) ? index : worst),
    0,
  );
}

/** What each value of a constraint is about, in the order of `constraintValues`. */
function valueNames({ metric, classes: chosen }: Constraint, prepared: Prepared): string[] {
  const { classes, buckets } = prepared;
  const labels = chosen ?? classes.map((_, label) => label);
  const named = (names: readonly string[]) => names.map((name) => `${metric}[${name}]`);
  switch (metric) {
    case "coverage":
    case "precision":
      return named(labels.map((label) => classes[label] ?? `${label}`));
    case "recall":
      return named(buckets.filter(({ label }) => labels.includes(label)).map(({ name }) => name));
    case "headCoverage":
    case "tailCoverage":
      return [metric];
    case "recallGap":
    case "recallRatio":
      return named(comparedRecalls(labels, buckets, prepared));
    case "equalizedOddsGap":
      return named([
        ...comparedRecalls(labels, buckets, prepared),
        ...comparedClasses(labels, prepared).map((name) => `${name}, false positives`),
      ]);
    case "coverageGap":
    case "coverageRatio":
    case "falsePositiveRateGap":
      return named(comparedClasses(labels, prepared));
  }
}

function groupPairs({ buckets, project }: Prepared): { pair: [number, number]; name: string }[] {
  const groups = [...new Set(buckets.flatMap(({ group }) => (group === null ? [] : [group])))].sort(
    (a, b) => a - b,
  );
  const name = (group: number) => project.configuration.groups?.[group] ?? `group ${group}`;
  return groups.flatMap((g) =>
    groups
      .filter((h) => h !== g)
      .map((h) => ({ pair: [g, h] as [number, number], name: `${name(g)} : ${name(h)}` })),
  );
}

function comparedClasses(labels: readonly number[], prepared: Prepared): string[] {
  return groupPairs(prepared).flatMap(({ name }) =>
    labels.map((label) => `${prepared.classes[label] ?? label}, ${name}`),
  );
}

function comparedRecalls(
  labels: readonly number[],
  buckets: readonly BucketRecord[],
  prepared: Prepared,
): string[] {
  const has = (label: number, group: number) =>
    buckets.some((bucket) => bucket.label === label && bucket.group === group);
  return groupPairs(prepared).flatMap(({ pair: [g, h], name }) =>
    labels
      .filter((label) => has(label, g) && has(label, h))
      .map((label) => `${prepared.classes[label] ?? label}, ${name}`),
  );
}
