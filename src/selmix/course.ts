/** The course of a run through its cycles, whatever it trains: what was best, what is reported, what a cycle brought. */
import type * as tf from "@tensorflow/tfjs-core";
import { type Confusion, confusionFromCounts } from "./confusion.ts";
import type { Direction, Director } from "./director.ts";
import type { Problem } from "./problem.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import type { TuneSettings } from "./settings.ts";
import type { Look } from "./smoothing.ts";
import { type Goal, steeredValue } from "./steering.ts";
import type { Validation } from "./validation.ts";

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

/** What is looked at: a head [columns, K], and validation's features as they enter it. */
export interface Sight {
  readonly validation: Validation;
  /** Null for strategies without a policy. */
  readonly director: Director | null;
  readonly head: tf.Tensor2D;
}

/** The steps that follow a look, and the head's rate in them; none after the last look. */
export interface Ahead {
  readonly steps: number;
  readonly learningRate: number;
}

export interface Best<Kept> {
  /** The smoothed score that heads are compared by. */
  readonly smooth: Score;
  /** By hard counts, as reported. */
  readonly score: Score;
  readonly step: number;
  readonly kept: Kept;
}

export interface Pending {
  readonly report: Omit<CycleReport, "measuredChange">;
  /** psi, with its constraint terms, at the start of the cycle. */
  readonly value: number;
}

/** Everything that a course remembers, as plain data. */
export interface CourseState<Kept> {
  readonly cycle: number;
  /** Spread of the margins at the last look, which the next one is smoothed with. */
  readonly spread: number;
  readonly best: Best<Kept> | null;
  /** What must be exceeded to be kept instead of the start. */
  readonly threshold: Score;
  /** The cycle that is running: reported when its effect can be measured. */
  readonly pending: Pending | null;
}

/**
 * Standard errors of the objective by which a head must exceed the start. Less than one, because both are measured on the
 * same samples and most of those are predicted alike.
 */
const DOUBT = 0.5;

export class Course<Kept> {
  readonly #problem: Problem;
  readonly #settings: TuneSettings;
  readonly #goal: Goal;
  readonly #onCycle: (report: CycleReport) => void | Promise<void>;
  #state: CourseState<Kept>;

  constructor(
    problem: Problem,
    settings: TuneSettings,
    goal: Goal,
    onCycle: (report: CycleReport) => void | Promise<void>,
    state: CourseState<Kept>,
  ) {
    this.#problem = problem;
    this.#settings = settings;
    this.#goal = goal;
    this.#onCycle = onCycle;
    this.#state = state;
  }

  /** A course that begins, its first look smoothed by the spread of the checkpoint's margins. */
  static from(spread: number): CourseState<never> {
    return {
      cycle: 0,
      spread,
      best: null,
      threshold: { value: -Infinity, violation: Infinity },
      pending: null,
    };
  }

  get state(): CourseState<Kept> {
    return this.#state;
  }

  /** The best so far. @throws Error before the first look */
  get best(): Best<Kept> {
    if (this.#state.best === null) throw new Error("no cycle was measured");
    return this.#state.best;
  }

  /** Measures what stands, reports the cycle before, and decides the next one (unless no steps follow). */
  async look(
    sight: Sight,
    step: number,
    ahead: Ahead | null,
    keep: () => Promise<Kept>,
  ): Promise<Direction | null> {
    const { buckets, classes } = this.#problem;
    const look = await sight.validation.look(sight.head, this.#state.spread);
    const score = scoreCounts(look.counts, buckets, classes, this.#goal);
    const best = await this.#keepIfBest(sight.validation, look, score, step, keep);
    const confusion = confusionFromCounts(look.smooth, buckets, classes);
    await this.#reportPending(confusion);
    const direction = ahead === null ? null : ((await sight.director?.direct(look, sight.head)) ?? null);
    const learningRate = ahead?.learningRate ?? 0;
    const report = {
      cycle: this.#state.cycle,
      step,
      steps: this.#settings.steps,
      objective: score.value,
      feasible: score.violation === 0,
      best,
      counts: look.counts,
      learningRate,
      direction,
      predictedChange: (direction?.expectedGain ?? 0) * (ahead?.steps ?? 0) * learningRate,
    };
    const pending = { report, value: direction?.steering.value ?? score.value };
    this.#state = { ...this.#state, cycle: report.cycle + 1, spread: look.spread, pending };
    if (ahead === null) await this.#reportPending(null);
    return direction;
  }

  /** The start is left only for a head that is better by more than chance would make it look (see `DOUBT`). */
  async #keepIfBest(
    validation: Validation,
    look: Look,
    score: Score,
    step: number,
    keep: () => Promise<Kept>,
  ): Promise<boolean> {
    const smooth = validation.score(look, this.#goal);
    const { best, threshold } = this.#state;
    if (best === null) {
      const value = smooth.value + DOUBT * validation.standardError(look, this.#goal);
      this.#state = { ...this.#state, threshold: { ...smooth, value } };
    } else if (!isBetter(smooth, threshold) || !isBetter(smooth, best.smooth)) {
      return false;
    }
    this.#state = { ...this.#state, best: { smooth, score, step, kept: await keep() } };
    return true;
  }

  /** Sends the cycle that ended, with the change of psi under the multipliers that it was steered by. */
  async #reportPending(confusion: Confusion | null): Promise<void> {
    const { pending } = this.#state;
    this.#state = { ...this.#state, pending: null };
    if (pending === null) return;
    const { direction } = pending.report;
    const measuredChange =
      confusion === null || direction === null
        ? null
        : steeredValue(confusion, this.#goal, {
            objective: direction.steering.objectiveMultipliers,
            constraints: direction.steering.constraintMultipliers,
          }) - pending.value;
    await this.#onCycle({ ...pending.report, measuredChange });
  }
}
