/** What each strategy trains on: batches by SelMix's policy, or by one of the controls (docs/method.md, section 17.2). */

import { asMatrix, isLarge } from "../confusion/matrix.ts";
import { HeldRows } from "../mixing/held.ts";
import type { MixedSample } from "../mixing/mixedBatch.ts";
import { BucketedRows, drawMixedBatch, drawPlainBatch, pseudoLabelled } from "../mixing/sampler.ts";
import { type FeatureRows, type Head, type Problem, trainBuckets } from "../problem.ts";
import type { Random } from "../random.ts";
import { rowsByBucket } from "../rowsByBucket.ts";
import {
  type Allowed,
  Draw,
  type PairDraw,
  type Policy,
  pairDraw,
  uniformPairs,
} from "../steering/policy.ts";
import type { Strategy } from "../steering/settings.ts";
import type { Evaluator, FeatureSet } from "../validation/evaluator.ts";

export type NextBatch = (size: number) => MixedSample[];

/** Whether a strategy draws by the gain. */
export function usesPolicy(strategy: Strategy): boolean {
  return strategy === "selmix" || strategy === "policyMarginal";
}

export class Batches {
  readonly #problem: Problem;
  readonly #strategy: Strategy;
  readonly #random: Random;
  readonly #labelled: BucketedRows;
  readonly #held: HeldRows | null;
  readonly #unlabeled: FeatureSet | null;

  constructor(problem: Problem, strategy: Strategy, random: Random, evaluator: Evaluator) {
    this.#problem = problem;
    this.#strategy = strategy;
    this.#random = random;
    const onValidation = strategy === "trainOnValidation";
    const source = onValidation ? problem.validation : problem.train;
    const byBucket = rowsByBucket(source.buckets, trainBuckets(problem).length);
    this.#labelled = new BucketedRows(source.rows, byBucket.slice(0, problem.buckets.length));
    this.#held = onValidation ? null : HeldRows.of(problem, byBucket);
    this.#unlabeled =
      strategy === "selmix" && problem.unlabeled !== undefined
        ? evaluator.features(problem.unlabeled, problem.head)
        : null;
  }

  /** The labelled rows drawn from. */
  get rows(): FeatureRows {
    return this.#labelled.rows;
  }

  /** Whether each bucket can be drawn, as the first and as the second of a pair. */
  get present(): Allowed {
    return { first: this.#labelled.present, second: this.#labelled.present };
  }

  /** How the batches of a cycle are drawn. `policy` is null for strategies that have none; `head` pseudo-labels. */
  async prepare(policy: Policy | null, head: Head): Promise<NextBatch> {
    const next = await this.#steered(policy, head);
    const held = this.#held;
    return held === null ? next : (size) => held.among(next(size), this.#random);
  }

  async #steered(policy: Policy | null, head: Head): Promise<NextBatch> {
    const uniform = this.#labelled.present.map((present) => (present ? 1 : 0));
    switch (this.#strategy) {
      case "classBalanced":
      case "trainOnValidation":
        return this.#plain(uniform);
      case "uniformMixup":
        return this.#mixed(this.#uniformPairs(), this.#labelled);
      case "policyMarginal":
        return this.#plain(marginal(given(policy), this.#problem.buckets.length));
      case "selmix":
        return this.#mixed(pairDraw(given(policy), this.present.second), await this.#partners(head));
    }
  }

  dispose(): void {
    this.#unlabeled?.dispose();
  }

  async #partners(head: Head): Promise<BucketedRows> {
    if (this.#unlabeled === null) return this.#labelled;
    const [predictions] = await this.#unlabeled.predict([head]);
    const { buckets, classes } = this.#problem;
    return pseudoLabelled(this.#unlabeled.rows, predictions, buckets, classes, this.#labelled);
  }

  #plain(weights: ArrayLike<number>): NextBatch {
    const draw = new Draw(weights);
    return (size) => drawPlainBatch(draw, this.#labelled, this.#problem.buckets, size, this.#random);
  }

  #uniformPairs(): PairDraw {
    const { first, second } = this.present;
    if (isLarge(first.length, second.length)) return uniformPairs(this.present);
    return new Draw(first.flatMap((one) => second.map((other) => (one && other ? 1 : 0))));
  }

  #mixed(draw: PairDraw, second: BucketedRows): NextBatch {
    return (size) => drawMixedBatch(draw, this.#labelled, second, this.#problem.buckets, size, this.#random);
  }
}

function given(policy: Policy | null): Policy {
  if (policy === null) throw new Error("this strategy draws by a policy");
  return policy;
}

/** How often each bucket is the first of a pair, [B]. */
function marginal({ probabilities, anyPartner }: Policy, buckets: number): Float64Array {
  const { layout, values } = asMatrix(probabilities, buckets, buckets);
  const sums = Float64Array.from({ length: buckets }, (_, b) => anyPartner?.[b] ?? 0);
  for (let b = 0; b < sums.length; b++) {
    const end = layout.start(b + 1);
    for (let at = layout.start(b); at < end; at++) sums[b] += values[at];
  }
  return sums;
}
