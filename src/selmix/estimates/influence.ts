/**
 * Metrics of hard predictions, each with what a row of each kind adds to it (the delta method). Strata are classes, or classes
 * within groups; a metric is measured over the strata that have rows.
 */

import type { RowWeights } from "../confusion/population.ts";

/** Rows [N]: the stratum and the predicted class of each; and the class of each stratum [S]. */
export interface PredictedRows {
  readonly labels: readonly number[];
  readonly classes: number;
  readonly strata: Int32Array;
  readonly predictions: Int32Array;
  /** What each row counts for, [N]; all alike when absent. */
  readonly weights?: RowWeights;
}

/** Rows and right ones of each stratum [S], predictions of each class [K], all in what rows count for. */
export interface StratumCounts {
  readonly labels: readonly number[];
  readonly rows: Float64Array;
  readonly right: Float64Array;
  readonly predicted: Float64Array;
  /** As many rows of which each counts alike would say as much of a stratum (Kish, 1965), [S]. */
  readonly sizes: Float64Array;
}

export interface Influence {
  readonly value: number;
  /** The value cleared of bias. */
  readonly centre: number;
  /** The value with half a right and half a wrong row more in each stratum. */
  readonly smooth: number;
  /** What a row adds that is right, of each stratum [S]. */
  readonly right: Float64Array;
  /** What a wrong row adds, of each predicted class [K], or of each in each stratum [S,K]; null for nothing. */
  readonly wrong: Float64Array | null;
  /** Whether `wrong` is [S,K]. */
  readonly wrongByStratum?: true;
  /** What any row adds, of each stratum [S], because its size was drawn too; null for nothing. */
  readonly row: Float64Array | null;
}

export function stratumCounts(of: PredictedRows): StratumCounts {
  const { labels, classes, strata, predictions, weights } = of;
  const [rows, right, squares] = [0, 1, 2].map(() => new Float64Array(labels.length));
  const predicted = new Float64Array(classes);
  for (let row = 0; row < strata.length; row++) {
    const weight = weights?.values[row] ?? 1;
    rows[strata[row]] += weight;
    squares[strata[row]] += weight * weight;
    predicted[predictions[row]] += weight;
    if (predictions[row] === labels[strata[row]]) right[strata[row]] += weight;
  }
  const sizes = weights ? rows.map((sum, s) => (sum > 0 ? sum ** 2 / squares[s] : 0)) : rows;
  return { labels, rows, right, predicted, sizes };
}

/** Right rows of a stratum and all, in rows of which each counts alike. */
export function effectiveCounts({ rows, right, sizes }: StratumCounts, s: number): readonly [number, number] {
  return rows === sizes ? [right[s], rows[s]] : [(right[s] / rows[s]) * sizes[s], sizes[s]];
}

/** A recall with half a right and half a wrong row more. */
function smoothRecall(right: number, rows: number): number {
  return (right + 0.5) / (rows + 1);
}

interface Transform {
  readonly of: (recall: number) => number;
  readonly slope: (recall: number) => number;
  readonly back: (mean: number) => number;
  /** An estimate of `of` the population's recall that is all but free of bias. */
  readonly unbiased: (right: number, rows: number) => number;
}

const transforms = {
  arithmetic: {
    of: (recall) => recall,
    slope: () => 1,
    back: (mean) => mean,
    unbiased: (right, rows) => right / rows,
  },
  geometric: {
    of: Math.log,
    slope: (recall) => 1 / recall,
    back: Math.exp,
    // Up to 1 / rows^2 (Walter, 1975).
    unbiased: (right, rows) => Math.log((right + 0.5) / (rows + 0.5)),
  },
  harmonic: {
    of: (recall) => -1 / recall,
    slope: (recall) => 1 / recall ** 2,
    back: (mean) => -1 / mean,
    // Its mean is -1/p (1 - (1 - p)^(rows + 1)).
    unbiased: (right, rows) => -(rows + 1) / (right + 1),
  },
} satisfies Record<string, Transform>;

export type Mean = keyof typeof transforms;

/** A mean of the recalls of the strata that `includes` keeps, each counting the same. */
export function meanOfRecalls(
  counts: StratumCounts,
  kind: Mean,
  includes: (stratum: number) => boolean = () => true,
): Influence {
  const { of, slope, back, unbiased } = transforms[kind];
  const { rows } = counts;
  const kept = Array.from(rows.keys()).filter((s) => rows[s] > 0 && includes(s));
  const mean = (measure: (right: number, rows: number) => number) =>
    back(kept.reduce((sum, s) => sum + measure(...effectiveCounts(counts, s)), 0) / kept.length);
  const smooth = mean((x, n) => of(smoothRecall(x, n)));
  const influence = new Float64Array(rows.length);
  for (const s of kept) {
    influence[s] = slope(smoothRecall(...effectiveCounts(counts, s))) / slope(smooth) / kept.length / rows[s];
  }
  return {
    value: mean((x, n) => of(x / n)),
    centre: mean(unbiased),
    smooth,
    right: influence,
    wrong: null,
    row: null,
  };
}

/** Share of all rows that are right, at the strata's shares of the rows. */
export function accuracy(counts: StratumCounts): Influence {
  const { rows, sizes } = counts;
  const total = rows.reduce((sum, count) => sum + count, 0);
  const share = (measure: (right: number, rows: number) => number) =>
    rows.reduce((sum, n, s) => (n > 0 ? sum + (n / total) * measure(...effectiveCounts(counts, s)) : sum), 0);
  const value = share((x, n) => x / n);
  return {
    value,
    centre: value,
    smooth: share(smoothRecall),
    right: rows.map(() => 1 / total),
    wrong: null,
    row: sizes === rows ? null : rows.map(() => -value / total),
  };
}

