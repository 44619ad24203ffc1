/**
 * The training-free rivals of the table, made as strong as they fairly can be: many candidates, and of equally good ones
 * the middle of their range. With 10 validation samples a class ranges are wide, and their edges do badly on test.
 */

import { talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { wholeObjective, wholeValue } from "../../src/selmix/confusion/wholeObjective.ts";
import { classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import type { Head, Problem } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import type { TuneSettings } from "../../src/selmix/steering/settings.ts";

const TAUS = Array.from({ length: 61 }, (_unused, at) => at / 20);
/** Changes of one class's offset that a sweep tries, and how they shrink from sweep to sweep. */
const CHANGES = Array.from({ length: 41 }, (_unused, at) => (at - 20) / 10);
const SCALES = [1, 1, 0.4, 0.4, 0.15, 0.15];
const RESTARTS = 4;
/** Standard deviation of a restart's offsets around the logit adjustment. */
const JITTER = 0.5;

/** Validation logits [N,K] of the checkpoint and what is wanted of the predictions made from them. */
interface Task {
  readonly problem: Problem;
  readonly settings: TuneSettings;
  readonly logits: Float64Array;
}

export interface Rivals {
  logitAdjustment(): Head;
  tunedBias(): Head;
}

/** Heads with the best logit adjustment, and with the best offset per class, for the objective on validation. */
export function rivalsOf(problem: Problem, settings: TuneSettings): Rivals {
  const task = { problem, settings, logits: logitsOf(problem) };
  const adjusted = bestAdjustment(task);
  return {
    logitAdjustment: () => withOffsets(problem.head, adjusted),
    tunedBias: () => withOffsets(problem.head, bestOffsets(task, adjusted)),
  };
}

function withOffsets(head: Head, offsets: Float64Array): Head {
  if (head.bias === null) throw new Error("the rivals need a bias to change");
  return { ...head, bias: head.bias.map((value, k) => value + offsets[k]) };
}

function logitsOf({ head, validation }: Problem): Float64Array {
  const { classes, size, weight, bias } = head;
  const logits = new Float64Array(validation.rows.count * classes);
  const features = new Float32Array(size);
  for (let row = 0; row < validation.rows.count; row++) {
    validation.rows.read(row, 1, features, 0);
    for (let k = 0; k < classes; k++) {
      let sum = bias?.[k] ?? 0;
      for (let i = 0; i < size; i++) sum += weight[k * size + i] * features[i];
      logits[row * classes + k] = sum;
    }
  }
  return logits;
}

/** -tau log prior [K], tau the median of the best. */
function bestAdjustment(task: Task): Float64Array {
  const counts = classCounts(task.problem);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shift = (tau: number) => counts.map((count) => -tau * Math.log(count / total));
  const scores = TAUS.map((tau) => {
    const offsets = shift(tau);
    return score(
      task,
      countsOf(task, (row) => strongest(task, offsets, row, -1)),
    );
  });
  const most = Math.max(...scores);
  const best = TAUS.filter((_tau, at) => scores[at] >= most - 1e-12);
  return shift(best[best.length >> 1]);
}

/** Coordinate ascent on hard predictions, from the logit adjustment and from places around it. */
function bestOffsets(task: Task, adjusted: Float64Array): Float64Array {
  const random = new Random(task.settings.seed, 23);
  let best: { offsets: Float64Array; value: number } | null = null;
  for (let restart = 0; restart < RESTARTS; restart++) {
    const start = adjusted.map((offset) => offset + (restart === 0 ? 0 : JITTER * normal(random)));
    const found = ascend(task, start);
    if (best === null || found.value > best.value) best = found;
  }
  return best?.offsets ?? adjusted;
}

function ascend(task: Task, offsets: Float64Array): { offsets: Float64Array; value: number } {
  let value = score(
    task,
    countsOf(task, (row) => strongest(task, offsets, row, -1)),
  );
  for (const scale of SCALES) {
    for (let label = 0; label < offsets.length; label++) {
      const scores = scoresAlong(task, offsets, label, scale);
      const at = middleOfBest(scores);
      if (scores[at] <= value) continue;
      value = scores[at];
      offsets[label] += scale * CHANGES[at];
    }
  }
  return { offsets, value };
}

/** Scores for each of CHANGES to the offset of one class. */
function scoresAlong(task: Task, offsets: Float64Array, label: number, scale: number): number[] {
  const { classes, validation } = task.problem;
  const rows = validation.rows.count;
  const rivals = new Int32Array(rows);
  const needed = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    rivals[row] = strongest(task, offsets, row, label);
    const at = row * classes;
    needed[row] =
      task.logits[at + rivals[row]] + offsets[rivals[row]] - task.logits[at + label] - offsets[label];
  }
  return CHANGES.map((change) =>
    score(
      task,
      countsOf(task, (row) => (scale * change > needed[row] ? label : rivals[row])),
    ),
  );
}

/** The class with the largest logit, `left` left out. */
function strongest({ problem, logits }: Task, offsets: Float64Array, row: number, left: number): number {
  const at = row * problem.classes;
  let [best, most] = [-1, -Infinity];
  for (let k = 0; k < problem.classes; k++) {
    const logit = logits[at + k] + offsets[k];
    if (k !== left && logit > most) [best, most] = [k, logit];
  }
  return best;
}

function countsOf({ problem }: Task, predict: (row: number) => number): Int32Array {
  const { classes, buckets, validation } = problem;
  const counts = new Int32Array(buckets.length * classes);
  for (let row = 0; row < validation.rows.count; row++)
    counts[validation.buckets[row] * classes + predict(row)]++;
  return counts;
}

function score({ problem, settings }: Task, counts: Int32Array): number {
  const tallies = talliesFromCounts(counts, problem.buckets, problem.classes);
  return wholeValue(wholeObjective(settings.objective), tallies, settings.isHead);
}

/** Of the unbroken range of best scores that lies closest to no change, the index in the middle. */
function middleOfBest(scores: readonly number[]): number {
  const from = CHANGES.length >> 1;
  const most = Math.max(...scores);
  const isBest = (at: number) => scores[at] >= most - 1e-12;
  let nearest = -1;
  for (let at = 0; at < scores.length; at++) {
    if (isBest(at) && (nearest < 0 || Math.abs(at - from) < Math.abs(nearest - from))) nearest = at;
  }
  let [low, high] = [nearest, nearest];
  while (low > 0 && isBest(low - 1)) low--;
  while (high < scores.length - 1 && isBest(high + 1)) high++;
  return (low + high) >> 1;
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
