/**
 * How far inside its bound a value has to lie on validation, so that the bound holds on fresh samples as well: a multiple of its
 * standard error. A head is chosen because validation likes it, so the multiple is larger than that of one head tested once.
 */

import { metricOf } from "../../metrics/catalogue.ts";
import { isWhole } from "../confusion/bounded.ts";
import {
  type Confusion,
  ConfusionSummary,
  confusionFromCounts,
  multinomialVariance,
} from "../confusion/confusion.ts";
import { boundedValues } from "../confusion/constraints.ts";
import type { Vector } from "../confusion/differentiate.ts";
import type { Problem } from "../problem.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import type { Goal } from "../steering/steering.ts";

/** Standard errors: 1.28 would be 90 % for a head that was not chosen; the rest is for the choice. */
const ERRORS = 1.645;

/** A margin for each slack of the goal's constraints, in their order (docs/method.md, eq. (29)); 0 where it would take up all that the bound allows. */
export function marginsOf(look: ValidationPass, problem: Problem, goal: Goal): Float64Array {
  return Float64Array.from(errorsOf(look, problem, goal), ({ error, room }) =>
    ERRORS * error < room ? ERRORS * error : 0,
  );
}

/** How sure a bounded value is, and how far inside its bound a value can be. */
export interface SlackError {
  readonly error: number;
  readonly room: number;
}

/** The standard error of each slack of the goal's constraints, in their order. */
export function errorsOf(look: ValidationPass, { buckets, classes }: Problem, goal: Goal): SlackError[] {
  const confusion = confusionFromCounts(look.smooth, buckets, classes);
  const samples = effectiveRows(confusion);
  const isWeighted = buckets.some(({ weight }) => weight !== undefined);
  const bounded = (summary: ConfusionSummary) => boundedValues(summary, goal.constraints, goal.context);
  return bounded(new ConfusionSummary(confusion)).flatMap(
    ({ bound: { metric, kind, bound, relative }, measures }, place) => {
      const isShare = metricOf(metric).unit === "share";
      const room = relative ? 1 : isShare && kind === "atLeast" ? 1 - bound : bound;
      return Array.from(measures.values.value, (value, at): SlackError => {
        const delta = () =>
          deltaError(confusion, (summary) => bounded(summary)[place].measures.values.take([at]));
        const ofShare = () => shareError(value, samples * measures.divisors[at]);
        if (relative && !isWhole(metric))
          return { error: changeError(bound, samples * measures.divisors[at]), room };
        const error =
          !isShare || isWhole(metric) ? delta() : isWeighted ? Math.max(ofShare(), delta()) : ofShare();
        return { error, room };
      });
    },
  );
}

/** As many rows of which each counts alike would say as much about the whole (Kish, 1965). */
function effectiveRows({ pi, rows }: Confusion): number {
  return 1 / pi.reduce((sum, share, b) => sum + share ** 2 / rows[b], 0);
}

/** Of a share of so many samples, with half a sample more on each side (docs/method.md, eq. (30)). */
function shareError(value: number, samples: number): number {
  const smooth = (value * samples + 0.5) / (samples + 1);
  return Math.sqrt((smooth * (1 - smooth)) / Math.max(samples, 1));
}

/**
 * Of a change that lies on its bound, where twice as many rows change as the bound lets be gained or lost on balance, and one row more: how
 * many will is not known before training.
 */
function changeError(bound: number, samples: number): number {
  const rows = Math.max(samples, 1);
  return Math.sqrt((2 * Math.abs(bound) + 1 / rows) / rows);
}

/** The delta method on the multinomial rows of C, their sizes given (van der Vaart, 1998, chapter 3). */
function deltaError(confusion: Confusion, value: (summary: ConfusionSummary) => Vector): number {
  const summary = new ConfusionSummary(confusion);
  return Math.sqrt(multinomialVariance(confusion, summary.derivative(value(summary))));
}
