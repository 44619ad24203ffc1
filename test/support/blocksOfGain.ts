/** Rows of G as they come block by block, put together again. */
import { Layout } from "../../src/selmix/confusion/matrix.ts";
import type { Head } from "../../src/selmix/problem.ts";
import type { Gains } from "../../src/selmix/validation/evaluator.ts";

/** @param numbers rows, rising. @param derivative A [B,K] row-major. @returns G of the rows, [rows, B], and all G[i,i] */
export async function gainByBlocks(
  gains: Gains,
  head: Head,
  derivative: ArrayLike<number>,
  numbers: readonly number[],
): Promise<{ readonly rows: Float32Array; readonly own: Float32Array }> {
  const buckets = derivative.length / head.classes;
  const rows = new Float32Array(numbers.length * buckets).fill(Number.NaN);
  const matrix = { layout: Layout.whole(buckets, head.classes), values: derivative };
  let own: Float32Array = new Float32Array();
  await gains.blocks(head, matrix, {
    choose(all) {
      own = all;
      return Int32Array.from(numbers);
    },
    take({ values, rows: some, column, columns }) {
      for (const [at, row] of some.entries())
        rows.set(values.subarray(at * columns, (at + 1) * columns), numbers.indexOf(row) * buckets + column);
    },
  });
  return { rows, own };
}
