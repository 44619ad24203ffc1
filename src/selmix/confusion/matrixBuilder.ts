/** Makes matrices that keep only the cells that something was added to. */

import { rowsByBucket } from "../rowsByBucket.ts";
import { Layout, type Matrix } from "./matrix.ts";

/** Builds a matrix that keeps some cells, row after row. */
export class MatrixBuilder {
  readonly #columns: number;
  readonly #starts = [0];
  readonly #columnOf: Int32Array;
  readonly #values: Float64Array;
  /** Of the row that is being built: sums by column, and which of them there are. */
  readonly #sums: Float64Array;
  readonly #isTouched: Uint8Array;
  #touched: number[] = [];
  #size = 0;

  /** @param most cells that can come together */
  constructor(columns: number, most: number) {
    this.#columns = columns;
    this.#columnOf = new Int32Array(most);
    this.#values = new Float64Array(most);
    this.#sums = new Float64Array(columns);
    this.#isTouched = new Uint8Array(columns);
  }

  /** Adds to a cell of the row, which is kept even if it stays 0. */
  add(column: number, amount: number): void {
    if (this.#isTouched[column] === 0) {
      this.#isTouched[column] = 1;
      this.#touched.push(column);
    }
    this.#sums[column] += amount;
  }

  /** Adds a row of another matrix of these columns, times a share. */
  addRow({ layout, values }: Matrix, row: number, share = 1): void {
    const [start, end] = [layout.start(row), layout.start(row + 1)];
    for (let at = start; at < end; at++) this.add(layout.column(at, start), share * values[at]);
  }

  endRow(): void {
    this.#touched.sort((a, b) => a - b);
    for (const column of this.#touched) {
      this.#columnOf[this.#size] = column;
      this.#values[this.#size++] = this.#sums[column];
      this.#sums[column] = 0;
      this.#isTouched[column] = 0;
    }
    this.#touched = [];
    this.#starts.push(this.#size);
  }

  finish(): Matrix<Float64Array> {
    const columnOf = this.#columnOf.slice(0, this.#size);
    const layout = Layout.some(this.#columns, Int32Array.from(this.#starts), columnOf);
    return { layout, values: this.#values.slice(0, this.#size) };
  }
}

/** Amounts for cells, in any order of rows. */
export interface Entries {
  /** [n] each. */
  readonly rowOf: ArrayLike<number>;
  readonly columnOf: ArrayLike<number>;
  /** 1 each where absent. */
  readonly amounts?: ArrayLike<number>;
}

/** The sums of entries, added in their order within a cell. */
export function matrixOf(entries: Entries, rows: number, columns: number): Matrix<Float64Array> {
  const { rowOf, columnOf, amounts } = entries;
  const builder = new MatrixBuilder(columns, rowOf.length);
  for (const entriesOfRow of rowsByBucket(rowOf, rows)) {
    for (const at of entriesOfRow) builder.add(columnOf[at], amounts === undefined ? 1 : amounts[at]);
    builder.endRow();
  }
  return builder.finish();
}

/** The rows of matrices of the same columns, one matrix behind the other. */
export function stacked(matrices: readonly Matrix[]): Matrix<Float64Array> {
  const size = matrices.reduce((sum, { layout }) => sum + layout.size, 0);
  const builder = new MatrixBuilder(matrices[0].layout.columns, size);
  for (const matrix of matrices) {
    for (let row = 0; row < matrix.layout.rows; row++) {
      builder.addRow(matrix, row);
      builder.endRow();
    }
  }
  return builder.finish();
}

/** shareA a + shareB b, cell by cell, of matrices of one shape. */
export function weightedSum(a: Matrix, shareA: number, b: Matrix, shareB: number): Matrix<Float64Array> {
  if (a.layout.kept === null && b.layout.kept === null) {
    const values = Float64Array.from(a.values, (value, at) => shareA * value + shareB * b.values[at]);
    return { layout: b.layout, values };
  }
  const { rows, columns } = b.layout;
  const builder = new MatrixBuilder(columns, a.layout.size + b.layout.size);
  for (let row = 0; row < rows; row++) {
    builder.addRow(a, row, shareA);
    builder.addRow(b, row, shareB);
    builder.endRow();
  }
  return builder.finish();
}
