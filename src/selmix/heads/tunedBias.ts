/**
 * The control to beat: one offset per class, tuned on validation for the goal itself by coordinate ascent on hard
 * predictions. Training-free, and with a large validation set close to the best that offsets can do.
 */

import type { Head, Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { rowsByBucket } from "../rowsByBucket.ts";
import { Yielder } from "../schedule.ts";
import { isBetter, type Score } from "../steering/score.ts";
import type { Goal } from "../steering/steering.ts";
import type { Evaluator } from "../validation/evaluator.ts";
import { type LogitTable, LogitTables } from "../validation/logitTable.ts";
import { type GroupScore, valuesOf, withScore } from "./groupScores.ts";
import { OffsetSearch, withOffsets } from "./offsets.ts";

/** How far a sweep may move an offset, in units of the spread of the logits; ever less. */
const REACHES = [1, 1, 0.4, 0.4, 0.15, 0.15];
/** Limit on the entries of logits and counts looked at, so that 1000 classes end in seconds. */
const WORK = 4e8;

/** Multiples of a group score that two classes are tried with, in units of the spread of the logits; of two scores, every pair. */
const MULTIPLES = Array.from({ length: 25 }, (_unused, at) => (at - 12) / 8);
const PAIRED_MULTIPLES = Array.from({ length: 9 }, (_unused, at) => (at - 4) / 4);
/** Around the best pair. */
const NEARER_MULTIPLES = Array.from({ length: 5 }, (_unused, at) => (at - 2) / 12);
/** Sweeps that follow each multiple, each pair far from the best, and the best. */
const COARSE_REACHES = [1, 0.3];
const PAIRED_REACHES = [1];
const FINE_REACHES = [0.2, 0.1, 0.05];

/**
 * Tunes the offsets of a head on validation, by hard counts and never for the worse; one without a bias stays as it is.
 * Where bounds compare groups, multiples of the group scores are tuned with them. The head's logits are those of `tables`.
 * Returns the head with its score.
 */
export async function tuneBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
  scores: readonly GroupScore[] = [],
  signal?: AbortSignal,
  tables = new LogitTables(problem.validation.rows, evaluator),
): Promise<{ readonly head: Head; readonly score: Score }> {
  const logits = await tables.of(head);
  const levers = scores.map((score) => valuesOf(score, problem.validation.rows));
  const search = await tunedOffsets(problem, goal, logits, new Yielder(signal), levers);
  const [offsets, ...multiples] = search.amounts;
  const turned = scores.reduce((one, score, at) => withScore(one, score, multiples[at]), head);
  return { head: withOffsets(turned, offsets), score: search.score };
}

/** Resampled sets that offsets are tuned on, and how far their sweeps reach. */
const BAGS = 8;
const BAG_REACHES = [1, 0.4, 0.15];
/** Stream of the random numbers drawn for them. */
const STREAM = 37;

/**
 * The head with the mean of the offsets that are best on each of some bootstrap samples of validation (bagging: Breiman, 1996):
 * what is best by hard counts on one set is so by chance in part, and chance is averaged away.
 */
export async function baggedBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
  seed: number,
  signal?: AbortSignal,
  tables = new LogitTables(problem.validation.rows, evaluator),
): Promise<Head> {
  if (head.bias === null) return head;
  const logits = await tables.of(head);
  return withOffsets(head, await baggedOffsets(problem, goal, logits, new Yielder(signal), seed));
}

