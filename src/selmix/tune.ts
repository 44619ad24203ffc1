/** The loop of SelMix: look at validation, decide which pairs to mix, train on them, keep the best head (method.md section 2). */
import * as tf from "@tensorflow/tfjs-core";
import type { StartRecord } from "../protocol/records.ts";
import { Batches, type NextBatch, usesPolicy } from "./batches.ts";
import { type Confusion, confusionFromCounts } from "./confusion.ts";
import { type Direction, Director } from "./director.ts";
import { meanSquaredNorm } from "./featureSet.ts";
import { headFromMatrix } from "./headTensor.ts";
import type { Head, Problem } from "./problem.ts";
import { Random } from "./random.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import { cycleLength, goalOf, type TuneSettings } from "./settings.ts";
import type { Look } from "./smoothing.ts";
import { chooseStart } from "./start.ts";
import { type Goal, steeredValue } from "./steering.ts";
import { HeadTrainer } from "./trainer.ts";
import { Validation } from "./validation.ts";

/** A cycle, reported once its effect has been measured. Arrays are the receiver's to keep. */
export interface CycleReport {
  readonly cycle: number;
  /** Steps done when the cycle began. */
  readonly step: number;
  readonly steps: number;
  readonly objective: number;
  readonly feasible: boolean;
  readonly best: boolean;
  /** Hard counts [B,K] on validation at the start of the cycle. */
  readonly counts: Int32Array;
  readonly learningRate: number;
  /** Null in the last report, which only measures. */
  readonly direction: Direction | null;
  readonly predictedChange: number;
  readonly measuredChange: number | null;
}

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
}

/**
 * Standard errors of the objective by which a head must exceed the start. Less than one, because both are measured on the
 * same samples and most of those are predicted alike.
 */
const DOUBT = 0.5;

/** Multiply-adds between two returns to the event loop, so that a cancel is heard. */
const BREATH = 5e8;

/**
 * Tunes the head of a problem for an objective under constraints, on the tfjs backend that is set.
 * Every bucket must have a validation sample. Same seed and backend, same head, byte for byte.
 * @throws the abort signal's reason when cancelled; RangeError for a bucket without validation samples
 */
