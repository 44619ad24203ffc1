/** The validation set: what heads are looked at on, for steering and for selection. */

import { isLarge } from "../confusion/matrix.ts";
import type { Head, Problem } from "../problem.ts";
import type { Yielder } from "../schedule.ts";
import type { Rivals } from "../steering/rivals.ts";
import type { Score } from "../steering/score.ts";
import { Shares, type ValidationPass, ValidationPassBuilder, type Weighing } from "../steering/smoothing.ts";
import type { Goal } from "../steering/steering.ts";
import { allLogits, type Evaluator, type FeatureSet } from "./evaluator.ts";
import { smoothedScore } from "./selection.ts";

/** Looks held at a time, and logits kept through a cycle, take at most this many bytes each. */
const LOOK_BYTES = 48 * 2 ** 20;
const LOGIT_BYTES = 32 * 2 ** 20;
/** The same for logits that are kept while a head is looked at with many offsets: else each few of them take a pass of their own. */
const SHIFTED_BYTES = 96 * 2 ** 20;
/** A logit that is looked at takes about as long as so many multiply-adds. */
const ADDING = 10;

export class Validation {
  readonly #problem: Problem;
  readonly #set: FeatureSet;
  readonly #labels: Int32Array;
  /** Class of each row, [N]. */
  readonly #rowLabels: Int32Array;
  readonly #shares: Shares;
  readonly #weighing: Weighing | null;
  /** What a look needs of heads that were passed over validation: one that is looked at again, by another spread, takes no second pass. */
  readonly #seen = new WeakMap<Head, Rivals>();

  constructor(problem: Problem, evaluator: Evaluator) {
    this.#problem = problem;
    this.#set = evaluator.features(problem.validation.rows, problem.head);
    this.#labels = Int32Array.from(problem.buckets, (bucket) => bucket.label);
    this.#weighing = weighingOf(problem);
    this.#rowLabels = problem.validation.buckets.map((bucket) => this.#labels[bucket]);
    this.#shares = new Shares(problem.validation.rows.count, problem.classes);
  }

  /** Spread of the margins under a head: the width that the first look is smoothed with. */
  async spread(head: Head): Promise<number> {
    return (await this.look(head, 0)).spread;
  }

  /** The logits [N,K] under a head; null where they would take too much room. */
  async logits(head: Head): Promise<Float32Array | null> {
    const { classes, validation } = this.#problem;
    return 4 * validation.rows.count * classes <= LOGIT_BYTES ? allLogits(this.#set, head) : null;
  }

  /** Looks at logits [N,K] with offsets [K] added. Its derivative, where it is asked for, holds until the next look. */
  lookAt(
    logits: ArrayLike<number>,
    offsets: ArrayLike<number>,
    spread: number,
    derivative: boolean,
  ): ValidationPass {
    const builder = this.#builder(spread, derivative ? this.#shares : null);
    builder.add(logits, 0, Float32Array.from(offsets));
    return builder.finish();
  }

  /** Looks at a head, smoothed by the spread of an earlier look. Its derivative holds until the next look. */
  async look(head: Head, spread: number): Promise<ValidationPass> {
    const builder = this.#builder(spread, this.#shares);
    builder.addRivals(await this.#rivals(head), 0);
    return builder.finish();
  }

  /**
   * Scores a head with each of some offsets [K] on its logits, smoothed by the spread of an earlier look. A look holds many
   * numbers, so only a few are made at a time, all from the same logits where those can be kept.
   */
  async scoreShifted(
    head: Head,
    offsets: readonly Float32Array[],
    spread: number,
    goal: Goal,
    yielder: Yielder,
  ): Promise<Score[]> {
    const { buckets, classes, validation } = this.#problem;
    const most = buckets.length * classes;
    const cells = isLarge(buckets.length, classes) ? Math.min(most, validation.rows.count) : most;
    const atOnce = Math.max(1, Math.floor(LOOK_BYTES / (12 * cells)));
    const several = offsets.length > atOnce;
    const all = several && 4 * validation.rows.count * classes <= SHIFTED_BYTES;
    const kept = all ? await allLogits(this.#set, head) : null;
    const scores: Score[] = [];
    for (let from = 0; from < offsets.length; from += atOnce) {
      const group = offsets.slice(from, from + atOnce);
      const builders = group.map(() => this.#builder(spread, null));
      const add = (logits: ArrayLike<number>, start: number) => {
        for (const [at, builder] of builders.entries()) builder.add(logits, start, group[at]);
      };
      if (kept === null) await this.#set.logits(head, add);
      else add(kept, 0);
      for (const builder of builders) scores.push(smoothedScore(builder.finish(), this.#problem, goal));
      await yielder.after(validation.rows.count * classes * (head.size + ADDING * group.length));
    }
    return scores;
  }

  dispose(): void {
    this.#set.dispose();
  }

  async #rivals(head: Head): Promise<Rivals> {
    const known = this.#seen.get(head);
    if (known !== undefined) return known;
    const { count } = this.#problem.validation.rows;
    const all = { margins: new Float64Array(count), rivals: new Int32Array(count) };
    await this.#set.rivals(head, this.#rowLabels, ({ margins, rivals }, start) => {
      all.margins.set(margins, start);
      all.rivals.set(rivals, start);
    });
    this.#seen.set(head, all);
    return all;
  }

  #builder(spread: number, shares: Shares | null): ValidationPassBuilder {
    const { classes, validation } = this.#problem;
    return new ValidationPassBuilder(
      this.#labels,
      classes,
      validation.buckets,
      spread,
      shares,
      this.#weighing,
    );
  }
}

/** Null where all rows count alike, as where none is weighed. */
function weighingOf({ buckets, validation: { within } }: Problem): Weighing | null {
  if (buckets.every(({ weight }) => weight === undefined)) return null;
  return { ofBuckets: Float64Array.from(buckets, ({ weight = 1 }) => weight), ...(within && { within }) };
}
