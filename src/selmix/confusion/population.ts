/**
 * Whom the rows of a set stand for. Each row may count for more or less than one: because the population meant has other shares of the
 * classes than the rows have, or because rows come with weights of their own. One mechanism: weights per row, [N]. What is counted
 * (C, metrics, bounds) is then weighted as by scikit-learn's `sample_weight`; how sure it is follows from the rows there are.
 */
import type { Bucket, LabelledRows } from "../problem.ts";

/** What each row counts for, [N]; their mean is 1. */
export interface RowWeights {
  readonly values: Float64Array;
  /** Whether the classes' shares are given by the weights; otherwise they were drawn with the rows. */
  readonly sharesGiven: boolean;
}

function withMeanOne(values: ArrayLike<number>): Float64Array {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row];
  return Float64Array.from(values, (value) => (value * values.length) / sum);
}

/** Weights of rows, [N], none of them below 0 and not all of them 0, in any unit. */
export function rowWeights(values: ArrayLike<number>, sharesGiven = false): RowWeights {
  return { values: withMeanOne(values), sharesGiven };
}

/** The weights of some of the rows, as they count among all. */
export function weightsAt(weights: RowWeights, rows: readonly number[]): RowWeights {
  return { ...weights, values: Float64Array.from(rows, (row) => weights.values[row]) };
}

/**
 * Weights under which the classes have the shares given, [K] (docs/method.md, eq. (5)); the rows of a class count as they do under `base`, where that is given.
 * Shares of classes without rows are divided among the others in proportion.
 */
export function weightsForShares(
  labels: Int32Array,
  shares: ArrayLike<number>,
  base: RowWeights | null = null,
): RowWeights {
  const sums = new Float64Array(shares.length);
  labels.forEach((label, row) => {
    sums[label] += base?.values[row] ?? 1;
  });
  const values = Float64Array.from(labels, (label, row) => {
    const own = base?.values[row] ?? 1;
    return sums[label] > 0 ? (shares[label] * own) / sums[label] : 0;
  });
  return rowWeights(values, true);
}

/** Steps that weights within a bucket are rounded to: sums of them are exact, in whatever order rows come and go. */
const STEP = 2 ** -20;

/**
 * Weights of rows as the method counts with them (docs/method.md, eq. (6)): what a row of a bucket counts for on average stands in the bucket, and within
 * a bucket rows count in units of effective rows (Kish, 1965), so that their sums say how much is known. Where all rows of a bucket
 * count alike, counts stay whole numbers, and nothing stands with the rows.
 */
export function weighed<Named extends Bucket, Rows extends LabelledRows>(
  buckets: readonly Named[],
  rows: Rows,
  { values }: RowWeights,
): {
  readonly buckets: (Named & { readonly weight?: number })[];
  readonly rows: Rows & { readonly within?: Float64Array };
} {
  const [sums, squares, counts] = [0, 1, 2].map(() => new Float64Array(buckets.length));
  rows.buckets.forEach((bucket, row) => {
    if (bucket < 0 || bucket >= buckets.length) return;
    sums[bucket] += values[row];
    squares[bucket] += values[row] ** 2;
    counts[bucket]++;
  });
  const effective = sums.map((sum, b) => (squares[b] > 0 ? sum ** 2 / squares[b] : 0));
  const uneven = effective.some((size, b) => size < counts[b] * (1 - 1e-9));
  const weightOf = (b: number) => {
    const size = uneven ? effective[b] : counts[b];
    return size > 0 ? sums[b] / size : 1;
  };
  const within = Float64Array.from(rows.buckets, (bucket, row) => {
    if (bucket < 0 || bucket >= buckets.length) return 0;
    return Math.round(values[row] / weightOf(bucket) / STEP) * STEP;
  });
  return {
    buckets: buckets.map((bucket, b) => ({ ...bucket, weight: weightOf(b) })),
    rows: uneven ? { ...rows, within } : rows,
  };
}

/** Buckets that all count for their rows. */
export function unweighted(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.some(({ weight }) => weight !== undefined)
    ? buckets.map(({ label, group }) => ({ label, group }))
    : buckets;
}
