/** Which bounds a sweep goes through: from what is had without any to a little beyond what can be reached. */

import type { SweptBound } from "../../protocol/sweep.ts";
import { groupScoresFor } from "../../selmix/heads/boundedStart.ts";
import { canTuneOffsets } from "../../selmix/heads/offsets.ts";
import { tuneBias } from "../../selmix/heads/tunedBias.ts";
import type { Head } from "../../selmix/problem.ts";
import { goalOf } from "../../selmix/steering/settings.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import { JobError } from "../errors.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import { verdictsOf } from "../verdict/verdicts.ts";
import { under } from "./swept.ts";

/** Halvings by which the strictest bound that offsets can keep is looked for. */
const HALVINGS = 5;
/** How far beyond it the sweep goes, in shares of the way there: where nothing keeps a bound is part of the picture. */
const BEYOND = 0.12;
/** Bounds are whole tenths of a point. */
const UNIT = 1000;

/** The strictest value of a bound, and whether a value is stricter than another. */
const limit = { atLeast: 1, atMost: 0 } as const;
const isStricter = (kind: SweptBound["kind"], one: number, other: number) =>
  kind === "atLeast" ? one > other : one < other;

/** Bounds as somebody named them, from the loosest to the strictest, each once. */
export function inOrder({ kind }: SweptBound, bounds: readonly number[]): number[] {
  return [...new Set(bounds)].sort((a, b) => (isStricter(kind, a, b) ? 1 : -1));
}

/**
 * So many bounds, from the loosest value that a head of `heads` has on validation to a little beyond the strictest that offsets can keep.
 * @throws JobError where no head has such a value
 */
export async function boundsOf(
  prepared: Prepared,
  swept: SweptBound,
  heads: readonly { readonly head: Head; readonly measured: MeasuredHead }[],
  count: number,
  evaluator: Evaluator,
  signal: AbortSignal,
): Promise<number[]> {
  const values = heads.flatMap(({ measured }) => {
    const { value } = boundedOf(prepared, swept, measured).validation;
    return value === null ? [] : [value];
  });
  const [loose, ...others] = inOrder(swept, values);
  if (loose === undefined)
    throw new JobError("No head has a value for this bound on validation; name the bounds to be swept.");
  const strictest = await reachable(
    prepared,
    swept,
    others.at(-1) ?? loose,
    heads.at(-1)?.head,
    evaluator,
    signal,
  );
  const end = Math.min(1, Math.max(0, strictest + BEYOND * (strictest - loose)));
  const step = (end - loose) / Math.max(1, count - 1);
  const spread = Array.from({ length: count }, (_unused, at) => loose + at * step);
  return inOrder(
    swept,
    spread.map((bound) => Math.min(1, Math.max(0, Math.round(bound * UNIT) / UNIT))),
  );
}

/** The strictest bound that offsets of a head keep by the values of validation. @param known one that is kept by some head */
async function reachable(
  prepared: Prepared,
  swept: SweptBound,
  known: number,
  head: Head = prepared.problem.head,
  evaluator: Evaluator,
  signal: AbortSignal,
): Promise<number> {
  const { problem } = prepared;
  if (!canTuneOffsets(problem)) return known;
  let [kept, missed]: [number, number] = [known, limit[swept.kind]];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (kept + missed) / 2;
    const goal = goalOf(settingsOf(under(prepared, swept, middle)));
    const { score } = await tuneBias(problem, head, goal, evaluator, groupScoresFor(problem, goal), signal);
    if (score.violation === 0) kept = middle;
    else missed = middle;
  }
  return kept;
}

/** The value that the moved bound is about, on each set, whatever the bound. */
export function boundedOf(prepared: Prepared, swept: SweptBound, measured: MeasuredHead) {
  const verdict = verdictsOf(under(prepared, swept, limit[swept.kind]), measured).at(-1);
  const on = (
    judgement: { value: number | null; low: number | null; high: number | null } | null | undefined,
  ) => {
    const { value = null, low = null, high = null } = judgement ?? {};
    return { value, low, high };
  };
  return { validation: on(verdict), test: measured.test && on(verdict?.test) };
}