/** The mean of those offsets [K], for the logits of validation. @param among rows of validation that are resampled; all by default */
export async function baggedOffsets(
  problem: Problem,
  goal: Goal,
  logits: LogitTable,
  yielder: Yielder,
  seed: number,
  among?: Int32Array,
): Promise<Float64Array> {
  const { buckets } = problem.validation;
  const unit = logits.spread();
  const random = new Random(seed, STREAM);
  const from = among ?? Int32Array.from(buckets.keys());
  const byBucket = rowsByBucket(
    from.map((row) => buckets[row]),
    problem.buckets.length,
  );
  const mean = new Float64Array(problem.classes);
  for (let bag = 0; bag < BAGS; bag++) {
    const rows = Int32Array.from(
      byBucket.flatMap((all) => Array.from(all, () => from[all[random.integer(all.length)]])),
    );
    const search = new OffsetSearch(problem, goal, logits, { rows });
    for (const reach of BAG_REACHES) await search.sweep(reach * unit, yielder);
    const [offsets] = search.amounts;
    // A constant added to all offsets is none.
    const middle = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
    offsets.forEach((offset, k) => {
      mean[k] += (offset - middle) / BAGS;
    });
  }
  return mean;
}

/** The search at its end, for the logits of validation and group scores [N]. @param rows see OffsetSearch */
export async function tunedOffsets(
  problem: Problem,
  goal: Goal,
  logits: LogitTable,
  yielder: Yielder,
  groups: readonly Float32Array[] = [],
  rows?: Int32Array,
): Promise<OffsetSearch> {
  const begin = () => new OffsetSearch(problem, goal, logits, { levers: groups, rows });
  const unit = logits.spread();
  let best = begin();
  if (problem.head.bias === null) return best;
  await alongOffsets(best, unit, yielder);
  const numbers = Array.from(groups, (_group, at) => at + 1);
  const together = canBeTunedTogether(problem, groups.length) ? [numbers] : numbers.map((lever) => [lever]);
  for (const some of together) {
    const search = await fromBestMultiples(begin, some, problem.classes, unit, yielder);
    for (const reach of FINE_REACHES) {
      for (const lever of some) await search.sweep(reach * unit, yielder, lever);
      await search.sweep(reach * unit, yielder);
    }
    if (isBetter(search.score, best.score)) best = search;
  }
  return best;
}

/** Whether multiples of so many scores are tried in every combination: those that two bounds need, kept together, lie on no axis. */
export function canBeTunedTogether({ classes }: Problem, scores: number): boolean {
  return classes === 2 && scores === 2;
}

/**
 * Feasible first makes a wall of every bound, which coordinates alone do not get round: two classes are tried from many multiples,
 * offsets following each.
 */
async function fromBestMultiples(
  begin: () => OffsetSearch,
  levers: readonly number[],
  classes: number,
  unit: number,
  yielder: Yielder,
): Promise<OffsetSearch> {
  const tried = async (multiples: readonly number[], reaches: readonly number[]) => {
    const search = begin();
    multiples.forEach((multiple, at) => {
      if (multiple !== 0) search.add(1, levers[at], multiple * unit);
    });
    for (const reach of reaches) await search.sweep(reach * unit, yielder);
    return { multiples, search };
  };
  const none = levers.map(() => 0);
  let best = await tried(none, COARSE_REACHES);
  const consider = async (all: readonly (readonly number[])[], reaches = COARSE_REACHES) => {
    for (const multiples of all) {
      const one = await tried(multiples, reaches);
      if (isBetter(one.search.score, best.search.score)) best = one;
    }
  };
  if (classes !== 2) return best.search;
  if (levers.length === 1) await consider(MULTIPLES.map((multiple) => [multiple]));
  else {
    await consider(pairs(PAIRED_MULTIPLES, none), PAIRED_REACHES);
    await consider(pairs(NEARER_MULTIPLES, best.multiples));
  }
  return best.search;
}

/** Every pair of some numbers, added to two others. */
function pairs(numbers: readonly number[], [first, second]: readonly number[]): number[][] {
  return numbers.flatMap((a) => numbers.map((b) => [first + a, second + b]));
}

async function alongOffsets(search: OffsetSearch, unit: number, yielder: Yielder): Promise<void> {
  for (const reach of REACHES) if (search.work < WORK) await search.sweep(reach * unit, yielder);
}
