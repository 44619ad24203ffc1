/** Constraints on the confusion matrix: values, slacks, multipliers (method.md section 4). */
import type { ConfusionSummary } from "./confusion.ts";
import { concatenate, type Vector } from "./differentiate.ts";
import type { ObjectiveContext } from "./objectives.ts";
import type { Bucket } from "./problem.ts";

export const constraintMetrics = [
  "coverage",
  "recall",
  "precision",
  "headCoverage",
  "tailCoverage",
  "coverageGap",
  "coverageRatio",
  "recallGap",
  "recallRatio",
  "falsePositiveRateGap",
  "equalizedOddsGap",
] as const;
export type ConstraintMetric = (typeof constraintMetrics)[number];

/** `classes` are indices (all classes when absent); gaps are bounded from above, ratios and shares from either side. */
export interface Constraint {
  readonly metric: ConstraintMetric;
  readonly classes?: readonly number[];
  readonly atLeast?: number;
  readonly atMost?: number;
}

type Values = (summary: ConfusionSummary, classes: readonly number[], context: ObjectiveContext) => Vector;

function groupsOf(buckets: readonly Bucket[]): number[] {
  const groups = buckets.flatMap((bucket) => (bucket.group === null ? [] : [bucket.group]));
  return [...new Set(groups)].sort((a, b) => a - b);
}

/** Ordered pairs of different groups; gaps over ordered pairs bound the absolute difference. */
function groupPairs(buckets: readonly Bucket[]): [number, number][] {
  const groups = groupsOf(buckets);
  return groups.flatMap((g) => groups.filter((h) => h !== g).map((h): [number, number] => [g, h]));
}

/** Share of the buckets that `includes` keeps predicted as each class: column sums over their row mass. */
function predictedShare(
  summary: ConfusionSummary,
  classes: readonly number[],
  includes: (bucket: Bucket) => boolean,
): Vector {
  const mass = summary.rowSums.dot(summary.buckets.map((bucket) => (includes(bucket) ? 1 : 0)));
  return summary
    .columnSums(includes)
    .take(classes)
    .over(mass.take(classes.map(() => 0)));
}

function groupCoverage(summary: ConfusionSummary, classes: readonly number[], group: number): Vector {
  return predictedShare(summary, classes, (bucket) => bucket.group === group);
}

/** FPR of each class within a group: its share among the group's samples of other classes. */
function groupFalsePositiveRate(
  summary: ConfusionSummary,
  classes: readonly number[],
  group: number,
): Vector {
  return concatenate(
    classes.map((label) =>
      predictedShare(summary, [label], (bucket) => bucket.group === group && bucket.label !== label),
    ),
  );
}

function overPairs(
  summary: ConfusionSummary,
  ofGroup: (group: number) => Vector,
  compare: (a: Vector, b: Vector) => Vector,
): Vector {
  const values = new Map(groupsOf(summary.buckets).map((group) => [group, ofGroup(group)]));
  const parts = groupPairs(summary.buckets).flatMap(([g, h]) => {
    const [a, b] = [values.get(g), values.get(h)];
    return a === undefined || b === undefined ? [] : [compare(a, b)];
  });
  return concatenate(parts);
}

/** Recall compared between groups, for the classes that both groups have. */
function recallPairs(
  summary: ConfusionSummary,
  classes: readonly number[],
  compare: (a: Vector, b: Vector) => Vector,
): Vector {
  const place = new Map(summary.buckets.map((bucket, b) => [`${bucket.label}/${bucket.group}`, b]));
  const pairs = groupPairs(summary.buckets).flatMap(([g, h]) =>
    classes.flatMap((label) => {
      const [a, b] = [place.get(`${label}/${g}`), place.get(`${label}/${h}`)];
      return a === undefined || b === undefined ? [] : [[a, b]];
    }),
  );
  return compare(summary.recall.take(pairs.map(([a]) => a)), summary.recall.take(pairs.map(([, b]) => b)));
}

