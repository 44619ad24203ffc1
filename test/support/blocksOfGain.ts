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
  const placeOf = new Map(numbers.map((row, place) => [row, place]));
  let own: Float32Array = new Float32Array();
  await gains.blocks(head, matrix, {
    choose(all) {
      own = all;
      return { rows: Int32Array.from(numbers), columns: Int32Array.from(all.keys()) };
    },
    take({ values, rows: some, columns }) {
      for (const [at, row] of some.entries())
        for (const [place, column] of columns.entries())
          rows[(placeOf.get(row) ?? 0) * buckets + column] = values[at * columns.length + place];
    },
  });
  return { rows, own };
}