/**
 * Mean of what the rows save, at the strata's shares of the rows. @param saved what a row saves by its class and the one predicted, [K][K],
 * each between 0 and 1
 */
export function meanSaved(
  counts: StratumCounts,
  { strata, predictions, weights }: PredictedRows,
  saved: readonly (readonly number[])[],
): Influence {
  const { labels, rows, sizes, predicted } = counts;
  const classes = predicted.length;
  const total = rows.reduce((sum, count) => sum + count, 0);
  const sums = new Float64Array(labels.length);
  strata.forEach((s, row) => {
    sums[s] += (weights?.values[row] ?? 1) * saved[labels[s]][predictions[row]];
  });
  const ends = labels.map((label) => {
    const own = saved[label];
    const others = own.reduce((sum, one) => sum + one, 0) - own[label];
    return (own[label] + others / Math.max(1, classes - 1)) / 2;
  });
  const share = (measure: (mean: number, s: number) => number) =>
    rows.reduce((sum, n, s) => (n > 0 ? sum + (n / total) * measure(sums[s] / n, s) : sum), 0);
  const value = share((mean) => mean);
  return {
    value,
    centre: value,
    smooth: share((mean, s) => (mean * sizes[s] + ends[s]) / (sizes[s] + 1)),
    right: Float64Array.from(labels, (label) => saved[label][label] / total),
    wrong: Float64Array.from(labels.flatMap((label) => saved[label].map((one) => one / total))),
    wrongByStratum: true,
    row: sizes === rows ? null : rows.map(() => -value / total),
  };
}

/** Share of the predictions of a class that are right; the class is predicted. */
export function precisionOf({ labels, rows, right, predicted }: StratumCounts, label: number): Influence {
  const correct = right.reduce((sum, some, s) => (labels[s] === label ? sum + some : sum), 0);
  const whole = predicted[label];
  const value = correct / whole;
  return {
    value,
    centre: value,
    smooth: smoothRecall(correct, whole),
    right: rows.map((_rows, s) => (labels[s] === label ? (1 - value) / whole : 0)),
    wrong: predicted.map((_count, l) => (l === label ? -value / whole : 0)),
    row: null,
  };
}

function f1OfClasses(
  { labels, rows }: StratumCounts,
  right: ArrayLike<number>,
  predicted: ArrayLike<number>,
) {
  const [actual, correct] = [new Float64Array(predicted.length), new Float64Array(predicted.length)];
  labels.forEach((label, s) => {
    actual[label] += rows[s];
    correct[label] += right[s];
  });
  const present = Array.from(actual.keys()).filter((k) => actual[k] > 0);
  const slope = new Float64Array(predicted.length);
  const f1 = new Float64Array(predicted.length);
  for (const k of present) {
    slope[k] = 1 / (actual[k] + predicted[k]) / present.length;
    f1[k] = (2 * correct[k]) / (actual[k] + predicted[k]);
  }
  return {
    f1,
    slope,
    actual,
    correct,
    present,
    mean: present.reduce((sum, k) => sum + f1[k], 0) / present.length,
  };
}

/** Mean over the classes present of F1 = 2 right / (actual + predicted). `sizesDrawn`: actual numbers are random too. */
export function macroF1(counts: StratumCounts, sizesDrawn: boolean): Influence {
  const { labels, rows, right, predicted } = counts;
  const { f1, slope, actual, correct, present, mean } = f1OfClasses(counts, right, predicted);
  const smoothRight = right.map((_x, s) =>
    rows[s] > 0 ? rows[s] * smoothRecall(...effectiveCounts(counts, s)) : 0,
  );
  const smoothPredicted = Float64Array.from(predicted);
  let moved = 0;
  labels.forEach((label, s) => {
    smoothPredicted[label] += smoothRight[s] - right[s];
    moved += smoothRight[s] - right[s];
  });
  for (let l = 0; l < predicted.length; l++) smoothPredicted[l] -= moved / predicted.length;
  const wrong = f1.map((value, k) => -value * slope[k]);
  const total = rows.reduce((sum, count) => sum + count, 0);
  /** Of a ratio 2 T / D, to second order: 2 (T var(D) / D^3 - cov(T, D) / D^2). */
  const biasOf = (k: number) => {
    const [t, missed, falsely] = [correct[k], actual[k] - correct[k], predicted[k] - correct[k]];
    const d = actual[k] + predicted[k];
    const within = (t * missed) / actual[k];
    const [variance, covariance] = sizesDrawn
      ? [4 * t + missed + falsely - d ** 2 / total, 2 * t - (t * d) / total]
      : [within + falsely, within];
    return 2 * ((t * variance) / d ** 3 - covariance / d ** 2);
  };
  return {
    value: mean,
    centre: mean - present.reduce((sum, k) => sum + biasOf(k), 0) / present.length,
    smooth: f1OfClasses(counts, smoothRight, smoothPredicted).mean,
    right: Float64Array.from(labels, (label) => (2 - f1[label]) * slope[label]),
    wrong,
    row: sizesDrawn ? Float64Array.from(labels, (label) => wrong[label]) : null,
  };
}

/** Share of all rows that are predicted as one of the classes that `includes` keeps. */
export function coverageOf(
  { labels, predicted, rows, sizes }: StratumCounts,
  includes: (label: number) => boolean,
): Influence {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const kept = Float64Array.from(predicted, (_count, label) => (includes(label) ? 1 / total : 0));
  const count = predicted.reduce((sum, some, label) => (includes(label) ? sum + some : sum), 0);
  return {
    value: count / total,
    centre: count / total,
    smooth: smoothRecall(count, total),
    right: Float64Array.from(labels, (label) => kept[label]),
    wrong: kept,
    row: sizes === rows ? null : rows.map(() => -count / total / total),
  };
}