const difference = (a: Vector, b: Vector) => a.minus(b);
const ratio = (a: Vector, b: Vector) => a.over(b.scale(1, 1e-9));

function meanCoverage(summary: ConfusionSummary, include: readonly boolean[]): Vector {
  const count = include.filter(Boolean).length;
  return summary.columnSums().dot(include.map((included) => (included ? 1 / Math.max(count, 1) : 0)));
}

const valuesOf: Record<ConstraintMetric, Values> = {
  coverage: (summary, classes) => summary.columnSums().take(classes),
  recall: (summary, classes) =>
    summary.recall.take(summary.buckets.flatMap((bucket, b) => (classes.includes(bucket.label) ? [b] : []))),
  precision: (summary, classes) => {
    const labels = summary.buckets.map((bucket) => bucket.label);
    const correct = summary.diagonal.sumBy(labels, summary.classes).take(classes);
    return correct.over(summary.columnSums().take(classes).scale(1, 1e-12));
  },
  headCoverage: (summary, _classes, context) => meanCoverage(summary, context.isHead),
  tailCoverage: (summary, _classes, context) =>
    meanCoverage(
      summary,
      context.isHead.map((isHead) => !isHead),
    ),
  coverageGap: (summary, classes) =>
    overPairs(summary, (group) => groupCoverage(summary, classes, group), difference),
  coverageRatio: (summary, classes) =>
    overPairs(summary, (group) => groupCoverage(summary, classes, group), ratio),
  recallGap: (summary, classes) => recallPairs(summary, classes, difference),
  recallRatio: (summary, classes) => recallPairs(summary, classes, ratio),
  falsePositiveRateGap: (summary, classes) =>
    overPairs(summary, (group) => groupFalsePositiveRate(summary, classes, group), difference),
  equalizedOddsGap: (summary, classes) =>
    concatenate([
      recallPairs(summary, classes, difference),
      overPairs(summary, (group) => groupFalsePositiveRate(summary, classes, group), difference),
    ]),
};

/** Metrics that compare groups; they need a table with groups. */
export function needsGroups(metric: ConstraintMetric): boolean {
  return /(Gap|Ratio)$/.test(metric);
}

/** The values a constraint bounds, on the summary's tape. */
export function constraintValues(
  summary: ConfusionSummary,
  constraint: Constraint,
  context: ObjectiveContext,
): Vector {
  const classes = constraint.classes ?? Array.from({ length: summary.classes }, (_unused, index) => index);
  return valuesOf[constraint.metric](summary, classes, context);
}

/** Slacks of a constraint, positive where it holds: value - atLeast, then atMost - value. */
export function constraintSlacks(values: Vector, constraint: Constraint): Vector {
  const parts: Vector[] = [];
  if (constraint.atLeast !== undefined) parts.push(values.scale(1, -constraint.atLeast));
  if (constraint.atMost !== undefined) parts.push(values.scale(-1, constraint.atMost));
  if (parts.length === 0)
    throw new RangeError(`constraint on ${constraint.metric} has neither atLeast nor atMost`);
  return concatenate(parts);
}

const LARGEST_MULTIPLIER = 100;
const SLACK_SCALE = 0.01;

/**
 * lambda / (1 + max lambda) with lambda = max(0, 100 (1 - exp(slack / 0.01))): the published rule for a bound, without
 * memory, normalised so that the objective keeps a share of the signal.
 */
export function slackMultipliers(slacks: ArrayLike<number>): Float64Array {
  const raw = Float64Array.from(
    slacks,
    (slack) => LARGEST_MULTIPLIER * (1 - Math.exp(Math.min(slack, 0) / SLACK_SCALE)),
  );
  const largest = raw.reduce((most, lambda) => Math.max(most, lambda), 0);
  return raw.map((lambda) => lambda / (1 + largest));
}

/** psi + sum_c lambda_c slack_c; psi itself when there are no constraints. */
export function withConstraints(psi: Vector, slacks: Vector | null, multipliers: ArrayLike<number>): Vector {
  return slacks === null ? psi : psi.plus(slacks.dot(multipliers));
}
