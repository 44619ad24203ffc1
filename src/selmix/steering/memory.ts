/** What is carried from cycle to cycle: A averaged over them, multipliers, and the temperature that the first useful one set. */
import type { Matrix } from "../confusion/matrix.ts";
import { weightedSum } from "../confusion/matrixBuilder.ts";
import { type Allowed, policyFromGain, type WholePolicy } from "./policy.ts";

/** Share of the old A kept from cycle to cycle, so that multipliers that jump between bad classes do not make training oscillate. */
const KEPT = 0.9;
/** Multipliers in units of the objective a unit of slack: for what is missed now, and what is added for good with each cycle. */
const PENALTY = 10;
const DUAL_RATE = 2;

/** How multipliers follow the slacks of the constraints, which are negative where a bound is missed. */
export interface MultiplierRule {
  /** What is kept of a cycle, as plain numbers; `kept` is null before the first. */
  remember(kept: Float64Array | null, slacks: Float64Array): Float64Array;
  /** A multiplier, not negative, for each slack, from what was kept of this cycle too. */
  multipliers(kept: Float64Array, slacks: Float64Array): Float64Array;
}

/**
 * The augmented Lagrangian (Bertsekas, 1982; docs/method.md, eq. (15)): multipliers remember what has been missed, so that they grow until a bound is met, however
 * much the objective pulls the other way.
 */
export const augmentedLagrangian: MultiplierRule = {
  remember: (kept, slacks) => slacks.map((slack, at) => Math.max(0, (kept?.[at] ?? 0) - DUAL_RATE * slack)),
  multipliers: (kept, slacks) => slacks.map((slack, at) => Math.max(0, kept[at] - PENALTY * slack)),
};

/** Plain data, so that it can be kept between processes. */
export interface MemoryState {
  /** A [B,K] averaged; null before the first cycle. */
  readonly averaged: Matrix<Float64Array> | null;
  /** Null before the first cycle with a positive gain. */
  readonly temperature: number | null;
  /** What the rule of the multipliers remembers; null before the first cycle. */
  readonly duals: Float64Array | null;
}

export class Memory {
  readonly #temperatureShare: number;
  readonly #rule: MultiplierRule;
  #state: MemoryState;

  /** @param temperatureShare temperature of the policy, in units of the largest gain of the first cycle */
  constructor(
    temperatureShare: number,
    state: MemoryState = { averaged: null, temperature: null, duals: null },
    rule = augmentedLagrangian,
  ) {
    this.#temperatureShare = temperatureShare;
    this.#rule = rule;
    this.#state = state;
  }

  get state(): MemoryState {
    return this.#state;
  }

  /** A averaged with those of the cycles before (docs/method.md, eq. (14)). */
  average(derivative: Matrix<Float64Array>): Matrix<Float64Array> {
    const { averaged: old } = this.#state;
    const averaged = old === null ? derivative : weightedSum(old, KEPT, derivative, 1 - KEPT);
    this.#state = { ...this.#state, averaged };
    return averaged;
  }

  /** Multipliers of slacks, which are remembered. */
  press(slacks: Float64Array): Float64Array {
    const duals = this.#rule.remember(this.#state.duals, slacks);
    this.#state = { ...this.#state, duals };
    return this.#rule.multipliers(duals, slacks);
  }

  /** P [B,B], and sum P o G: the change of psi per unit of rate and step that the gain promises. */
  policy(
    gain: ArrayLike<number>,
    buckets: number,
    allowed: Allowed,
  ): { policy: WholePolicy; expectedGain: number } {
    const policy = policyFromGain(gain, buckets, this.temperature(gain), allowed);
    let expectedGain = 0;
    for (let at = 0; at < gain.length; at++) expectedGain += policy.probabilities[at] * gain[at];
    return { policy, expectedGain };
  }

  /** The temperature of a policy by these gains, the first of which is remembered. */
  temperature(gain: ArrayLike<number>): number {
    const most = largest(gain);
    const first = this.#state.temperature ?? (most > 0 ? this.#temperatureShare * most : null);
    this.#state = { ...this.#state, temperature: first };
    // Without a positive gain the policy is uniform at any temperature.
    if (first === null) return 1;
    // Multipliers grow, and gains with them: the policy is not to become a choice of one pair.
    return Math.max(first, this.#temperatureShare * most);
  }
}

/** The largest gain; 0 when none is positive. */
function largest(gain: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < gain.length; at++) most = Math.max(most, gain[at]);
  return most;
}
