/** What each strategy trains on: batches by SelMix's policy, or by one of the controls (docs/method.md, section 17.2). */

import { HeldRows } from "../mixing/held.ts";
import type { MixedSample } from "../mixing/mixedBatch.ts";
import { rowsByBucket } from "../mixing/rowsByBucket.ts";
import { BucketedRows, drawMixedBatch, drawPlainBatch, pseudoLabelled } from "../mixing/sampler.ts";
import { type FeatureRows, type Head, type Problem, trainBuckets } from "../problem.ts";
import type { Random } from "../random.ts";
import { Draw, type Policy } from "../steering/policy.ts";
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
  get present(): { first: boolean[]; second: boolean[] } {
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
        return this.#mixed(
          uniform.flatMap((first) => uniform.map((second) => first * second)),
          this.#labelled,
        );
      case "policyMarginal":
        return this.#plain(rowSums(probabilities(policy), uniform.length));
      case "selmix":
        return this.#mixed(probabilities(policy), await this.#partners(head));
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

  #mixed(cells: ArrayLike<number>, second: BucketedRows): NextBatch {
    const draw = new Draw(cells);
    return (size) => drawMixedBatch(draw, this.#labelled, second, this.#problem.buckets, size, this.#random);
  }
}

function probabilities(policy: Policy | null): Float64Array {
  if (policy === null) throw new Error("this strategy draws by a policy");
  return policy.probabilities;
}

function rowSums(cells: Float64Array, size: number): Float64Array {
  const sums = new Float64Array(size);
  cells.forEach((value, at) => {
    sums[Math.floor(at / size)] += value;
  });
  return sums;
}
