/** Decides, cycle by cycle, which pairs to mix: keeps the memory of A, computes gain and policy. */

import { isLarge, type Matrix, wholeOf } from "../confusion/matrix.ts";
import { prototypesOf } from "../featureStatistics.ts";
import type { Head, Problem } from "../problem.ts";
import { BestPartners } from "../steering/bestPartners.ts";
import type { Memory } from "../steering/memory.ts";
import type { Allowed, Policy } from "../steering/policy.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import { type Goal, type Steering, steerByLook } from "../steering/steering.ts";
import type { Evaluator, Gains } from "../validation/evaluator.ts";

export interface Direction {
  /** What the cycle is steered by; its A is in the memory, averaged with those before. */
  readonly steering: Omit<Steering, "derivative">;
  /** G [B,B] of this cycle; of thousands of buckets those of the best partners alone, some from the cycles before. */
  readonly gain: Float32Array | Matrix<Float32Array>;
  readonly policy: Policy;
  /** sum P o G: the change of psi per unit of rate and step that the gain promises. */
  readonly expectedGain: number;
}

export class Director {
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #allowed: Allowed;
  readonly #memory: Memory;
  readonly #gains: Gains;
  /** Where G is too large to be held. */
  readonly #best: BestPartners | null;

  /** @param memory of the cycles before, which goes on when validation's features change and with them the director */
  constructor(problem: Problem, goal: Goal, allowed: Allowed, memory: Memory, evaluator: Evaluator) {
    this.#problem = problem;
    this.#goal = goal;
    this.#allowed = allowed;
    this.#memory = memory;
    const { validation, buckets, head } = problem;
    const labels = Int32Array.from(buckets, ({ label }) => label);
    const prototypes = prototypesOf(validation.rows, validation.buckets, buckets.length);
    this.#gains = evaluator.gains(prototypes, labels, head);
    this.#best = isLarge(buckets.length, problem.classes) ? new BestPartners(buckets.length, allowed) : null;
  }

  /** Gain and policy for a head and what was seen of it. */
  async direct(look: ValidationPass, head: Head): Promise<Direction> {
    const { buckets } = this.#problem;
    const { derivative, ...steering } = steerByLook(look, this.#problem, this.#goal, (slacks) =>
      this.#memory.press(slacks),
    );
    const averaged = this.#memory.average(derivative);
    if (this.#best !== null) return { steering, ...(await this.#towardsBest(this.#best, head, averaged)) };
    const gain = await this.#gains.of(head, wholeOf(averaged));
    const { policy, expectedGain } = this.#memory.policy(gain, buckets.length, this.#allowed);
    return { steering, gain, policy, expectedGain };
  }

  async #towardsBest(best: BestPartners, head: Head, averaged: Matrix): Promise<Omit<Direction, "steering">> {
    await this.#gains.blocks(head, averaged, best);
    const gain = best.gain();
    return { gain, ...best.policy(gain, this.#memory.temperature(gain.values)) };
  }

  dispose(): void {
    this.#gains.dispose();
  }
}
