/** The policy P [B,B] over pairs of buckets, and drawing from it (docs/method.md, eq. (22)). */
import { isMatrix, type Matrix } from "../confusion/matrix.ts";
import type { Random } from "../random.ts";

/** Share of the draws that every allowed pair gets whatever its gain, in total. */
export const POLICY_FLOOR = 0.01;

/** Whether a bucket has samples to draw as the first and as the second of a pair, [B]. */
export interface Allowed {
  readonly first: readonly boolean[];
  readonly second: readonly boolean[];
}

export interface Policy {
  /** P [B,B] row-major; of thousands of buckets those of the best partners alone. */
  readonly probabilities: Float64Array | Matrix<Float64Array>;
  /** What each bucket [B] has as the first of pairs with any allowed partner alike, beside `probabilities`; null where those are all. */
  readonly anyPartner: Float64Array | null;
  /** Pairs with a positive gain; 0 means that no pair is predicted to help and P is uniform. */
  readonly positive: number;
}

/** A policy of which all pairs are there. */
export type WholePolicy = Policy & { readonly probabilities: Float64Array };

/**
 * softmax(G / temperature) over all cells, cells with G <= 0 set to 0, renormalised, plus a small floor.
 */
export function policyFromGain(
  gain: ArrayLike<number>,
  buckets: number,
  temperature: number,
  allowed: Allowed,
  floor = POLICY_FLOOR,
): WholePolicy {
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
  return { probabilities, anyPartner: null, positive };
}

/** Draws cells i B + j of a policy over pairs of B buckets. */
export interface PairDraw {
  next(random: Random): number;
}

/** @param second whether each bucket can be drawn as the second of a pair, [B] */
export function pairDraw({ probabilities, anyPartner }: Policy, second: readonly boolean[]): PairDraw {
  if (!isMatrix(probabilities)) return new Draw(probabilities);
  const { layout, values } = probabilities;
  const cells = new Float64Array(values.length);
  for (let row = 0; row < layout.rows; row++) {
    const [start, end] = [layout.start(row), layout.start(row + 1)];
    for (let at = start; at < end; at++) cells[at] = row * layout.columns + layout.column(at, start);
  }
  const weights = new Float64Array(values.length + (anyPartner?.length ?? 0));
  weights.set(values);
  if (anyPartner !== null) weights.set(anyPartner, values.length);
  const draw = new Draw(weights);
  const partners = placesOf(second);
  return {
    next(random) {
      const place = draw.next(random);
      if (place < cells.length) return cells[place];
      return (place - cells.length) * layout.columns + partners[random.integer(partners.length)];
    },
  };
}

/** All allowed pairs alike, where they are too many to be listed. */
export function uniformPairs(allowed: Allowed): PairDraw {
  const [first, second] = [placesOf(allowed.first), placesOf(allowed.second)];
  const buckets = allowed.first.length;
  return {
    next: (random) => first[random.integer(first.length)] * buckets + second[random.integer(second.length)],
  };
}

function placesOf(flags: readonly boolean[]): number[] {
  return flags.flatMap((flag, at) => (flag ? [at] : []));
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
