/** The validation set: what heads are looked at on, for steering and for selection. */

import type { Head, Problem } from "../problem.ts";
import type { Yielder } from "../schedule.ts";
import { type Rivals, rivalsUnder } from "../steering/rivals.ts";
import type { Score } from "../steering/score.ts";
import { Shares, type ValidationPass, ValidationPassBuilder, type Weighing } from "../steering/smoothing.ts";
import type { Goal } from "../steering/steering.ts";
import { allLogits, type Evaluator, type FeatureSet } from "./evaluator.ts";
import { smoothedScore } from "./selection.ts";

/** Logits kept through a cycle, and rivals under many offsets, take at most this many bytes each. */
const LOGIT_BYTES = 32 * 2 ** 20;
const SHIFTED_BYTES = 96 * 2 ** 20;
/** Of a row's margin and rival. */
const RIVAL_BYTES = 12;
/** A count that is looked at takes about as long as so many multiply-adds. */
const ADDING = 10;

interface AllRivals {
  readonly margins: Float64Array;
  readonly rivals: Int32Array;
}

function setRivals(all: AllRivals, some: Rivals, start: number): void {
  all.margins.set(some.margins, start);
  all.rivals.set(some.rivals, start);
}

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
   * Scores a head with each of some offsets [K] on its logits, smoothed by the spread of its own margins, which is returned with them.
   * One pass serves as many offsets as there is room for what their looks need.
   */
  async scoreShifted(
    head: Head,
    offsets: readonly Float32Array[],
    goal: Goal,
    yielder: Yielder,
  ): Promise<{ readonly scores: Score[]; readonly spread: number }> {
    const { classes, validation } = this.#problem;
    const own = new Float32Array(classes);
    const atOnce = Math.max(1, Math.floor(SHIFTED_BYTES / (RIVAL_BYTES * validation.rows.count)));
    const scores: Score[] = [];
    for (let from = 0; from < offsets.length; from += atOnce) {
      const group = offsets.slice(from, from + atOnce);
      const [known, ...shifted] = await this.#rivalsUnder(head, [own, ...group]);
      if (!this.#seen.has(head)) this.#seen.set(head, known);
      await yielder.after(validation.rows.count * classes * head.size);
      const spread = await this.spread(head);
      for (const rivals of shifted) {
        const builder = this.#builder(spread, null);
        builder.addRivals(rivals, 0);
        scores.push(smoothedScore(builder.finish(), this.#problem, goal));
        await yielder.after(ADDING * (classes * this.#labels.length + validation.rows.count));
      }
    }
    return { scores, spread: await this.spread(head) };
  }

  dispose(): void {
    this.#set.dispose();
  }

  async #rivals(head: Head): Promise<Rivals> {
    const known = this.#seen.get(head);
    if (known !== undefined) return known;
    const all = this.#noRivals();
    await this.#set.rivals(head, this.#rowLabels, (some, start) => setRivals(all, some, start));
    this.#seen.set(head, all);
    return all;
  }

  /** Of all rows, under each of some offsets. */
  async #rivalsUnder(head: Head, offsets: readonly Float32Array[]): Promise<Rivals[]> {
    const all = offsets.map(() => this.#noRivals());
    await this.#set.logits(head, (logits, start) => {
      rivalsUnder(logits, this.#rowLabels, start, offsets).forEach((some, at) => {
        setRivals(all[at], some, start);
      });
    });
    return all;
  }

  #noRivals(): AllRivals {
    const { count } = this.#problem.validation.rows;
    return { margins: new Float64Array(count), rivals: new Int32Array(count) };
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
