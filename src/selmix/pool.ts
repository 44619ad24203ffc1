/**
 * The heads that an answer is chosen from: SelMix's own, and what is had without it (the checkpoint, its logit adjustment, a balanced
 * refit), each as it is and with offsets tuned on validation. The best feasible one is the answer, whoever made it.
 */
import type { Compute } from "./evaluator.ts";
import type { Goal } from "./steering.ts";
import { type GroupScore, groupScores } from "./groupScores.ts";
import { needsGroups } from "./objectives.ts";
import type { Head, Problem } from "./problem.ts";
import { Random } from "./random.ts";
import type { TuneSettings } from "./settings.ts";
import { goalOf } from "./settings.ts";
import { Batches } from "./batches.ts";
import { meanSquaredNorm } from "./featureStatistics.ts";
import { rateAt } from "./schedule.ts";
import { baggedBias, tuneBias } from "./tunedBias.ts";

export type PoolMethod = string;

export interface Candidate {
  readonly method: PoolMethod;
  readonly head: Head;
}

/** Share of a tune's steps that the balanced refit gets. */
const REFIT_SHARE = 0.25;

/** Cross-entropy on train with every bucket drawn equally often, from a head. */
export async function balancedRefit(problem: Problem, settings: TuneSettings, head: Head, compute: Compute): Promise<Head> {
  const random = new Random(settings.seed, 31);
  const batches = new Batches(problem, "classBalanced", random, compute);
  const trainer = compute.trainer(head, settings.batchSize);
  const steps = Math.ceil(REFIT_SHARE * settings.steps);
  const rate = settings.learningRate / meanSquaredNorm(batches.rows);
  try {
    const next = await batches.prepare(null, head);
    for (let step = 0; step < steps; step++)
      await trainer.step(next(settings.batchSize), rateAt(rate, step, { from: 0, to: steps }));
    return await trainer.head();
  } finally {
    trainer.dispose();
    batches.dispose();
  }
}

/** Scores that offsets are tuned with: among rows of the same label where a bound compares recalls or false positives. */
export function groupScoresFor(problem: Problem, { constraints }: Goal): GroupScore[] {
  const between = constraints.filter(({ metric }) => needsGroups(metric));
  if (between.length === 0) return [];
  return groupScores(problem, between.some(({ metric }) => !metric.startsWith("coverage")));
}

/** Every head, and every head with tuned offsets. */
export async function poolOf(
  problem: Problem,
  settings: TuneSettings,
  heads: readonly Candidate[],
  compute: Compute,
): Promise<Candidate[]> {
  const goal = goalOf(settings);
  const scores = groupScoresFor(problem, goal);
  const all: Candidate[] = [];
  for (const { method, head } of heads) {
    const tuned = await (goal.constraints.length > 0 ? tuneBias : baggedBias)(problem, head, goal, compute, scores);
    all.push({ method, head }, { method: `${method}+offsets`, head: tuned.head });
  }
  return all;
}
