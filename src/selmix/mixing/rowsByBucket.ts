/** Which rows a bucket has. */

/** Rows of each bucket, in their order. */
export function rowsByBucket(bucketOf: Int32Array, buckets: number): Int32Array[] {
  const sizes = new Int32Array(buckets);
  for (const bucket of bucketOf) sizes[bucket]++;
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(buckets);
  bucketOf.forEach((bucket, row) => {
    rows[bucket][filled[bucket]++] = row;
  });
  return rows;
}
