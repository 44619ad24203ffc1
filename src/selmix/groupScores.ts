/**
 * How much a row looks like each group, as linear functions of its features: ridge regression of the group on the features,
 * over train. A head that adds multiples of them to its logits treats groups alike without being told them, and stays linear.
 */
import { type FeatureRows, type Head, type Problem, trainBuckets } from "./problem.ts";

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
 * A score for each group but the last (one of them follows from the others); none without groups.
 * @param within whether groups are told apart among rows of the same label, rather than among all
 */
export function groupScores(problem: Problem, within: boolean): GroupScore[] {
  const { train } = problem;
  const buckets = trainBuckets(problem);
  const groups = [...new Set(buckets.map(({ group }) => group))].sort((a, b) => Number(a) - Number(b));
  if (groups.length < 2) return [];
  const sample = sampleOf(train.rows, train.buckets);
  const labelOf = sample.buckets.map((bucket) => (within ? buckets[bucket].label : 0));
  const centred = minusMeans(sample.values, train.rows.size, labelOf);
  return groups.slice(0, -1).flatMap((group) => {
    const is = Float32Array.from(sample.buckets, (bucket) => (buckets[bucket].group === group ? 1 : 0));
    const target = minusMeans(is, 1, labelOf);
    const weight = ridge(centred, train.rows.size, target);
    return scaled(weight, sample.values, train.rows.size);
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

function sampleOf(rows: FeatureRows, bucketOf: Int32Array): { values: Float32Array; buckets: Int32Array } {
  const count = Math.min(rows.count, Math.max(1, Math.floor(MOST_NUMBERS / rows.size)));
  const values = new Float32Array(count * rows.size);
  const buckets = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const row = Math.floor((at * rows.count) / count);
    rows.read(row, 1, values, at * rows.size);
    buckets[at] = bucketOf[row];
  }
  return { values, buckets };
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

/** w that minimises |X w - target|^2 / n + RIDGE |w|^2, by conjugate gradients. */
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
