/**
 * Probabilities of a head, softmax of its logits: how good they are, and the temperature that makes them best on a set.
 * Log-loss is the mean of -log p of the label; the calibration error (ECE) is the mean distance between confidence and accuracy in 15
 * bins of equal width (Naeini et al., 2015; Guo et al., 2017; docs/method.md, eq. (52)).
 */

import type { RowWeights } from "../confusion/population.ts";
import type { Head } from "../problem.ts";
import type { FeatureSet } from "./evaluator.ts";

export interface ProbabilityQuality {
  readonly logLoss: number;
  readonly calibrationError: number;
}

/** Labels [N] of a set, and what its rows count for. */
export interface LabelledSet {
  readonly labels: Int32Array;
  readonly weights?: RowWeights;
}

const BINS = 15;
/** The least probability that a log-loss is made of: that of float64's rounding, as scikit-learn has it. */
const LEAST = Number.EPSILON;

/** Goes through the rows of logits [N,K], some at a time. */
type EachRow = (visit: (row: number, logits: ArrayLike<number>, from: number) => void) => Promise<void>;

function rowsOf(set: FeatureSet, head: Head): EachRow {
  return (visit) =>
    set.logits(head, (logits, start) => {
      for (let at = 0; at * head.classes < logits.length; at++) visit(start + at, logits, at * head.classes);
    });
}

/** Both measures of a head on a set, rows weighed. */
export async function probabilityQuality(
  features: FeatureSet,
  head: Head,
  { labels, weights }: LabelledSet,
): Promise<ProbabilityQuality> {
  const { classes } = head;
  const [confidence, right] = [new Float64Array(BINS), new Float64Array(BINS)];
  let [loss, total] = [0, 0];
  await rowsOf(
    features,
    head,
  )((row, logits, from) => {
    const weight = weights?.values[row] ?? 1;
    let winner = 0;
    for (let k = 1; k < classes; k++) if (logits[from + k] > logits[from + winner]) winner = k;
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(logits[from + k] - logits[from + winner]);
    const share = Math.exp(logits[from + labels[row]] - logits[from + winner]) / sum;
    loss -= weight * Math.log(Math.max(share, LEAST));
    total += weight;
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(BINS / sum) - 1));
    confidence[bin] += weight / sum;
    if (winner === labels[row]) right[bin] += weight;
  });
  const distance = confidence.reduce((sum, value, bin) => sum + Math.abs(value - right[bin]), 0);
  return { logLoss: loss / total, calibrationError: distance / total };
}

/** Scales of the logits that are looked among: 1 / temperature. */
const [SMALLEST, LARGEST] = [1e-3, 1e3];
/** The scale is found to this share of itself. */
const PRECISION = 1e-6;
const MOST_PASSES = 60;

/**
 * The scale of the logits (1 / temperature) with the least log-loss on a set. Log-loss is convex in it, so its derivative (docs/method.md, eq. (53))
 * sum w (E_p[z] - z_y) is followed to 0: by Newton's steps, kept within a bracket.
 */
export async function bestScale(
  features: FeatureSet,
  head: Head,
  { labels, weights }: LabelledSet,
): Promise<number> {
  const each = rowsOf(features, head);
  const { classes } = head;
  const slopeAt = async (scale: number) => {
    let [slope, curvature] = [0, 0];
    await each((row, logits, from) => {
      let largest = logits[from];
      for (let k = 1; k < classes; k++) largest = Math.max(largest, logits[from + k]);
      let [sum, first, second] = [0, 0, 0];
      for (let k = 0; k < classes; k++) {
        const z = logits[from + k] - largest;
        const p = Math.exp(scale * z);
        sum += p;
        first += p * z;
        second += p * z * z;
      }
      const weight = weights?.values[row] ?? 1;
      slope += weight * (first / sum - (logits[from + labels[row]] - largest));
      curvature += weight * Math.max(second / sum - (first / sum) ** 2, 0);
    });
    return { slope, curvature };
  };
  let [low, high, scale] = [SMALLEST, LARGEST, 1];
  for (let pass = 0; pass < MOST_PASSES && high / low > 1 + PRECISION; pass++) {
    const { slope, curvature } = await slopeAt(scale);
    if (slope === 0) return scale;
    if (slope > 0) high = scale;
    else low = scale;
    const newton = scale - slope / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - scale) < PRECISION * scale) return next;
    scale = next;
  }
  return scale;
}

/** The head with its logits scaled: probabilities are others, what wins is not but for rounding. */
export function scaledHead(head: Head, scale: number): Head {
  return {
    ...head,
    weight: head.weight.map((value) => scale * value),
    bias: head.bias?.map((value) => scale * value) ?? null,
  };
}

/** Other scales that are tried where rounding lets some row be predicted otherwise, as shares of the best one. */
const NEARBY = [0, 1, -1, 2, -2, 4, -4].map((steps) => 1 + steps * 1e-3);

/**
 * Scales near the best, to try one after another. The last is a power of two, which rounds nothing: under it every row is predicted as
 * before, whatever its features.
 */
export function scalesToTry(best: number): number[] {
  return [...NEARBY.map((factor) => factor * best), 2 ** Math.round(Math.log2(best))];
}
