/** Sums by bucket and class that amounts are added to in any order. */

import { type Counts, isSparse } from "./matrix.ts";
import { matrixOf } from "./matrixBuilder.ts";

export interface Sums {
  add(row: number, column: number, amount: number): void;
  /** Of large matrices the cells that something was added to, even if it was 0. */
  finish(): Counts;
}

/**
 * @param most amounts that come
 * @param whole makes the array of all cells, where they are not too many
 */
export function sumsOf(
  rows: number,
  columns: number,
  most: number,
  whole: (cells: number) => Int32Array | Float64Array,
): Sums {
  return isSparse(rows, columns)
    ? sparseSums(rows, columns, most)
    : wholeSums(whole(rows * columns), columns);
}

function wholeSums(sums: Int32Array | Float64Array, columns: number): Sums {
  return {
    add(row, column, amount) {
      sums[row * columns + column] += amount;
    },
    finish: () => sums,
  };
}

function sparseSums(rows: number, columns: number, most: number): Sums {
  const [rowOf, columnOf, amounts] = [new Int32Array(most), new Int32Array(most), new Float64Array(most)];
  let size = 0;
  return {
    add(row, column, amount) {
      rowOf[size] = row;
      columnOf[size] = column;
      amounts[size++] = amount;
    },
    finish() {
      const entries = {
        ...{ rowOf: rowOf.subarray(0, size), columnOf: columnOf.subarray(0, size) },
        amounts: amounts.subarray(0, size),
      };
      return matrixOf(entries, rows, columns);
    },
  };
}
