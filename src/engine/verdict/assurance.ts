/**
 * Whether the rows of a set are enough to say that a bound holds beyond them: its one-sided 90 % limit keeps the bound too. Heads
 * whose offsets were tuned on the rows are judged by fits that left each row out, so that the limit is of what was selected.
 */

import { metricOf } from "../../metrics/catalogue.ts";
import type { Bound, Bounded } from "../../selmix/confusion/constraints.ts";
import { boundChange, boundEstimate } from "../../selmix/estimates/boundEstimate.ts";
import { type Estimate, known } from "../../statistics/estimate.ts";
import { shortageText } from "../../words/constraints.ts";
import type { Measured } from "../measure/measured.ts";
import { countMeant, meantRows } from "../problem/meantRows.ts";
import type { Prepared } from "../problem/prepare.ts";
import { referenceOn } from "../problem/reference.ts";
import { type CountedRows, rowsOf } from "../tables/buckets.ts";

/** The chance that a bound which is said to hold does not. */
const error = 0.1;
/** Bounds are met up to rounding of the shares. */
const rounding = 1e-9;

/** Of the values of a bound in some classes, the worst in the population; null where none can be measured. */
export function estimateOf(
  prepared: Prepared,
  set: CountedRows,
  { predictions }: Measured,
  { bound: { metric, kind, relative }, attribute }: Pick<Bounded, "bound" | "attribute">,
  about: readonly number[],
): Estimate | null {
  const { isHead, problem } = prepared;
  const meant = { metric, kind, classes: about, ...(attribute && { attribute }) };
  const rows = rowsOf(problem.classes, set, predictions);
  const before = relative ? referenceOn(prepared, set) : null;
  if (before === predictions) return known(0);
  return before === null
    ? boundEstimate(meant, rows, isHead)
    : boundChange(meant, { ...rows, before, after: predictions }, isHead);
}

/** The classes that the values of a bound are about. */
export function classesOf({ measures: { subjects, empty, small } }: Bounded): number[] {
  return [...new Set([...subjects, ...empty, ...small].flatMap((subject) => subject.classes))];
}

function limitOf(estimate: Estimate, kind: Bound["kind"]): number {
  return kind === "atLeast" ? estimate.low(error) : estimate.high(error);
}

/** Whether a value keeps a bound. */
export function keeps(value: number, { kind, bound }: Bound): boolean {
  return kind === "atLeast" ? value >= bound - rounding : value <= bound + rounding;
}

/** Whether the limit of an estimate keeps a bound. */
export function isAssured(estimate: Estimate, bound: Bound): boolean {
  return keeps(limitOf(estimate, bound.kind), bound);
}

/**
 * Why the rows of validation are too few to say that a bound holds which its values keep there, in a sentence with the number of
 * rows that would do; null where they are enough, and with `"margin": 0`, by which the values themselves decide.
 * @param worst estimate of the worst of all values of the bound
 */
export function shortageOf(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  bounded: Bounded,
  worst: Estimate,
): string | null {
  const { bound, measures } = bounded;
  if (prepared.project.configuration.margin === 0 || isAssured(worst, bound)) return null;
  const about = classesOf(bounded).find((label) => {
    const estimate = estimateOf(prepared, set, measured, bounded, [label]);
    return estimate !== null && !isAssured(estimate, bound);
  });
  const estimate = about === undefined ? worst : estimateOf(prepared, set, measured, bounded, [about]);
  if (estimate === null) return null;
  const [scarcest] = measures.subjects
    .filter(({ classes }) => about === undefined || classes.includes(about))
    .flatMap((subject) => meantRows(subject, prepared, "validation"))
    .map((meant) => ({ name: meant.name, present: countMeant(meant, prepared, measured.counts) }))
    .toSorted((a, b) => a.present - b.present);
  if (scarcest === undefined) return null;
  const limit = limitOf(estimate, bound.kind);
  return shortageText({
    metric: bound.metric,
    ...(bound.relative && { relative: bound.relative }),
    ...scarcest,
    limit,
    ...rowsNeeded(estimate, bound, scarcest.present),
  });
}

/**
 * Rows with which the limit would keep the bound at the same value (docs/method.md, eq. (45)), as standard errors fall with the root of their number; where the
 * limit is farther from the value than any value is from the bound, the fewest with which some value could.
 */
function rowsNeeded(
  estimate: Estimate,
  { metric, kind, bound }: Bound,
  present: number,
): { needed: number; isLeast: boolean } {
  const margin = Math.abs(limitOf(estimate, kind) - estimate.value);
  const room = metricOf(metric).unit !== "share" && kind === "atMost" ? bound : 1 - bound;
  const isLeast = metricOf(metric).unit !== "share" && margin >= room;
  const reach = isLeast ? room : Math.abs(estimate.value - bound);
  return { needed: Math.max(present + 1, present * (margin / reach) ** 2), isLeast };
}
