/** Constraints on the confusion matrix: bounds, slacks, multipliers (docs/method.md, section 4.2). */
import type { BoundKind, ConstraintId } from "../../metrics/catalogue.ts";
import type { Attribute } from "./attribute.ts";
import type { Summary } from "./confusion.ts";
import type { Vector } from "./differentiate.ts";
import { type Meant, measure } from "./measures.ts";
import type { Measures, ObjectiveContext } from "./shares.ts";

/** `classes` are indices. A difference is bounded from above, a ratio from below. */
export interface Constraint extends Meant {
  readonly metric: ConstraintId;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Bound {
  readonly metric: ConstraintId;
  readonly kind: BoundKind;
  readonly bound: number;
}

/** A bound with the values that it bounds. */
export interface Bounded {
  readonly bound: Bound;
  readonly attribute?: Attribute;
  readonly measures: Measures;
}

/** Every bound of every constraint, in their order, with its values on the summary's tape. */
export function boundedValues(
  summary: Summary,
  constraints: readonly Constraint[],
  context: ObjectiveContext,
): Bounded[] {
  return constraints.flatMap((constraint) => {
    const { metric, attribute } = constraint;
    const measures = measure(metric, summary, constraint, context);
    return (["atLeast", "atMost"] as const).flatMap((kind): Bounded[] => {
      const bound = constraint[kind];
      return bound === undefined
        ? []
        : [{ bound: { metric, kind, bound }, ...(attribute && { attribute }), measures }];
    });
  });
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
