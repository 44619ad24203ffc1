/** The loop of SelMix on a head: look at validation, decide which pairs to mix, train on them, keep the best (method.md section 2). */
import type { StartRecord } from "../protocol/records.ts";
import { conditionedProblem, conditioningOf, originalHead } from "./conditioning.ts";
import { Course, type CycleReport } from "./course.ts";
import type { Compute } from "./evaluator.ts";
import { HeadRun } from "./headRun.ts";
import { classCounts } from "./logitAdjustment.ts";
import { Memory } from "./memory.ts";
import type { Head, Problem } from "./problem.ts";
import { Random } from "./random.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import { balancedRefit, groupScoresFor, poolOf } from "./pool.ts";
import { smoothedScore } from "./selection.ts";
import { goalOf, type TuneSettings } from "./settings.ts";
import { chooseStart, type Start } from "./start.ts";
import type { Goal } from "./steering.ts";
import { tensors } from "./tensors.ts";
import { tuneBias } from "./tunedBias.ts";
import { Validation } from "./validation.ts";

export type { CycleReport } from "./course.ts";

export interface TuneObserver {
  onStart?(start: StartRecord): void | Promise<void>;
  onCycle?(report: CycleReport): void | Promise<void>;
  /** Aborting makes `tune` throw the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TuneOutcome {
  readonly head: Head;
  readonly start: StartRecord;
  /** On validation, by hard counts. */
  readonly score: Score;
  /** Steps after which the best head stood. */
  readonly bestStep: number;
  readonly steps: number;
  readonly cycleLength: number;
  /** Whether the head's offsets were tuned at the end, because training alone missed a constraint. */
  readonly mended: boolean;
}

/**
 * Tunes the head of a problem for an objective under constraints.
 * Every bucket must have a validation sample. Same seed and backend, same head, byte for byte.
 * @param compute what a backend brings
 * @throws the abort signal's reason when cancelled; RangeError for a bucket without validation samples
 */
export async function tune(
  problem: Problem,
  settings: TuneSettings,
  observer: TuneObserver = {},
  compute: Compute = tensors,
): Promise<TuneOutcome> {
  const conditioning = conditioningOf(problem.train.rows, problem.head.bias !== null);
  (globalThis as any).poolConditioning = conditioning;
  const outcome = await tuneConditioned(conditionedProblem(problem, conditioning), settings, observer, compute);
  (globalThis as any).poolConditioning = conditioning;
  return { ...outcome, head: originalHead(outcome.head, conditioning) };
}

async function tuneConditioned(
  problem: Problem,
  settings: TuneSettings,
  observer: TuneObserver,
  compute: Compute,
): Promise<TuneOutcome> {
  const { steps } = settings;
  const goal = goalOf(settings);
  const validation = new Validation(problem, compute);
  try {
    const chosen = await chooseStart(problem, settings, validation, classCounts(problem));
    const { head, start, spread } = process.env.NOSTART ? chosen : await tunedStart(problem, settings, chosen, validation, compute);
    await observer.onStart?.(start);
    const onCycle = (report: CycleReport) => observer.onCycle?.(report);
    const course = new Course<Head>(problem, steps, goal, onCycle, Course.from(spread));
    const run = new HeadRun(problem, settings, validation, head, {
      course,
      memory: new Memory(settings.temperature),
      random: new Random(settings.seed),
      compute,
      signal: observer.signal,
      keep: (head) => head,
    });
    try {
      await run.along({ from: 0, to: steps });
      await run.end(steps);
      const { kept, score, step } = course.best;
      if (process.env.POOL) {
        const refit = await balancedRefit(problem, settings, problem.head, compute);
        const heads = [
          { method: "checkpoint", head: problem.head },
          ...(start.tau > 0 ? [{ method: "adjusted", head }] : []),
          { method: "refit", head: refit },
          { method: "selmix", head: kept },
          { method: "last", head: await run.head() },
        ];
        const pool = await poolOf(problem, settings, heads, compute);
        let best = null;
        const spread2 = await validation.spread(head);
        for (const one of pool) {
          const look = await validation.look(one.head, spread2);
          const smooth = smoothedScore(look, problem, goal);
          const hard = scoreCounts(look.counts, problem.buckets, problem.classes, goal);
          const entry = { ...one, smooth, score: hard };
          (globalThis as any).poolSeen?.(entry);
          if (best === null || isBetter({ ...smooth, violation: hard.violation }, { ...best.smooth, violation: best.score.violation })) best = entry;
        }
        if (best !== null) return { head: best.head, score: best.score, mended: false, method: best.method, start, bestStep: step, steps, cycleLength: run.cycleLength } as any;
      }
      const best = await mend(problem, kept, score, goal, compute);
      return { ...best, start, bestStep: step, steps, cycleLength: run.cycleLength };
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
}

/**
 * Where there are bounds, offsets (and multiples of group scores) tuned for them on validation are a start as well: a feasible one
 * that training then turns for the better, and that is the answer where training finds nothing better.
 */
async function tunedStart(problem: Problem, settings: TuneSettings, chosen: Start, validation: Validation, compute: Compute): Promise<Start> {
  const goal = goalOf(settings);
  if (settings.start !== "best" || goal.constraints.length === 0) return chosen;
  const heads = chosen.head === problem.head ? [problem.head] : [problem.head, chosen.head];
  const scores = groupScoresFor(problem, goal);
  const scoreOf = async (head: Head) => smoothedScore(await validation.look(head, chosen.spread), problem, goal);
  let [best, bestScore] = [chosen, await scoreOf(chosen.head)];
  for (const from of heads) {
    const { head } = await tuneBias(problem, from, goal, compute, scores);
    const score = await scoreOf(head);
    if (isBetter(score, bestScore)) {
      [best, bestScore] = [{ ...chosen, head, start: { kind: "tunedBias", tau: 0, why: "offsets" } }, score];
    }
  }
  return best;
}

/**
 * A constraint that training missed may still be within reach of offsets, as few training samples hold the head where it
 * is: a head that a training-free fix makes feasible is not returned infeasible.
 */
async function mend(problem: Problem, head: Head, score: Score, goal: Goal, compute: Compute) {
  if (score.violation === 0) return { head, score, mended: false };
  const offset = await tuneBias(problem, head, goal, compute);
  return offset.score.violation === 0 ? { ...offset, mended: true } : { head, score, mended: false };
}