export async function tune(
  problem: Problem,
  settings: TuneSettings,
  observer: TuneObserver = {},
): Promise<TuneOutcome> {
  const goal = goalOf(settings);
  const validation = new Validation(problem);
  try {
    const { head, spread, start } = await chooseStart(problem, settings, validation, goal);
    await observer.onStart?.(start);
    const run = new Run(problem, settings, goal, validation, spread, head, observer);
    try {
      return { ...(await run.toEnd()), start };
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
}

interface Pending {
  readonly report: Omit<CycleReport, "measuredChange">;
  readonly value: number;
}

/** The state of one run through its cycles. */
class Run {
  readonly #problem: Problem;
  readonly #settings: TuneSettings;
  readonly #goal: Goal;
  readonly #validation: Validation;
  #spread: number;
  readonly #observer: TuneObserver;
  readonly #trainer: HeadTrainer;
  readonly #director: Director | null;
  readonly #batches: Batches;
  readonly #rate: number;
  readonly #cycle: number;
  #best: { smooth: Score; score: Score; matrix: ArrayLike<number>; step: number } | null = null;
  /** What a head must exceed to be kept instead of the start. */
  #threshold: Score = { value: -Infinity, violation: Infinity };
  #pending: Pending | null = null;
  #work = 0;

  constructor(
    problem: Problem,
    settings: TuneSettings,
    goal: Goal,
    validation: Validation,
    spread: number,
    head: Head,
    observer: TuneObserver,
  ) {
    this.#problem = problem;
    this.#settings = settings;
    this.#goal = goal;
    this.#validation = validation;
    this.#spread = spread;
    this.#observer = observer;
    this.#batches = new Batches(problem, settings.strategy, new Random(settings.seed));
    this.#director = usesPolicy(settings.strategy)
      ? new Director(problem, goal, this.#batches.present, settings.temperature)
      : null;
    this.#trainer = new HeadTrainer(head, settings.batchSize);
    this.#rate = settings.learningRate / meanSquaredNorm(this.#batches.rows);
    this.#cycle = cycleLength(problem, settings);
  }

  async toEnd(): Promise<Omit<TuneOutcome, "start">> {
    const { steps } = this.#settings;
    for (let step = 0, cycle = 0; step < steps; step += this.#cycle, cycle++) {
      const next = await this.#withHead(async (head) => {
        const direction = await this.#look(cycle, step, head);
        return this.#batches.prepare(direction?.policy ?? null, head);
      });
      await this.#trainSteps(next, step, Math.min(step + this.#cycle, steps));
    }
    await this.#withHead((head) => this.#look(Math.ceil(steps / this.#cycle), steps, head));
    if (this.#best === null) throw new Error("no cycle was measured");
    const { matrix, score, step } = this.#best;
    const head = headFromMatrix(matrix, this.#problem.head);
    return { head, score, bestStep: step, steps, cycleLength: this.#cycle };
  }

  dispose(): void {
    this.#trainer.dispose();
    this.#director?.dispose();
    this.#batches.dispose();
  }

  /** Measures the head, reports the cycle before, and decides the next one (unless all steps are done). */
  async #look(cycle: number, step: number, head: tf.Tensor2D): Promise<Direction | null> {
    const { buckets, classes, validation } = this.#problem;
    const look = await this.#validation.look(head, this.#spread);
    this.#spread = look.spread;
    const score = scoreCounts(look.counts, buckets, classes, this.#goal);
    const best = await this.#keepIfBest(look, score, step, head);
    const confusion = confusionFromCounts(look.smooth, buckets, classes);
    await this.#reportPending(confusion);
    const last = step >= this.#settings.steps;
    const direction = last ? null : ((await this.#director?.direct(look, head)) ?? null);
    const learningRate = this.#rateAt(step);
    this.#pending = {
      report: {
        cycle,
        step,
        steps: this.#settings.steps,
        objective: score.value,
        feasible: score.violation === 0,
        best,
        counts: look.counts,
        learningRate,
        direction,
        predictedChange: (direction?.expectedGain ?? 0) * this.#cycle * learningRate,
      },
      value: direction?.steering.value ?? score.value,
    };
    if (last) await this.#reportPending(null);
    await this.#breathe(validation.rows.count * classes * this.#problem.head.size);
    return direction;
  }

  /** The start is left only for a head that is better by more than chance would make it look (see `DOUBT`). */
  async #keepIfBest(look: Look, score: Score, step: number, head: tf.Tensor2D): Promise<boolean> {
    const smooth = this.#validation.score(look, this.#goal);
    if (this.#best === null) {
      this.#threshold = {
        ...smooth,
        value: smooth.value + DOUBT * this.#validation.standardError(look, this.#goal),
      };
    } else if (!isBetter(smooth, this.#threshold) || !isBetter(smooth, this.#best.smooth)) {
      return false;
    }
    this.#best = { smooth, score, matrix: await head.data(), step };
    return true;
  }

  /** Sends the cycle that ended, with the change of psi under the multipliers that it was steered by. */
  async #reportPending(confusion: Confusion | null): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) return;
    const { direction } = pending.report;
    const measuredChange =
      confusion === null || direction === null
        ? null
        : steeredValue(confusion, this.#goal, {
            objective: direction.steering.objectiveMultipliers,
            constraints: direction.steering.constraintMultipliers,
          }) - pending.value;
    await this.#observer.onCycle?.({ ...pending.report, measuredChange });
  }

  /** Cosine decay to 0. */
  #rateAt(step: number): number {
    return this.#rate * 0.5 * (1 + Math.cos((Math.PI * step) / this.#settings.steps));
  }

  async #withHead<T>(use: (head: tf.Tensor2D) => Promise<T>): Promise<T> {
    const head = this.#trainer.matrix();
    try {
      return await use(head);
    } finally {
      head.dispose();
    }
  }

  async #trainSteps(next: NextBatch, from: number, to: number): Promise<void> {
    const { batchSize } = this.#settings;
    for (let step = from; step < to; step++) {
      this.#trainer.step(next(batchSize), this.#rateAt(step));
      await this.#breathe(2 * batchSize * this.#problem.head.size * this.#problem.classes);
    }
  }

  /** Lets the event loop run now and then, and stops when asked to. */
  async #breathe(work: number): Promise<void> {
    this.#work += work;
    if (this.#work > BREATH) {
      this.#work = 0;
      await tf.nextFrame();
    }
    this.#observer.signal?.throwIfAborted();
  }
}
