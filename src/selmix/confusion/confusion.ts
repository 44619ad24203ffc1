/** The confusion matrix C [B,K] of buckets against predicted classes, and its linear summaries on a tape. */

import type { Bucket } from "../problem.ts";
import { propagate, Vector } from "./differentiate.ts";
import { asMatrix, type Counts, type Layout, valueAt } from "./matrix.ts";
import { weightOf } from "./tallies.ts";

/** C [B,K] with entries that sum to 1, and pi_b, its row sums. */
export interface Confusion {
  readonly buckets: readonly Bucket[];
  readonly classes: number;
  /** Which cells of C are kept. */
  readonly layout: Layout;
  /** The numbers in them. */
  readonly joint: Float64Array;
  readonly pi: Float64Array;
  /** Rows that each bucket was counted on, [B], whatever they count for. */
  readonly rows: Float64Array;
}

/**
 * The least count kept for a bucket's own class. A recall of exactly 0 would erase that bucket's gradient (its entry of
 * C multiplies it), so counts are clipped, never the signal.
 */
const LEAST_CORRECT_COUNT = 0.5;

/**
 * C from counts [B,K] (docs/method.md, eq. (1) and (2)); pi_b is the share of bucket b in the population: that of its rows, times what a row of it counts for.
 * @throws RangeError when a bucket has no sample: leave such buckets out first.
 */
export function confusionFromCounts(counts: Counts, buckets: readonly Bucket[], classes: number): Confusion {
  const { layout, values } = asMatrix(counts, buckets.length, classes);
  const joint = new Float64Array(layout.size);
  const pi = new Float64Array(buckets.length);
  const rows = new Float64Array(buckets.length);
  let total = 0;
  for (let b = 0; b < buckets.length; b++) {
    const end = layout.start(b + 1);
    for (let at = layout.start(b); at < end; at++) rows[b] += values[at];
    if (!(rows[b] > 0)) throw new RangeError(`bucket ${b} has no validation sample`);
    pi[b] = rows[b] * weightOf(buckets[b]);
    total += pi[b];
  }
  for (let b = 0; b < buckets.length; b++) {
    const ownPlace = layout.place(b, buckets[b].label);
    if (ownPlace < 0) throw new RangeError(`no cell is kept for the label of bucket ${b}`);
    const own = values[ownPlace];
    const clipped = Math.max(own, LEAST_CORRECT_COUNT);
    const scale = pi[b] / (rows[b] + clipped - own) / total;
    const end = layout.start(b + 1);
    for (let at = layout.start(b); at < end; at++)
      joint[at] = (at === ownPlace ? clipped : values[at]) * scale;
    pi[b] /= total;
  }
  return { buckets, classes, layout, joint, pi, rows };
}

/** C as it was counted: nothing is clipped, and a bucket may be without samples. For values that are told, not steered by. */
export function exactConfusion(counts: Counts, buckets: readonly Bucket[], classes: number): Confusion {
  const { layout, values } = asMatrix(counts, buckets.length, classes);
  // Plain loops: a search for offsets under bounds spends most of its time here.
  const joint = new Float64Array(layout.size);
  const [pi, rows] = [new Float64Array(buckets.length), new Float64Array(buckets.length)];
  let total = 0;
  for (let b = 0, at = 0; b < buckets.length; b++) {
    const weight = weightOf(buckets[b]);
    for (const end = layout.start(b + 1); at < end; at++) {
      joint[at] = values[at] * weight;
      total += joint[at];
      rows[b] += values[at];
    }
  }
  for (let b = 0, at = 0; b < buckets.length; b++) {
    for (const end = layout.start(b + 1); at < end; at++) {
      joint[at] /= total;
      pi[b] += joint[at];
    }
  }
  return { buckets, classes, layout, joint, pi, rows };
}

/** Whether a bucket's row of C is kept, as all of its group are; `b` is its place. */
export type Includes = (bucket: Bucket, b: number) => boolean;

/** What the formulas of objectives and constraints are written in. */
export type Summary = Pick<
  ConfusionSummary,
  "buckets" | "classes" | "diagonal" | "rowSums" | "columnSums" | "constant"
>;

/** The same with buckets in other groups, on the same tape. @param buckets in the order of the summary's */
export function regrouped(summary: Summary, buckets: readonly Bucket[]): Summary {
  return {
    buckets,
    classes: summary.classes,
    diagonal: summary.diagonal,
    rowSums: summary.rowSums,
    columnSums: (includes = () => true) => summary.columnSums((_, b) => includes(buckets[b], b)),
    constant: (values) => summary.constant(values),
  };
}

/** What objectives and constraints are written in: differentiable summaries of C, made when first asked for. */
export class ConfusionSummary {
  readonly confusion: Confusion;
  readonly tape: Vector[] = [];
  readonly #rows = new Map<string, Vector>();
  readonly #columns: { vector: Vector; includes: Includes }[] = [];
  readonly #sums: { vector: Vector; weights: ArrayLike<number> }[] = [];

  constructor(confusion: Confusion) {
    this.confusion = confusion;
  }

  get buckets(): readonly Bucket[] {
    return this.confusion.buckets;
  }

  get classes(): number {
    return this.confusion.classes;
  }

