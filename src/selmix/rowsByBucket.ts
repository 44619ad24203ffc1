/** Which rows a bucket has. */

/** Rows of each bucket, in their order. */
export function rowsByBucket(bucketOf: ArrayLike<number>, buckets: number): Int32Array[] {
  const sizes = new Int32Array(buckets);
  for (let row = 0; row < bucketOf.length; row++) sizes[bucketOf[row]]++;
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(buckets);
  for (let row = 0; row < bucketOf.length; row++) {
    const bucket = bucketOf[row];
    rows[bucket][filled[bucket]++] = row;
  }
  return rows;
}
