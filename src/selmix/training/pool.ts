/**
 * The heads that an answer is chosen from once training has ended: SelMix's own, and what is had without it (tuned offsets, a
 * refit of the head). The best feasible one is the answer, whoever made it, and its method is named.
 */

import type { AnswerMethod } from "../../protocol/records.ts";
import { asMatrix, type Counts } from "../confusion/matrix.ts";
import { matrixOf, weightedSum } from "../confusion/matrixBuilder.ts";
import { countsOnValidation } from "../confusion/tallies.ts";
import { meanSquaredNorm } from "../featureStatistics.ts";
import { refitsUnder } from "../heads/boundedRefit.ts";
import type { Tuning } from "../heads/crossFit.ts";
import { canTuneOffsets } from "../heads/offsets.ts";
import { baggedBias, tuneBias } from "../heads/tunedBias.ts";
import type { Head, Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { rateAt, Yielder } from "../schedule.ts";
import { isBetter, type Score, scoreCounts } from "../steering/score.ts";
import { goalOf, type TuneSettings } from "../steering/settings.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import { type Goal, withoutMargins } from "../steering/steering.ts";
import type { Compute } from "../validation/evaluator.ts";
import type { LogitTables } from "../validation/logitTable.ts";
import { doubted, smoothedScore } from "../validation/selection.ts";
import type { Validation } from "../validation/validation.ts";
import { Batches } from "./batches.ts";

export interface Candidate {
  readonly method: AnswerMethod;
  readonly head: Head;
  /** How its offsets were tuned on validation; null where they were not. */
  readonly tuning: Tuning | null;
}

/** A candidate as it is measured on validation. */
export interface Answer extends Candidate {
  /** By smoothed counts: what it is chosen by. */
  readonly chosenBy: Score;
  /** By hard counts, as it is reported. */
  readonly score: Score;
}

/** Standard errors by which another head has to be better than SelMix's own: offsets were tuned on the very samples that judge. */
const DOUBT = 1;
/** Validation rows a class below which offsets of their own do worse on fresh rows than logit adjustment (bench/quality/RESULTS.md). */
const FEWEST_ROWS = 20;
/** Share of a tune's steps that the balanced refit gets. */
const REFIT_SHARE = 0.25;
/** Stream of the refit's random numbers. */
const STREAM = 31;
/** Entries of logits and counts that a pass over validation may have for offsets to be tuned on resampled sets. */
const SMALL = 4e6;

export interface Trained {
  /** Where training started, and the last head it came to. */
  readonly start: Candidate;
  readonly last: Head;
  /** SelMix's own answer. */
  readonly own: Candidate;
  /** Where the logits are had from that offsets are tuned on. */
  readonly tables: LogitTables;
  /** How offsets of a head that was trained from the start are tuned. */
  tuningOf(head: Head): Tuning;
}

/**
 * Own answer first, then the others. Without bounds offsets are tuned for the start (which is the rival called tuned bias); under bounds
 * for the last head and for a refit. The controls, which train otherwise, are only mended.
 */
export async function candidates(
  problem: Problem,
  settings: TuneSettings,
  { start, last, own, tables, tuningOf }: Trained,
  compute: Compute,
  signal?: AbortSignal,
): Promise<Candidate[]> {
  const goal = goalOf(settings);
  const bounded = settings.constraints.length > 0;
  if (!canTuneOffsets(problem)) return [own, start];
  const isSmall = problem.validation.rows.count * problem.classes <= SMALL;
  const tuned = async (method: AnswerMethod, from: Head, base: Tuning): Promise<Candidate> => {
    const tuning = { ...base, bagged: !bounded && isSmall };
    const head = tuning.bagged
      ? await baggedBias(problem, from, goal, compute, settings.seed, signal, tables)
      : (await tuneBias(problem, from, goal, compute, tuning.scores, signal, tables)).head;
    return { method, head, tuning };
  };
  const mended = (head: Head) => tuned("selmixOffsets", head, tuningOf(head));
  if (settings.strategy !== "selmix") return bounded ? [own, await mended(own.head)] : [own];
  const isPoor = problem.validation.rows.count < FEWEST_ROWS * problem.classes;
  if (!bounded && isPoor) return [own, start];
  if (!bounded) return [own, start, await tuned("tunedBias", start.head, tuningOf(start.head))];
  const refitted: Candidate[] = [];
  const fitted = (method: AnswerMethod, head: Head) => tuned(method, head, { ...tuningOf(head), base: head });
  const refits = await refitsUnder(problem, goal, signal);
  for (const head of refits) refitted.push(await fitted("boundedRefit", head));
  if (refits.length === 0) {
    const head = await balancedRefit(problem, settings, compute, new Yielder(signal));
    refitted.push(await fitted("balancedRefit", head));
  }
  return [own, start, ...refitted, await mended(last)];
}

/**
 * The best of some candidates by their smoothed score, feasible first. The first, SelMix's own, is left only for one that is feasible
 * where it is not, or better by more than chance; and without bounds for no offsets that are not better on rows they were not tuned
 * on: a thousand offsets learn ten rows a class by heart.
 * @param crossFitted predicts every row of validation by a fit that left it out
 */
export async function bestOf(
  all: readonly Candidate[],
  problem: Problem,
  settings: TuneSettings,
  validation: Validation,
  spread: number,
  crossFitted: (tuning: Tuning) => Promise<Int32Array>,
): Promise<Answer> {
  const goal = goalOf(settings);
  const measured = async (candidate: Candidate): Promise<Answer & { look: ValidationPass }> => {
    const look = await validation.look(candidate.head, spread);
    const score = scoreCounts(look.counts, problem.buckets, problem.classes, withoutMargins(goal));
    return { ...candidate, look, chosenBy: smoothedScore(look, problem, goal), score };
  };
  const own = await measured(all[0]);
  const threshold = doubted(own.look, own.chosenBy, problem, goal, DOUBT);
  let best: Answer = own;
  for (const candidate of all.slice(1)) {
    const answer = await measured(candidate);
    if (!isBetter(answer.chosenBy, threshold) || !isBetter(answer.chosenBy, best.chosenBy)) continue;
    const { tuning } = candidate;
    const learntByHeart =
      tuning !== null &&
      settings.constraints.length === 0 &&
      !isBetter(
        clippedScore(countsOnValidation(problem, await crossFitted(tuning)), problem, goal),
        clippedScore(own.look.counts, problem, goal),
      );
    if (!learntByHeart) best = answer;
  }
  return best;
}

/** A class without a row that is right counts as half a row: products of recalls would not tell heads with one such class from others. */
function clippedScore(counts: Counts, { buckets, classes }: Problem, goal: Goal): Score {
  const labels = buckets.map(({ label }) => label);
  const own = matrixOf(
    { rowOf: [...labels.keys()], columnOf: labels, amounts: new Float64Array(labels.length) },
    buckets.length,
    classes,
  );
  const clipped = weightedSum(asMatrix(counts, buckets.length, classes), 1, own, 1);
  for (const [b, label] of labels.entries()) {
    const place = clipped.layout.place(b, label);
    clipped.values[place] = Math.max(clipped.values[place], 0.5);
  }
  return scoreCounts(clipped, buckets, classes, withoutMargins(goal));
}

/** Cross-entropy on train with every bucket drawn equally often, from the checkpoint's head. */
async function balancedRefit(
  problem: Problem,
  settings: TuneSettings,
  compute: Compute,
  yielder: Yielder,
): Promise<Head> {
  const batches = new Batches(problem, "classBalanced", new Random(settings.seed, STREAM), compute);
  const trainer = compute.trainer(problem.head, settings.batchSize);
  const stretch = { from: 0, to: Math.ceil(REFIT_SHARE * settings.steps) };
  const rate = settings.learningRate / meanSquaredNorm(batches.rows);
  try {
    const next = await batches.prepare(null, problem.head);
    for (let step = 0; step < stretch.to; step++) {
      await trainer.step(next(settings.batchSize), rateAt(rate, step, stretch));
      await yielder.after(2 * settings.batchSize * problem.head.size * problem.classes);
    }
    return await trainer.head();
  } finally {
    trainer.dispose();
    batches.dispose();
  }
}
