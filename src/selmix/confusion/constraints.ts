/** Constraints on the confusion matrix: bounds, slacks, multipliers (docs/method.md, section 4.2). */
import { type BoundKind, type ConstraintId, type Limit, readLimit } from "../../metrics/catalogue.ts";
import type { Attribute } from "./attribute.ts";
import { type Meant, measure } from "./bounded.ts";
import { type Confusion, ConfusionSummary, type Summary } from "./confusion.ts";
import type { Vector } from "./differentiate.ts";
import type { Measures, ObjectiveContext } from "./shares.ts";

/** `classes` are indices. A difference is bounded from above, a ratio from below. */
export interface Constraint extends Meant {
  readonly metric: ConstraintId;
  readonly atLeast?: Limit;
  readonly atMost?: Limit;
}

export interface Bound {
  readonly metric: ConstraintId;
  readonly kind: BoundKind;
  readonly bound: number;
  /** Whether it bounds the change from the checkpoint. */
  readonly relative?: true;
}

/** The checkpoint's values of a constraint on the rows that a summary is of, in the order of its measures. */
export type ValuesBefore = (constraint: Constraint) => ArrayLike<number>;

export interface BoundContext extends ObjectiveContext {
  /** Where some bound is of a change. */
  readonly before?: ValuesBefore;
}

/** The values of the checkpoint, by its exact C; each constraint is measured once. */
export function valuesBefore(confusion: Confusion, context: ObjectiveContext): ValuesBefore {
  const known = new WeakMap<Constraint, Float64Array>();
  return (constraint) => {
    const values =
      known.get(constraint) ??
      measure(constraint.metric, new ConfusionSummary(confusion), constraint, context).values.value;
    known.set(constraint, values);
    return values;
  };
}

export function isRelative({ atLeast, atMost }: Pick<Constraint, "atLeast" | "atMost">): boolean {
  return typeof atLeast === "object" || typeof atMost === "object";
}

/** A bound with the values that it bounds: their changes where it is of a change. */
export interface Bounded {
  readonly bound: Bound;
  readonly attribute?: Attribute;
  readonly measures: Measures;
}

/** Every bound of every constraint, in their order, with its values on the summary's tape. */
export function boundedValues(
  summary: Summary,
  constraints: readonly Constraint[],
  context: BoundContext,
): Bounded[] {
  return constraints.flatMap((constraint) => {
    const { metric, attribute } = constraint;
    const measures = measure(metric, summary, constraint, context);
    return (["atLeast", "atMost"] as const).flatMap((kind): Bounded[] => {
      const limit = constraint[kind];
      if (limit === undefined) return [];
      const bound = { metric, kind, ...readLimit(limit) };
      const bounded = bound.relative ? changed(summary, measures, constraint, context) : measures;
      return [{ bound, ...(attribute && { attribute }), measures: bounded }];
    });
  });
}

function changed(
  summary: Summary,
  measures: Measures,
  constraint: Constraint,
  { before }: BoundContext,
): Measures {
  if (before === undefined) throw new Error("a bound of a change is measured with the checkpoint");
  return { ...measures, values: measures.values.minus(summary.constant(before(constraint))) };
}

/** Slacks of a bound, positive where it holds: value - atLeast, or atMost - value (docs/method.md, eq. (11)). */
export function slacksOfBound({ bound: { kind, bound }, measures: { values } }: Bounded): Vector {
  return kind === "atLeast" ? values.scale(1, -bound) : values.scale(-1, bound);
}

const LARGEST_MULTIPLIER = 100;
const SLACK_SCALE = 0.01;

/**
 * lambda / (1 + max lambda) with lambda = max(0, 100 (1 - exp(slack / 0.01))): the published rule for a bound (docs/method.md, eq. (17)), without
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

/** psi + sum_c lambda_c slack_c (docs/method.md, eq. (16)); psi itself when there are no constraints. */
export function withConstraints(psi: Vector, slacks: Vector | null, multipliers: ArrayLike<number>): Vector {
  return slacks === null ? psi : psi.plus(slacks.dot(multipliers));
}