  /** C[b, label(b)] per bucket. */
  get diagonal(): Vector {
    const { joint: values, layout, buckets } = this.confusion;
    return this.#row("diagonal", () => {
      const own = new Float64Array(buckets.length);
      for (let b = 0; b < own.length; b++) own[b] = valueAt({ layout, values }, b, buckets[b].label);
      return own;
    });
  }

  /** pi_b on the tape: the gradient of a row sum reaches each entry of the row. */
  get rowSums(): Vector {
    const { joint, layout, buckets } = this.confusion;
    return this.#row("rowSums", () => {
      const sums = new Float64Array(buckets.length);
      for (let b = 0, at = 0; b < sums.length; b++)
        for (const end = layout.start(b + 1); at < end; at++) sums[b] += joint[at];
      return sums;
    });
  }

  /** cov_l = sum of C[b,l] over the buckets that `includes` keeps (all by default), per class. */
  columnSums(includes: Includes = () => true): Vector {
    const { joint, layout, classes, buckets } = this.confusion;
    const sums = new Float64Array(classes);
    buckets.forEach((bucket, b) => {
      if (!includes(bucket, b)) return;
      const [start, end] = [layout.start(b), layout.start(b + 1)];
      for (let at = start; at < end; at++) sums[layout.column(at, start)] += joint[at];
    });
    const vector = new Vector(this.tape, sums, null);
    this.#columns.push({ vector, includes });
    return vector;
  }

  /** sum of C[b,l] weights[b,l], for weights [B,K]. */
  weightedSum(weights: ArrayLike<number>): Vector {
    const { joint, layout, classes, buckets } = this.confusion;
    let total = 0;
    for (let b = 0; b < buckets.length; b++) {
      const [start, end] = [layout.start(b), layout.start(b + 1)];
      for (let at = start; at < end; at++)
        total += joint[at] * weights[b * classes + layout.column(at, start)];
    }
    const vector = new Vector(this.tape, Float64Array.of(total), null);
    this.#sums.push({ vector, weights });
    return vector;
  }

  /** A vector of constants. */
  constant(values: ArrayLike<number>): Vector {
    return new Vector(this.tape, Float64Array.from(values), null);
  }

  /**
   * D = d psi / d C in the cells of C that are kept, for a psi made from this summary: none of the others enters anything that is
   * made of D. Call once per summary.
   */
  derivative(psi: Vector): Float64Array {
    propagate(psi);
    const { layout, classes, buckets } = this.confusion;
    const derivative = new Float64Array(layout.size);
    const diagonal = this.#rows.get("diagonal")?.grad;
    const rowSums = this.#rows.get("rowSums")?.grad;
    buckets.forEach((bucket, b) => {
      const [start, end] = [layout.start(b), layout.start(b + 1)];
      if (rowSums !== undefined) derivative.fill(rowSums[b], start, end);
      const own = layout.place(b, bucket.label);
      if (diagonal !== undefined && own >= 0) derivative[own] += diagonal[b];
      for (const { vector, includes } of this.#columns) {
        if (!includes(bucket, b)) continue;
        for (let at = start; at < end; at++) derivative[at] += vector.grad[layout.column(at, start)];
      }
      for (const { vector, weights } of this.#sums) {
        for (let at = start; at < end; at++)
          derivative[at] += vector.grad[0] * weights[b * classes + layout.column(at, start)];
      }
    });
    return derivative;
  }

  #row(name: string, make: () => Float64Array): Vector {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const vector = new Vector(this.tape, make(), null);
    this.#rows.set(name, vector);
    return vector;
  }
}

/**
 * A = d psi / d C~ at C~ = log R, where C[b,:] = pi_b softmax(C~[b,:]): A = C o (D - rowsum(D o R)), in the cells of C.
 * Rows of A sum to 0 (docs/method.md, eq. (13)).
 */
export function logitDerivative(confusion: Confusion, derivative: Float64Array): Float64Array {
  const { joint, layout, pi, buckets } = confusion;
  const result = new Float64Array(joint.length);
  for (let b = 0; b < buckets.length; b++) {
    const [start, end] = [layout.start(b), layout.start(b + 1)];
    let expected = 0;
    for (let at = start; at < end; at++) expected += derivative[at] * joint[at];
    expected /= pi[b];
    for (let at = start; at < end; at++) result[at] = joint[at] * (derivative[at] - expected);
  }
  return result;
}

/**
 * Variance of a function of C with derivative D, in the cells of C, on a finite set, by the delta method (van der Vaart, 1998, chapter 3; docs/method.md, eq. (31)):
 * sum_b pi_b^2 / n_b Var_{l ~ R[b]} D[b,l], n_b the rows of a bucket.
 */
export function multinomialVariance(
  { joint, pi, rows, layout }: Confusion,
  derivative: ArrayLike<number>,
): number {
  let variance = 0;
  for (let b = 0; b < pi.length; b++) {
    let [mean, square] = [0, 0];
    const end = layout.start(b + 1);
    for (let at = layout.start(b); at < end; at++) {
      mean += (joint[at] / pi[b]) * derivative[at];
      square += (joint[at] / pi[b]) * derivative[at] ** 2;
    }
    variance += (pi[b] ** 2 / rows[b]) * Math.max(square - mean ** 2, 0);
  }
  return variance;
}
