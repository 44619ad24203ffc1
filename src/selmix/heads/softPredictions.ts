/** Rows of train as heads predict them softly: with the probabilities that they give to the classes. */
import { type Confusion, confusionFromCounts } from "../confusion/confusion.ts";
import type { SampledRows } from "../mixing/sampledRows.ts";
import type { Head, Problem } from "../problem.ts";
import { innerProducts } from "../steering/gainInFloat64.ts";
import { ValidationPassBuilder } from "../steering/smoothing.ts";

/** d / d C [B,K] of what is to rise. */
export interface Derivatives {
  readonly objective: Float64Array;
  readonly bounds: Float64Array;
}

export class SoftPredictions {
  readonly problem: Problem;
  readonly #sample: SampledRows;
  readonly #labels: Int32Array;
  /** What each row counts for; they sum to 1. */
  readonly #weights: Float64Array;

  constructor(problem: Problem, sample: SampledRows) {
    this.problem = problem;
    this.#sample = sample;
    this.#labels = Int32Array.from(problem.buckets, ({ label }) => label);
    const weights = Float64Array.from(sample.buckets, (b) => problem.buckets[b].weight ?? 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#weights = weights.map((weight) => weight / total);
  }

  /** Rows. */
  get size(): number {
    return this.#sample.buckets.length;
  }

  /** Spread of the margins. */
  spread(head: Head): number {
    const { classes } = this.problem;
    const builder = new ValidationPassBuilder(this.#labels, classes, this.#sample.buckets, 0);
    const byClass = this.logits(head);
    builder.add(
      Float64Array.from(
        byClass,
        (_logit, at) => byClass[(at % classes) * this.size + Math.floor(at / classes)],
      ),
      0,
    );
    return builder.finish().spread;
  }

  /** [K,n]; many rows go through a product side by side, where classes are few. */
  logits({ size, weight, bias }: Head): Float64Array {
    const logits = innerProducts(weight, this.#sample.values, size, 0);
    bias?.forEach((offset, k) => {
      for (let row = 0; row < this.size; row++) logits[k * this.size + row] += offset;
    });
    return logits;
  }

  /** C by predictions that each row makes with probabilities [K,n]. */
  confusion(probabilities: Float64Array): Confusion {
    const { buckets, classes } = this.problem;
    const counts = new Float64Array(buckets.length * classes);
    for (let k = 0; k < classes; k++)
      this.#sample.buckets.forEach((bucket, row) => {
        counts[bucket * classes + k] += probabilities[k * this.size + row];
      });
    return confusionFromCounts(counts, buckets, classes);
  }

  /**
   * Slopes [K,n] of the logits of each row x of weight w: of its log-likelihood times what one more right row of its kind is worth,
   * w worth (1[l = label] - p_l), and of what the soft confusion changes by, w q_l (D_l - sum_k D_k q_k) / temperature.
   * @param sure p [K,n], at temperature 1
   * @param soft q [K,n], at `temperature`
   */
  slopes(
    sure: Float64Array,
    soft: Float64Array,
    temperature: number,
    { objective, bounds }: Derivatives,
  ): Float64Array {
    const { classes } = this.problem;
    const worth = this.#worths(objective);
    const slopes = new Float64Array(sure.length);
    this.#sample.buckets.forEach((bucket, row) => {
      const label = this.#labels[bucket];
      let expected = 0;
      for (let k = 0; k < classes; k++) expected += bounds[bucket * classes + k] * soft[k * this.size + row];
      for (let k = 0; k < classes; k++) {
        const at = k * this.size + row;
        const likelihood = worth[bucket] * ((k === label ? 1 : 0) - sure[at]);
        const penalty = (soft[at] * (bounds[bucket * classes + k] - expected)) / temperature;
        slopes[at] = this.#weights[row] * (likelihood + penalty);
      }
    });
    return slopes;
  }

  /** d / d (weight [K,d], then bias [K]) from the slopes of logits. */
  gradient(slopes: Float64Array): Float64Array {
    const { classes, head } = this.problem;
    const { values } = this.#sample;
    const { size } = head;
    const result = new Float64Array(classes * (size + 1));
    // The slopes of a row add up to 0: those of the first class follow from the others'.
    for (let k = 1; k < classes; k++) {
      const to = k * size;
      for (let row = 0; row < this.size; row++) {
        const slope = slopes[k * this.size + row];
        const from = row * size;
        for (let i = 0; i < size; i++) result[to + i] += slope * values[from + i];
        result[classes * size + k] += slope;
      }
      for (let i = 0; i < size; i++) result[i] -= result[to + i];
      result[classes * size] -= result[classes * size + k];
    }
    return result;
  }

  /** [B]: how much more a right row brings than one that is taken for any other class. */
  #worths(objective: Float64Array): Float64Array {
    const { classes } = this.problem;
    return Float64Array.from(this.#labels, (label, b) => {
      const row = objective.subarray(b * classes, (b + 1) * classes);
      const others = row.reduce((sum, value) => sum + value, 0) - row[label];
      return Math.max(0, row[label] - others / (classes - 1));
    });
  }
}

/** softmax(logits / temperature) over classes, both [K,n]. */
export function softmax(logits: Float64Array, classes: number, temperature: number): Float64Array {
  const rows = logits.length / classes;
  const shares = new Float64Array(logits.length);
  for (let row = 0; row < rows; row++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, logits[k * rows + row]);
    let total = 0;
    for (let k = 0; k < classes; k++) {
      const share = Math.exp((logits[k * rows + row] - largest) / temperature);
      shares[k * rows + row] = share;
      total += share;
    }
    for (let k = 0; k < classes; k++) shares[k * rows + row] /= total;
  }
  return shares;
}
