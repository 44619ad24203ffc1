/** The validation set: what heads are looked at on, for steering and for selection. */
import type * as tf from "@tensorflow/tfjs-core";
import { confusionFromCounts } from "./confusion.ts";
import { FeatureSet } from "./featureSet.ts";
import { columnsOf } from "./headTensor.ts";
import type { Problem } from "./problem.ts";
import { type Score, scoreCounts } from "./score.ts";
import { type Look, LookBuilder, Shares } from "./smoothing.ts";
import { type Goal, standardError } from "./steering.ts";

/** Looks held at a time, and logits kept to make more of them, take at most this many bytes each. */
const LOOK_BYTES = 48 * 2 ** 20;
const LOGIT_BYTES = 32 * 2 ** 20;

export class Validation {
  readonly #problem: Problem;
  readonly #set: FeatureSet;
  readonly #labels: Int32Array;
  readonly #shares: Shares;

  constructor(problem: Problem) {
    this.#problem = problem;
    this.#set = new FeatureSet(problem.validation.rows, columnsOf(problem.head), problem.classes);
    this.#labels = Int32Array.from(problem.buckets, (bucket) => bucket.label);
    this.#shares = new Shares(problem.validation.rows.count, problem.classes);
  }

  /** Spread of the margins under a head [columns, K]: the width that the first look is smoothed with. */
  async spread(head: tf.Tensor2D): Promise<number> {
    return (await this.look(head, 0)).spread;
  }

  /** Looks at a head [columns, K], smoothed by the spread of an earlier look. Its derivative holds until the next look. */
  async look(head: tf.Tensor2D, spread: number): Promise<Look> {
    const builder = this.#builder(spread, this.#shares);
    await this.#set.logits(head, (logits, start) => builder.add(logits, start));
    return builder.finish();
  }

  /**
   * Scores a head with each of some offsets [K] on its logits. A look holds B x K numbers twice, so only a few are made at
   * a time, all from the same logits where those can be kept.
   */
  async scoreShifted(
    head: tf.Tensor2D,
    offsets: readonly Float32Array[],
    spread: number,
    goal: Goal,
  ): Promise<Score[]> {
    const { buckets, classes, validation } = this.#problem;
    const atOnce = Math.max(1, Math.floor(LOOK_BYTES / (12 * buckets.length * classes)));
    const several = offsets.length > atOnce;
    const all = several && 4 * validation.rows.count * classes <= LOGIT_BYTES;
    const kept = all ? await this.#set.allLogits(head) : null;
    const scores: Score[] = [];
    for (let from = 0; from < offsets.length; from += atOnce) {
      const group = offsets.slice(from, from + atOnce);
      const builders = group.map(() => this.#builder(spread, null));
      const add = (logits: ArrayLike<number>, start: number) => {
        for (const [at, builder] of builders.entries()) builder.add(logits, start, group[at]);
      };
      if (kept === null) await this.#set.logits(head, add);
      else add(kept, 0);
      for (const builder of builders) scores.push(this.score(builder.finish(), goal));
    }
    return scores;
  }

  /**
   * The score that heads are selected by: the smoothed objective, and the larger of the hard and the smoothed miss of a
   * constraint, so that what is selected as feasible is feasible as reported.
   */
  score(look: Look, goal: Goal): Score {
    const { buckets, classes } = this.#problem;
    const smooth = scoreCounts(look.smooth, buckets, classes, goal);
    if (goal.constraints.length === 0) return smooth;
    const hard = scoreCounts(look.counts, buckets, classes, goal);
    return { value: smooth.value, violation: Math.max(smooth.violation, hard.violation) };
  }

  /** Standard error of the smoothed objective. */
  standardError(look: Look, goal: Goal): number {
    const { buckets, classes, validation } = this.#problem;
    return standardError(confusionFromCounts(look.smooth, buckets, classes), goal, validation.rows.count);
  }

  dispose(): void {
    this.#set.dispose();
  }

  #builder(spread: number, shares: Shares | null): LookBuilder {
    const { classes, validation } = this.#problem;
    return new LookBuilder(this.#labels, classes, validation.buckets, spread, shares);
  }
}
