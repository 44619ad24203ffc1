/** The policy P [B,B] over pairs of buckets, and drawing from it (docs/method.md, eq. (22)). */
import type { Random } from "../random.ts";

/** Share of the draws that every allowed pair gets whatever its gain, in total. */
export const POLICY_FLOOR = 0.01;

export interface Policy {
  /** P [B,B] row-major, sums to 1. */
  readonly probabilities: Float64Array;
  /** Pairs with a positive gain; 0 means that no pair is predicted to help and P is uniform. */
  readonly positive: number;
}

/**
 * softmax(G / temperature) over all cells, cells with G <= 0 set to 0, renormalised, plus a small floor.
 * @param allowed whether a bucket has samples to draw as the first and as the second of a pair
 */
export function policyFromGain(
  gain: ArrayLike<number>,
  buckets: number,
  temperature: number,
  allowed: { first: readonly boolean[]; second: readonly boolean[] },
  floor = POLICY_FLOOR,
): Policy {
  const probabilities = new Float64Array(buckets * buckets);
  let largest = 0;
  let cells = 0;
  let positive = 0;
  for (let i = 0; i < buckets; i++) {
    if (!allowed.first[i]) continue;
    for (let j = 0; j < buckets; j++) {
      if (!allowed.second[j]) continue;
      cells++;
      const value = gain[i * buckets + j];
      if (value > 0) positive++;
      if (value > largest) largest = value;
    }
  }
  if (cells === 0) throw new RangeError("no pair of buckets has samples to mix");
  let total = 0;
  for (let i = 0; i < buckets; i++) {
    for (let j = 0; j < buckets; j++) {
      const at = i * buckets + j;
      if (!allowed.first[i] || !allowed.second[j]) continue;
      if (positive === 0) probabilities[at] = 1;
      else if (gain[at] > 0) probabilities[at] = Math.exp((gain[at] - largest) / temperature);
      total += probabilities[at];
    }
  }
  const [share, uniform] = positive === 0 ? [1, 0] : [1 - floor, floor / cells];
  for (let i = 0; i < buckets; i++) {
    for (let j = 0; j < buckets; j++) {
      if (allowed.first[i] && allowed.second[j]) {
        const at = i * buckets + j;
        probabilities[at] = (share * probabilities[at]) / total + uniform;
      }
    }
  }
  return { probabilities, positive };
}

/** Draws indices in proportion to weights, by bisection of their running sum. */
export class Draw {
  readonly #running: Float64Array;

  constructor(weights: ArrayLike<number>) {
    this.#running = new Float64Array(weights.length);
    let total = 0;
    for (let index = 0; index < weights.length; index++) {
      total += weights[index];
      this.#running[index] = total;
    }
    if (!(total > 0)) throw new RangeError("nothing to draw from");
  }

  next(random: Random): number {
    const running = this.#running;
    const target = random.uniform() * running[running.length - 1];
    let [low, high] = [0, running.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (running[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
