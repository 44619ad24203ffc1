/** Rows spread evenly over a table, so many that they are quickly gone through. */
import type { LabelledRows } from "../problem.ts";

export interface SampledRows {
  /** [n, size] row-major. */
  readonly values: Float32Array;
  readonly buckets: Int32Array;
}

/** @param most numbers of features that are looked at */
export function sampledRows({ rows, buckets: bucketOf }: LabelledRows, most: number): SampledRows {
  const count = Math.min(rows.count, Math.max(1, Math.floor(most / rows.size)));
  const values = new Float32Array(count * rows.size);
  const buckets = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const row = Math.floor((at * rows.count) / count);
    rows.read(row, 1, values, at * rows.size);
    buckets[at] = bucketOf[row];
  }
  return { values, buckets };
}

/** Those of the first `count` buckets: what validation lacks comes after them, see `trainBuckets`. */
export function rowsOfBuckets({ values, buckets }: SampledRows, count: number): SampledRows {
  const size = values.length / buckets.length;
  const rows = Array.from(buckets.keys()).filter((row) => buckets[row] < count);
  if (rows.length === buckets.length) return { values, buckets };
  const kept = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    kept.set(values.subarray(row * size, (row + 1) * size), at * size);
  });
  return { values: kept, buckets: Int32Array.from(rows, (row) => buckets[row]) };
}
