/**
 * Matrices of buckets by classes. Of ten classes all cells are kept; of thousands nearly all are 0, and only the others are
 * kept: what is done to the cells of a row is written once for both.
 */

/** Which cells of a matrix are kept, row by row in the order of their columns: all of them, or some. */
export class Layout {
  readonly rows: number;
  readonly columns: number;
  readonly #starts: Int32Array | null;
  readonly #columnOf: Int32Array | null;

  private constructor(rows: number, columns: number, starts: Int32Array | null, columnOf: Int32Array | null) {
    this.rows = rows;
    this.columns = columns;
    this.#starts = starts;
    this.#columnOf = columnOf;
  }

  /** All cells. */
  static whole(rows: number, columns: number): Layout {
    return new Layout(rows, columns, null, null);
  }

  /**
   * @param starts places where rows begin, [rows + 1]
   * @param columnOf column of each cell, rising within a row
   */
  static some(columns: number, starts: Int32Array, columnOf: Int32Array): Layout {
    return new Layout(starts.length - 1, columns, starts, columnOf);
  }

  /** What `some` takes; null where all cells are kept. */
  get kept(): { readonly starts: Int32Array; readonly columnOf: Int32Array } | null {
    const [starts, columnOf] = [this.#starts, this.#columnOf];
    return starts === null || columnOf === null ? null : { starts, columnOf };
  }

  /** Cells that are kept. */
  get size(): number {
    return this.start(this.rows);
  }

  /** Place of the first cell of a row, or of what comes after the last. */
  start(row: number): number {
    return this.#starts === null ? row * this.columns : this.#starts[row];
  }

  /** Column of the cell at a place, in a row that starts at `start`. */
  column(place: number, start: number): number {
    return this.#columnOf === null ? place - start : this.#columnOf[place];
  }

  /** Place of a cell; -1 where it is not kept. */
  place(row: number, column: number): number {
    if (this.#starts === null || this.#columnOf === null) return row * this.columns + column;
    let [low, high] = [this.#starts[row], this.#starts[row + 1] - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#columnOf[middle];
      if (found === column) return middle;
      if (found < column) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

/** Numbers in the cells of a layout; those that it leaves out are 0. */
export interface Matrix<Values extends ArrayLike<number> = ArrayLike<number>> {
  readonly layout: Layout;
  readonly values: Values;
}

/** Counts [B,K]: all of them in rows, or a matrix. */
export type Counts = ArrayLike<number> | Matrix;

/** From so many cells on only those that are not 0 are kept: 725 classes alone in their buckets. */
const MANY_CELLS = 2 ** 19;

/** Whether a matrix of counts is so large that its zeros are left out. */
export function isSparse(rows: number, columns: number): boolean {
  return rows * columns > MANY_CELLS;
}

/** From so many cells on no matrix of classes by classes is held whole: 1449 classes alone in their buckets. */
const MOST_CELLS = 2 ** 21;

/** Whether the gains of all pairs are too many to be held. */
export function isLarge(rows: number, columns: number): boolean {
  return rows * columns > MOST_CELLS;
}

/** Counts as a matrix, whichever way they come. */
export function asMatrix(counts: Counts, rows: number, columns: number): Matrix {
  return isMatrix(counts) ? counts : { layout: Layout.whole(rows, columns), values: counts };
}

export function isMatrix(counts: Counts): counts is Matrix {
  return "layout" in counts;
}

/** The number in a cell. */
export function valueAt({ layout, values }: Matrix, row: number, column: number): number {
  const place = layout.place(row, column);
  return place < 0 ? 0 : values[place];
}

/** All numbers [rows, columns], row-major; its own where it has them all. */
export function wholeOf({ layout, values }: Matrix): ArrayLike<number> {
  if (layout.kept === null) return values;
  const { rows, columns } = layout;
  const whole = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [layout.start(row), layout.start(row + 1)];
    for (let at = start; at < end; at++) whole[row * columns + layout.column(at, start)] = values[at];
  }
  return whole;
}
