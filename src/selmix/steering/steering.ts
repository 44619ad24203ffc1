/** One cycle's direction: multipliers, psi and A = d psi / d C~ from the confusion matrix (docs/method.md, section 5). */
import {
  type Confusion,
  ConfusionSummary,
  confusionFromCounts,
  exactConfusion,
  logitDerivative,
  multinomialVariance,
  type Summary,
} from "../confusion/confusion.ts";
import {
  type Bound,
  type BoundContext,
  boundedValues,
  type Constraint,
  slackMultipliers,
  slacksOfBound,
  withConstraints,
} from "../confusion/constraints.ts";
import { concatenate, type Vector } from "../confusion/differentiate.ts";
import type { Matrix } from "../confusion/matrix.ts";
import { matrixOf } from "../confusion/matrixBuilder.ts";
import type { Subject } from "../confusion/shares.ts";
import { partMultipliers, partSubjects, psiOf, type WholeObjective } from "../confusion/wholeObjective.ts";
import type { Problem } from "../problem.ts";
import type { ValidationPass } from "./smoothing.ts";

/** What is to rise, and under which bounds. */
export interface Goal {
  readonly objective: WholeObjective;
  readonly constraints: readonly Constraint[];
  readonly context: BoundContext;
  /** Sharpness eta of the softmin of min objectives. */
  readonly sharpness: number;
  /** How far inside its bound each bounded value is to be, in the order of the slacks; not at all where absent. */
  readonly margins?: ArrayLike<number>;
  /** Predictions [K] on validation below which a head has given a class up. */
  readonly leastPredicted?: ArrayLike<number>;
}

/** The goal as it is reported on: bounds themselves, without the room that is left inside them. */
export function withoutMargins({ margins: _, ...goal }: Goal): Goal {
  return goal;
}

export interface Steering {
  /** A [B,K], rows sum to 0. */
  readonly derivative: Matrix<Float64Array>;
  /** psi with its constraint terms. */
  readonly value: number;
  readonly objectiveMultipliers: Float64Array;
  readonly constraintMultipliers: Float64Array;
}

/**
 * Multipliers of the objective's parts and of the constraints' slacks, from C alone.
 * @param counted C by hard counts, where `confusion` is smoothed: constraints press by what is reported
 * @param press makes multipliers of slacks
 */
export function multipliersOf(
  confusion: Confusion,
  goal: Goal,
  counted: Confusion = confusion,
  press: (slacks: Float64Array) => Float64Array = slackMultipliers,
): { objective: Float64Array; constraints: Float64Array } {
  const summary = new ConfusionSummary(confusion);
  const slacks = slacksOf(new ConfusionSummary(counted), goal)?.value ?? new Float64Array(0);
  return {
    objective: partMultipliers(goal.objective, summary, goal.context, goal.sharpness),
    constraints: press(slacks),
  };
}

/**
 * psi and A for given multipliers; psi is then a plain function of C.
 * @param toLogits makes A from D = d psi / d C, both in the cells of C; by default the closed form for C = pi softmax(C~)
 */
export function steer(
  confusion: Confusion,
  goal: Goal,
  multipliers: { objective: Float64Array; constraints: Float64Array },
  toLogits: (derivative: Float64Array) => Float64Array = (derivative) =>
    logitDerivative(confusion, derivative),
): Steering {
  const summary = new ConfusionSummary(confusion);
  const total = totalOf(summary, goal, multipliers);
  return {
    derivative: { layout: confusion.layout, values: toLogits(summary.derivative(total)) },
    value: total.scalar,
    objectiveMultipliers: multipliers.objective,
    constraintMultipliers: multipliers.constraints,
  };
}

function totalOf(
  summary: ConfusionSummary,
  goal: Goal,
  multipliers: { objective: Float64Array; constraints: Float64Array },
): Vector {
  const psi = psiOf(goal.objective, summary, multipliers.objective, goal.context);
  return withConstraints(psi, slacksOf(summary, goal), multipliers.constraints);
}

/** Multipliers, psi and A from what was seen of a head: by smoothed counts, constraints pressing by the hard ones. */
export function steerByLook(
  look: ValidationPass,
  { buckets, classes }: Problem,
  goal: Goal,
  press: (slacks: Float64Array) => Float64Array,
): Steering {
  const confusion = confusionFromCounts(look.smooth, buckets, classes);
  const counted = exactConfusion(look.counts, buckets, classes);
  const multipliers = multipliersOf(confusion, goal, counted, press);
  return steer(confusion, goal, multipliers, look.derivative ?? undefined);
}

/**
 * psi, as `earlier` steered by it, at what is seen of a head now: with its multipliers, so that the difference of the two
 * values is what training changed.
 */
export function valueUnder(
  earlier: Pick<Steering, "objectiveMultipliers" | "constraintMultipliers">,
  look: ValidationPass,
  { buckets, classes }: Problem,
  goal: Goal,
): number {
  const confusion = confusionFromCounts(look.smooth, buckets, classes);
  const multipliers = {
    objective: earlier.objectiveMultipliers,
    constraints: earlier.constraintMultipliers,
  };
  return totalOf(new ConfusionSummary(confusion), goal, multipliers).scalar;
}

/** Slacks of each bound, less the margins. */
export function slacksByBound(summary: Summary, goal: Goal): Vector[] {
  let from = 0;
  return boundedValues(summary, goal.constraints, goal.context).map((bounded) => {
    const slacks = slacksOfBound(bounded);
    const { margins: all } = goal;
    if (all === undefined) return slacks;
    const margins = slacks.value.map((_slack, at) => all[from + at] ?? 0);
    from += margins.length;
    return slacks.minus(summary.constant(margins));
  });
}

/** The same end to end; null without constraints. */
export function slacksOf(summary: Summary, goal: Goal): Vector | null {
  return goal.constraints.length === 0 ? null : concatenate(slacksByBound(summary, goal));
}

/** What the multipliers of a goal belong to, in their order: the objective's parts, and the values under each bound. */
export interface MultiplierSubjects {
  readonly objective: readonly Subject[];
  readonly constraints: readonly { readonly bound: Bound; readonly subject: Subject }[];
}

/** The same at every cycle, because it depends on which buckets there are, not on what is predicted. */
export function multiplierSubjects({ buckets, classes }: Problem, goal: Goal): MultiplierSubjects {
  const labels = buckets.map(({ label }) => label);
  const ones = matrixOf({ rowOf: [...labels.keys()], columnOf: labels }, buckets.length, classes);
  const summary = new ConfusionSummary(exactConfusion(ones, buckets, classes));
  return {
    objective: partSubjects(goal.objective, summary, goal.context),
    constraints: boundedValues(summary, goal.constraints, goal.context).flatMap(({ bound, measures }) =>
      measures.subjects.map((subject) => ({ bound, subject })),
    ),
  };
}

/**
 * Standard error of the objective as measured on a finite set: the delta method on the multinomial rows of C,
 * SE^2 = sum_b pi_b^2 / n_b Var_{l ~ R[b]} D[b,l] (van der Vaart, 1998, chapter 3).
 */
export function standardError(confusion: Confusion, goal: Goal): number {
  const summary = new ConfusionSummary(confusion);
  const multipliers = multipliersOf(confusion, goal).objective;
  const derivative = summary.derivative(psiOf(goal.objective, summary, multipliers, goal.context));
  return Math.sqrt(multinomialVariance(confusion, derivative));
}
