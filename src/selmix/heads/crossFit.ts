/**
 * What a head with offsets tuned on validation is worth there: each row by a fit that left it out (cross-fitting), never by the
 * offsets that were tuned on it.
 */

import type { Head, Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { Yielder } from "../schedule.ts";
import type { Goal } from "../steering/steering.ts";
import type { Evaluator } from "../validation/evaluator.ts";
import { LogitTables } from "../validation/logitTable.ts";
import { type GroupScore, valuesOf } from "./groupScores.ts";
import { MovedLogits } from "./movedLogits.ts";
import { baggedOffsets, tunedOffsets } from "./tunedBias.ts";

/** A head, and what it is worth on the validation rows where it was fitted to them. */
export interface FittedHead {
  readonly head: Head;
  /** Makes the predicted class of every validation row [N] by a fit that left that row out; null where it was not fitted to them. */
  readonly crossFit: (() => Promise<Int32Array>) | null;
}

/** How the offsets of a head were tuned, so that it can be done again without some rows. */
export interface Tuning {
  /** The head as it is without them. */
  readonly base: Head;
  readonly goal: Goal;
  readonly scores: readonly GroupScore[];
  /** Whether they are the mean over resampled sets. */
  readonly bagged: boolean;
}

const FOLDS = 5;
/** Stream of the random numbers drawn here. */
const STREAM = 17;

/** A fold for each row, the rows of each bucket spread evenly over the folds. */
function stratifiedFolds(buckets: Int32Array, seed: number): Uint8Array {
  const random = new Random(seed, STREAM);
  const rows = random.shuffle(Array.from(buckets.keys()));
  rows.sort((a, b) => buckets[a] - buckets[b]);
  const folds = new Uint8Array(rows.length);
  rows.forEach((row, place) => {
    folds[row] = place % FOLDS;
  });
  return folds;
}

/**
 * The predicted class of every validation row [N], by offsets (and multiples of group scores) tuned on the other four fifths.
 * Same seed, same folds.
 */
export async function crossFittedOffsets(
  problem: Problem,
  { base, goal, scores, bagged }: Tuning,
  evaluator: Evaluator,
  seed: number,
  signal?: AbortSignal,
  tables = new LogitTables(problem.validation.rows, evaluator),
): Promise<Int32Array> {
  const { rows, buckets } = problem.validation;
  const table = await tables.of(base);
  const levers = scores.map((score) => valuesOf(score, rows));
  const folds = stratifiedFolds(buckets, seed);
  const yielder = new Yielder(signal);
  const predictions = new Int32Array(rows.count);
  for (let fold = 0; fold < FOLDS; fold++) {
    const [own, others] = [true, false].map((isOwn) =>
      Int32Array.from(buckets.keys()).filter((row) => (folds[row] === fold) === isOwn),
    );
    const fewer = onFewer(goal, others.length / rows.count);
    const amounts = bagged
      ? [await baggedOffsets(problem, fewer, table, yielder, seed, others)]
      : (await tunedOffsets(problem, fewer, table, yielder, levers, others)).amounts;
    const { winners } = new MovedLogits(table, own, levers, amounts);
    own.forEach((row, at) => {
      predictions[row] = winners[at];
    });
  }
  return predictions;
}

/** Makes these for some tunings, for each of them once: it is asked by who chooses, and again by who reports. */
export function crossFitterOf(
  problem: Problem,
  evaluator: Evaluator,
  seed: number,
  signal?: AbortSignal,
  tables = new LogitTables(problem.validation.rows, evaluator),
): (tuning: Tuning) => Promise<Int32Array> {
  const made = new Map<Tuning, Promise<Int32Array>>();
  return (tuning) => {
    const known = made.get(tuning);
    if (known !== undefined) return known;
    const predictions = crossFittedOffsets(problem, tuning, evaluator, seed, signal, tables);
    made.set(tuning, predictions);
    return predictions.finally(() => tables.forget());
  };
}

/** Counts of a goal are of all rows. */
function onFewer(goal: Goal, share: number): Goal {
  const { leastPredicted } = goal;
  if (leastPredicted === undefined) return goal;
  return { ...goal, leastPredicted: Float64Array.from(leastPredicted, (count) => share * count) };
}
