/** What is computed once from features: prototypes, and the scale of the features. */
import type { FeatureRows } from "./problem.ts";

/** Bytes of features handled at a time: they are looked at while the cache has them. */
const CHUNK_BYTES = 2 ** 19;

/** Mean feature of each bucket [B,d]: the prototypes z (docs/method.md, section 6). */
export function prototypesOf(rows: FeatureRows, bucketOf: Int32Array, buckets: number): Float32Array {
  const { size } = rows;
  const sums = new Float64Array(buckets * size);
  const counts = new Float64Array(buckets);
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / 4 / size));
  const buffer = new Float32Array(rows.values ? 0 : Math.min(chunkRows, rows.count) * size);
  for (let start = 0; start < rows.count; start += chunkRows) {
    const count = Math.min(chunkRows, rows.count - start);
    const chunk = rows.values?.subarray(start * size) ?? buffer;
    if (chunk === buffer) rows.read(start, count, buffer, 0);
    for (let row = 0; row < count; row++) {
      const bucket = bucketOf[start + row];
      const from = row * size;
      const to = bucket * size;
      counts[bucket]++;
      for (let i = 0; i < size; i++) sums[to + i] += chunk[from + i];
    }
  }
  const means = new Float32Array(buckets * size);
  for (let bucket = 0, at = 0; bucket < buckets; bucket++) {
    const count = Math.max(counts[bucket], 1);
    for (let i = 0; i < size; i++, at++) means[at] = sums[at] / count;
  }
  return means;
}

/** Rows looked at for the scale of the features. */
const SCALE_SAMPLE = 4096;

/** Mean squared norm of evenly spaced rows, which sets the scale of the learning rate. */
export function meanSquaredNorm(rows: FeatureRows): number {
  const count = Math.min(rows.count, SCALE_SAMPLE);
  const row = new Float32Array(rows.size);
  let total = 0;
  for (let index = 0; index < count; index++) {
    rows.read(Math.floor((index * rows.count) / count), 1, row, 0);
    for (const value of row) total += value * value;
  }
  return total / count;
}
