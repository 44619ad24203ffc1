/** Rows of G as they come block by block, put together again. */
import { Layout } from "../../src/selmix/confusion/matrix.ts";
import type { Head } from "../../src/selmix/problem.ts";
import type { RowRange } from "../../src/selmix/steering/bestPartners.ts";
import type { Gains } from "../../src/selmix/validation/evaluator.ts";

/** @param derivative A [B,K] row-major. @returns G of the rows, [rows, B], and all G[i,i] */
export async function gainByBlocks(
  gains: Gains,
  head: Head,
  derivative: ArrayLike<number>,
  { from, to }: RowRange,
): Promise<{ readonly rows: Float32Array; readonly own: Float32Array }> {
  const buckets = derivative.length / head.classes;
  const found = new Float32Array((to - from) * buckets).fill(Number.NaN);
  const matrix = { layout: Layout.whole(buckets, head.classes), values: derivative };
  const own = await gains.blocks(head, matrix, { from, to }, ({ values, row, column, columns }) => {
    for (let at = 0; at < values.length; at += columns)
      found.set(values.subarray(at, at + columns), (row - from + at / columns) * buckets + column);
  });
  return { rows: found, own };
}
