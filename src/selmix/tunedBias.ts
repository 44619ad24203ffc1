/**
 * The control to beat: one offset per class, tuned on validation for the goal itself by coordinate ascent on hard
 * predictions. Training-free, and with a large validation set close to the best that offsets can do.
 */
import { allLogits, type Evaluator } from "./evaluator.ts";
import { type GroupScore, valuesOf, withScore } from "./groupScores.ts";
import { Random } from "./random.ts";
import { rowsByBucket } from "./intervals.ts";
import { OffsetSearch, withOffsets } from "./offsets.ts";
import type { Head, Problem } from "./problem.ts";
import { isBetter, type Score } from "./score.ts";
import type { Goal } from "./steering.ts";

/** How far a sweep may move an offset, in units of the spread of the logits; ever less. */
const REACHES = [1, 1, 0.4, 0.4, 0.15, 0.15];
/** Limit on the entries of logits and counts looked at, so that 1000 classes end in seconds. */
const WORK = 4e8;

/** Multiples of a group score that two classes are tried with, in units of the spread of the logits. */
const MULTIPLES = Array.from({ length: 31 }, (_unused, at) => (at - 15) / 10);

/**
 * Tunes the offsets of a head on validation, by hard counts and never for the worse; one without a bias stays as it is.
 * Where bounds compare groups, multiples of the group scores are tuned with them.
 * Returns the head with its score.
 */
export async function tuneBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
  scores: readonly GroupScore[] = [],
): Promise<{ readonly head: Head; readonly score: Score }> {
  const validation = evaluator.features(problem.validation.rows, head);
  try {
    const logits = await allLogits(validation, head);
    const levers = scores.map((score) => valuesOf(score, problem.validation.rows));
    const search = tunedOffsets(problem, goal, logits, levers);
    const [offsets, ...multiples] = search.amounts;
    const turned = scores.reduce((one, score, at) => withScore(one, score, multiples[at]), head);
    return { head: withOffsets(turned, offsets), score: search.score };
  } finally {
    validation.dispose();
  }
}

/** Bagged: the mean of what is tuned on resampled halves. */
export async function baggedBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
  scores: readonly GroupScore[] = [],
  bags = 8,
): Promise<{ readonly head: Head; readonly score: Score }> {
  const validation = evaluator.features(problem.validation.rows, head);
  const logits = await allLogits(validation, head);
  validation.dispose();
  const levers = scores.map((score) => valuesOf(score, problem.validation.rows));
  const random = new Random(1, 77);
  const byBucket = rowsByBucket(problem.validation.buckets, problem.buckets.length);
  const K = problem.classes;
  const mean = [0, ...levers].map(() => new Float64Array(K));
  for (let bag = 0; bag < bags; bag++) {
    const rows = Int32Array.from(byBucket.flatMap((all) => Array.from(all, () => all[random.integer(all.length)])));
    const search = tunedOffsets(problem, goal, logits, levers, rows);
    search.amounts.forEach((amounts, lever) => {
      const middle = amounts.reduce((a, b) => a + b, 0) / K;
      amounts.forEach((v, k) => { mean[lever][k] += (v - middle) / bags; });
    });
  }
  const search = new OffsetSearch(problem, goal, logits, { levers: [null, ...levers] });
  mean.forEach((amounts, lever) => amounts.forEach((v, k) => search.add(k, lever, v)));
  if (goal.constraints.length > 0) {
    const unit = spread(logits);
    for (const reach of [0.4, 0.15]) search.sweep(reach * unit);
  }
  const [offsets, ...multiples] = search.amounts;
  const turned = scores.reduce((one, score, at) => withScore(one, score, multiples[at]), head);
  return { head: withOffsets(turned, offsets), score: search.score };
}

/** The search at its end, for logits [N,K] and group scores [N]. @param rows see OffsetSearch */
export function tunedOffsets(
  problem: Problem,
  goal: Goal,
  logits: ArrayLike<number>,
  groups: readonly Float32Array[] = [],
  rows?: Int32Array,
): OffsetSearch {
  const levers = [null, ...groups];
  const begin = () => new OffsetSearch(problem, goal, logits, { levers, rows });
  const unit = spread(logits);
  let best = begin();
  if (problem.head.bias === null) return best;
  alongOffsets(best, unit);
  for (let lever = 1; lever < levers.length; lever++) {
    // Feasible first makes a wall of every bound, which coordinates alone do not get round: two classes are tried from many places.
    for (const multiple of problem.classes === 2 ? MULTIPLES : [0]) {
      const search = begin();
      if (multiple !== 0) search.add(1, lever, multiple * unit);
      alongOffsets(search, unit);
      for (const reach of [0.2, 0.1]) {
        search.sweep(reach * unit, lever);
        search.sweep(reach * unit);
      }
      if (isBetter(search.score, best.score)) best = search;
    }
  }
  return best;
}

function alongOffsets(search: OffsetSearch, unit: number): void {
  for (const reach of REACHES) if (search.work < WORK) search.sweep(reach * unit);
}

function spread(values: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    sum += values[at];
    squares += values[at] * values[at];
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(squares / values.length - mean * mean, 1e-12));
}
