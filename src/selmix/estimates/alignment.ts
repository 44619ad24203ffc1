/** Do predictions know anything of the labels? A permutation test, and the order of the labels that would fit them. */
import { Random } from "../random.ts";

/** Permutations drawn: the smallest p-value is 1 / (PERMUTATIONS + 1). */
const PERMUTATIONS = 499;

/**
 * One-sided permutation test (Good, 2005, chapter 3): the share of random orders of the labels under which the statistic
 * is at least as large as it is, the given order counted as one of them.
 * @param statistic of labels [N] against the rows as they stand
 */
function permutationTest(
  labels: Int32Array,
  statistic: (labels: Int32Array) => number,
  random: Random,
): { value: number; p: number } {
  const value = statistic(labels);
  // Sums of the same numbers in another order differ by rounding.
  const threshold = value - 1e-9 * Math.max(1, Math.abs(value));
  const shuffled = labels.slice();
  let asLarge = 1;
  for (let draw = 0; draw < PERMUTATIONS; draw++) {
    random.shuffle(shuffled);
    if (statistic(shuffled) >= threshold) asLarge++;
  }
  return { value, p: asLarge / (PERMUTATIONS + 1) };
}

/** How a head's predictions on some rows stand to their labels. */
export interface Alignment {
  readonly accuracy: number;
  /** Share of the most frequent label: what always saying that class would be right on. */
  readonly majority: number;
  /** Mean of the recalls of the labels present. */
  readonly meanRecall: number;
  /**
   * P-value of "labels and predictions have nothing to do with each other" against "they agree more often than by
   * chance". Where nearly all predictions are one class there is little to compare, and the logits of the labels,
   * measured from the mean of their row, take the place of hits.
   */
  readonly p: number;
  /** For each label present the class that its rows are mostly predicted as, where that is another order of the labels; null else. */
  readonly order: readonly number[] | null;
}

/** Share of one class among predictions from which the logits are asked. */
const NEARLY_ALL = 0.95;

/**
 * Compares logits [N,K] row-major with labels [N].
 * @param seed of the permutations
 */
export function alignmentOf(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  seed: number,
): Alignment {
  const rows = labels.length;
  const predicted = Int32Array.from(labels, (_label, row) => winner(logits, row * classes, classes));
  const counts = new Int32Array(classes * classes);
  for (let row = 0; row < rows; row++) counts[labels[row] * classes + predicted[row]]++;
  const support = sums(counts, classes, (label, k) => label * classes + k);
  const columns = sums(counts, classes, (k, label) => label * classes + k);
  const random = new Random(seed, 13);
  const hits = permutationTest(labels, (order) => agreements(predicted, order), random);
  const oneClass = Math.max(...columns) >= NEARLY_ALL * rows;
  const p = oneClass ? Math.min(hits.p, logitTest(logits, labels, classes, random)) : hits.p;
  const present = [...support.keys()].filter((label) => support[label] > 0);
  const recalls = present.map((label) => counts[label * classes + label] / support[label]);
  return {
    accuracy: hits.value / rows,
    majority: Math.max(...support) / rows,
    meanRecall: recalls.reduce((sum, recall) => sum + recall, 0) / Math.max(recalls.length, 1),
    p,
    order: anotherOrder(counts, classes, present),
  };
}

function logitTest(logits: Float32Array, labels: Int32Array, classes: number, random: Random): number {
  const centred = Float64Array.from(logits);
  for (let from = 0; from < centred.length; from += classes) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += centred[from + k] / classes;
    for (let k = 0; k < classes; k++) centred[from + k] -= mean;
  }
  const sumOfLabels = (order: Int32Array) => {
    let sum = 0;
    for (let row = 0; row < order.length; row++) sum += centred[row * classes + order[row]];
    return sum;
  };
  return permutationTest(labels, sumOfLabels, random).p;
}

function agreements(predicted: Int32Array, labels: Int32Array): number {
  let count = 0;
  for (let row = 0; row < labels.length; row++) if (predicted[row] === labels[row]) count++;
  return count;
}

function winner(logits: Float32Array, from: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (logits[from + k] > logits[from + best]) best = k;
  return best;
}

function sums(counts: Int32Array, classes: number, cell: (at: number, other: number) => number): number[] {
  return Array.from({ length: classes }, (_, at) => {
    let sum = 0;
    for (let other = 0; other < classes; other++) sum += counts[cell(at, other)];
    return sum;
  });
}

/** The class that most rows of each label are predicted as, if that is one class for each and not the labels themselves. */
function anotherOrder(counts: Int32Array, classes: number, present: readonly number[]): number[] | null {
  const mostly = present.map((label) => {
    const row = counts.subarray(label * classes, (label + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  const isOrder = new Set(mostly).size === present.length && present.length > 1;
  return isOrder && mostly.some((k, at) => k !== present[at]) ? mostly : null;
}
