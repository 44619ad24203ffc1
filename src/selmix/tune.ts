/** The loop of SelMix on a head: look at validation, decide which pairs to mix, train on them, keep the best (method.md section 2). */
import type { AnswerMethod, StartRecord } from "../protocol/records.ts";
import { type BoundedStart, boundedStart } from "./boundedStart.ts";
import { inConditionedCoordinates } from "./conditioning.ts";
import { Course, type CycleReport } from "./course.ts";
import type { Compute } from "./evaluator.ts";
import { HeadRun } from "./headRun.ts";
import { classCounts } from "./logitAdjustment.ts";
import { Memory } from "./memory.ts";
import { bestOf, type Candidate, candidates } from "./pool.ts";
import type { Head, Problem } from "./problem.ts";
import { Random } from "./random.ts";
import { leastPredictions, type Score } from "./score.ts";
import { goalOf, type TuneSettings } from "./settings.ts";
import { chooseStart, type Start } from "./start.ts";
import { talliesFromCounts } from "./tallies.ts";
import { tensors } from "./tensors.ts";
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
  /** Who made it. */
  readonly method: AnswerMethod;
  readonly start: StartRecord;
  /** On validation, by hard counts. */
  readonly score: Score;
  /** Steps after which SelMix's own best head stood, and that head: what is shown apart from the answer. */
  readonly bestStep: number;
  readonly own: Head;
  readonly steps: number;
  readonly cycleLength: number;
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
  const { problem: conditioned, original } = inConditionedCoordinates(problem);
  const outcome = await tuneConditioned(conditioned, settings, observer, compute);
  return { ...outcome, head: original(outcome.head), own: original(outcome.own) };
}

/** The same in conditioned coordinates. */
async function tuneConditioned(
  problem: Problem,
  asked: TuneSettings,
  observer: TuneObserver,
  compute: Compute,
): Promise<TuneOutcome> {
  const { steps } = asked;
  const validation = new Validation(problem, compute);
  try {
    const chosen = await chooseStart(problem, asked, validation, classCounts(problem));
    const { start, settings } = await beginning(problem, asked, chosen, validation, compute);
    await observer.onStart?.(start.start);
    const onCycle = (report: CycleReport) => observer.onCycle?.(report);
    const course = new Course<Head>(problem, steps, goalOf(settings), onCycle, Course.from(start.spread));
    const run = new HeadRun(problem, settings, validation, start.head, {
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
      const { kept, step } = course.best;
      const began: Candidate = { method: START_METHODS[start.start.kind], head: start.head };
      const own: Candidate = step === 0 ? { ...began, head: kept } : { method: "selmix", head: kept };
      const outcome = { start: start.start, bestStep: step, own: kept, steps, cycleLength: run.cycleLength };
      const all = await candidates(problem, settings, { start: began, last: await run.head(), own }, compute);
      const { head, method, score } = await bestOf(all, problem, settings, validation, start.spread);
      return { ...outcome, head, method, score };
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
}

const START_METHODS: Readonly<Record<StartRecord["kind"], AnswerMethod>> = {
  checkpoint: "checkpoint",
  logitAdjusted: "logitAdjustment",
  tunedBias: "tunedBias",
};

/** The least that each class has to be predicted, and the start under the bounds there are. */
async function beginning(
  problem: Problem,
  settings: TuneSettings,
  chosen: Start,
  validation: Validation,
  compute: Compute,
): Promise<BoundedStart> {
  const { counts } = await validation.look(problem.head, 0);
  const leastPredicted = leastPredictions(talliesFromCounts(counts, problem.buckets, problem.classes));
  return boundedStart(problem, { ...settings, leastPredicted }, chosen, validation, compute);
}
