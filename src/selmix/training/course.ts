/** The course of a run through its cycles, whatever it trains: what was best, what is reported, what a cycle brought. */

import type { Counts } from "../confusion/matrix.ts";
import type { Head, Problem } from "../problem.ts";
import { type Score, scoreCounts } from "../steering/score.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import { type Goal, valueUnder, withoutMargins } from "../steering/steering.ts";
import { type SelectionState, selected } from "../validation/selection.ts";
import type { Validation } from "../validation/validation.ts";
import type { Direction, Director } from "./director.ts";

/** A cycle, reported once its effect has been measured. Arrays are the receiver's to keep. */
export interface CycleReport {
  readonly cycle: number;
  /** Steps done when the cycle began. */
  readonly step: number;
  readonly steps: number;
  /** As it is told: a cost in its unit. */
  readonly objective: number;
  readonly feasible: boolean;
  readonly best: boolean;
  /** Hard counts [B,K] on validation at the start of the cycle. */
  readonly counts: Counts;
  readonly learningRate: number;
  /** Null in the last report, which only measures. */
  readonly direction: Direction | null;
  readonly predictedChange: number;
  readonly measuredChange: number | null;
}

/** What is looked at: a head, and validation's features as they enter it. */
export interface Sight {
  readonly validation: Validation;
  /** Null for strategies without a policy. */
  readonly director: Director | null;
  readonly head: Head;
  /** What was seen of the head, where that is known already. */
  readonly look?: ValidationPass;
}

/** The steps that follow a look, and the head's rate in them; none after the last look. */
export interface Ahead {
  readonly steps: number;
  readonly learningRate: number;
}

export interface Best<Kept> {
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
  readonly selection: SelectionState | null;
  /** The cycle that is running: reported when its effect can be measured. */
  readonly pending: Pending | null;
}

export class Course<Kept> {
  readonly #problem: Problem;
  readonly #steps: number;
  readonly #goal: Goal;
  readonly #onCycle: (report: CycleReport) => void | Promise<void>;
  #state: CourseState<Kept>;

  /** @param steps of the whole run */
  constructor(
    problem: Problem,
    steps: number,
    goal: Goal,
    onCycle: (report: CycleReport) => void | Promise<void>,
    state: CourseState<Kept>,
  ) {
    this.#problem = problem;
    this.#steps = steps;
    this.#goal = goal;
    this.#onCycle = onCycle;
    this.#state = state;
  }

  /** A course that begins, its first look smoothed by the spread of the checkpoint's margins. */
  static from(spread: number): CourseState<never> {
    return { cycle: 0, spread, best: null, selection: null, pending: null };
  }

  get state(): CourseState<Kept> {
    return this.#state;
  }

  /** The best so far. @throws Error before the first look */
  get best(): Best<Kept> {
    if (this.#state.best === null) throw new Error("no cycle was measured");
    return this.#state.best;
  }

  /**
   * Reports the cycle that has ended, with what it brought as `look` sees it. True where that contradicts the prediction: psi fell
   * by at least as much as it was to rise.
   */
  async ended(look: ValidationPass): Promise<boolean> {
    const predicted = this.#state.pending?.report.predictedChange ?? 0;
    const measured = await this.#reportPending(look);
    return measured !== null && measured < 0 && -measured >= predicted;
  }

  /** Keeps a head that was looked at beside the path, where it is the best so far. */
  async consider(look: ValidationPass, step: number, keep: () => Promise<Kept>): Promise<boolean> {
    const { buckets, classes } = this.#problem;
    const score = scoreCounts(look.counts, buckets, classes, withoutMargins(this.#goal));
    return this.#keepIfBest(look, score, step, keep);
  }

  /** Measures what stands, reports the cycle before, and decides the next one (unless no steps follow). */
  async look(
    sight: Sight,
    step: number,
    ahead: Ahead | null,
    keep: () => Promise<Kept>,
  ): Promise<Direction | null> {
    const { buckets, classes } = this.#problem;
    const look = sight.look ?? (await sight.validation.look(sight.head, this.#state.spread));
    const score = scoreCounts(look.counts, buckets, classes, withoutMargins(this.#goal));
    const best = await this.#keepIfBest(look, score, step, keep);
    await this.#reportPending(look);
    const direction = ahead === null ? null : ((await sight.director?.direct(look, sight.head)) ?? null);
    const learningRate = ahead?.learningRate ?? 0;
    const report = {
      cycle: this.#state.cycle,
      step,
      steps: this.#steps,
      objective: this.#goal.objective.told(score.value),
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

  async #keepIfBest(
    look: ValidationPass,
    score: Score,
    step: number,
    keep: () => Promise<Kept>,
  ): Promise<boolean> {
    const selection = selected(look, this.#state.selection, this.#problem, this.#goal);
    if (selection === null) return false;
    this.#state = { ...this.#state, selection, best: { score, step, kept: await keep() } };
    return true;
  }

  /** Sends the cycle that ended, with the change of psi under the multipliers that it was steered by. */
  async #reportPending(look: ValidationPass | null): Promise<number | null> {
    const { pending } = this.#state;
    this.#state = { ...this.#state, pending: null };
    if (pending === null) return null;
    const { direction } = pending.report;
    const measuredChange =
      look === null || direction === null
        ? null
        : valueUnder(direction.steering, look, this.#problem, this.#goal) - pending.value;
    await this.#onCycle({ ...pending.report, measuredChange });
    return measuredChange;
  }
}
