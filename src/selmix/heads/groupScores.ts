/**
 * How much a row looks like each group, as linear functions of its features: ridge regression of the group on the features,
 * over train. A head that adds multiples of them to its logits treats groups alike without being told them, and stays linear.
 */

import { sampledRows } from "../mixing/sampledRows.ts";
import { type FeatureRows, type Head, type Problem, trainBuckets } from "../problem.ts";
import { rowsByBucket } from "../rowsByBucket.ts";

/** t(x) = weight x + offset, with mean 0 and variance 1 over the rows it was made from. */
export interface GroupScore {
  readonly weight: Float64Array;
  readonly offset: number;
}

/** Ridge, in units of a conditioned feature's variance. */
const RIDGE = 0.01;
const ITERATIONS = 30;
/** Numbers of features that are looked at, in rows spread evenly over the table. */
const MOST_NUMBERS = 1e7;

/**
 * Among which rows groups are told apart: among all, among those of the same label (one direction for all labels), or among those of
 * each label by itself (a direction for every label; by what else the rows show, where the group is told, for that is the same among all).
 */
export type Among = "all" | "sameLabel" | "eachLabel";

/** A score for each group but the last (one of them follows from the others), and each label where asked for; none without groups. */
export function groupScores(problem: Problem, among: Among): GroupScore[] {
  const buckets = trainBuckets(problem);
  const groups = [...new Set(buckets.map(({ group }) => group))].sort((a, b) => Number(a) - Number(b));
  if (groups.length < 2) return [];
  const { size } = problem.train.rows;
  const sample = sampledRows(problem.train, MOST_NUMBERS);
  const labels = sample.buckets.map((bucket) => (among === "all" ? 0 : buckets[bucket].label));
  const parts =
    among === "eachLabel" ? rowsByBucket(labels, problem.classes) : [Int32Array.from(labels.keys())];
  return parts.flatMap((rows) => {
    const within = rows.map((row) => labels[row]);
    const centred = minusMeans(rowsAt(sample.values, size, rows), size, within);
    if (among === "eachLabel") hideLast(centred, size, problem.groupColumns ?? 0);
    return groups.slice(0, -1).flatMap((group) => {
      const is = Float32Array.from(rows, (row) => (buckets[sample.buckets[row]].group === group ? 1 : 0));
      return scaled(ridge(centred, size, minusMeans(is, 1, within)), sample.values, size);
    });
  });
}

/** t(x) of every row, [N]. */
export function valuesOf({ weight, offset }: GroupScore, rows: FeatureRows): Float32Array {
  const values = new Float32Array(rows.count);
  const row = new Float32Array(rows.size);
  for (let at = 0; at < rows.count; at++) {
    rows.read(at, 1, row, 0);
    let sum = offset;
    for (let i = 0; i < row.length; i++) sum += weight[i] * row[i];
    values[at] = sum;
  }
  return values;
}

/** The head with multiples [K] of a score added to its logits. */
export function withScore(head: Head, { weight, offset }: GroupScore, amounts: ArrayLike<number>): Head {
  const { size, bias } = head;
  return {
    ...head,
    weight: head.weight.map((value, at) => value + amounts[Math.floor(at / size)] * weight[at % size]),
    bias: bias?.map((value, k) => value + amounts[k] * offset) ?? null,
  };
}

/** Makes the last columns of values [n, size] 0. */
function hideLast(values: Float32Array, size: number, columns: number): void {
  for (let end = size; end <= values.length; end += size) values.fill(0, end - columns, end);
}

/** Some rows of values [n, size]. */
function rowsAt(values: Float32Array, size: number, rows: Int32Array): Float32Array {
  const some = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    some.set(values.subarray(row * size, (row + 1) * size), at * size);
  });
  return some;
}

/** Values [n, size] less the mean of the rows of the same label. */
function minusMeans(values: Float32Array, size: number, labelOf: ArrayLike<number>): Float32Array {
  const labels = 1 + Array.from(labelOf).reduce((most, label) => Math.max(most, label), 0);
  const means = new Float64Array(labels * size);
  const counts = new Float64Array(labels);
  for (let row = 0; row < labelOf.length; row++) {
    counts[labelOf[row]]++;
    for (let i = 0; i < size; i++) means[labelOf[row] * size + i] += values[row * size + i];
  }
  return values.map((value, at) => {
    const label = labelOf[Math.floor(at / size)];
    return value - means[label * size + (at % size)] / counts[label];
  });
}

/** w that minimises |X w - target|^2 / n + RIDGE |w|^2 (docs/method.md, eq. (36)), by conjugate gradients. */
function ridge(values: Float32Array, size: number, target: Float32Array): Float64Array {
  const count = target.length;
  const weight = new Float64Array(size);
  const residual = timesTransposed(values, size, target);
  let direction = residual.slice();
  let square = dot(residual, residual);
  for (let at = 0; at < ITERATIONS && square > 1e-16 * count; at++) {
    const projected = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += values[row * size + i] * direction[i];
      projected[row] = sum;
    }
    const curved = timesTransposed(values, size, projected).map((value, i) => value + RIDGE * direction[i]);
    const step = square / dot(direction, curved);
    for (let i = 0; i < size; i++) {
      weight[i] += step * direction[i];
      residual[i] -= step * curved[i];
    }
    const next = dot(residual, residual);
    direction = direction.map((value, i) => residual[i] + (next / square) * value);
    square = next;
  }
  return weight;
}

/** X' v / n. */
function timesTransposed(values: Float32Array, size: number, vector: ArrayLike<number>): Float64Array {
  const result = new Float64Array(size);
  for (let row = 0; row < vector.length; row++) {
    const factor = vector[row] / vector.length;
    for (let i = 0; i < size; i++) result[i] += factor * values[row * size + i];
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The score along a direction; none where the groups cannot be told apart. */
function scaled(weight: Float64Array, values: Float32Array, size: number): GroupScore[] {
  const count = values.length / size;
  let [sum, squares] = [0, 0];
  for (let row = 0; row < count; row++) {
    let value = 0;
    for (let i = 0; i < size; i++) value += weight[i] * values[row * size + i];
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(squares / count - mean * mean, 0));
  return deviation > 0
    ? [{ weight: weight.map((value) => value / deviation), offset: -mean / deviation }]
    : [];
}
