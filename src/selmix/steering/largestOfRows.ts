/** The largest numbers of each row of a matrix that is seen cell by cell: a heap for each row, with the least that is kept on top. */
export class LargestOfRows {
  readonly #most: number;
  /** [rows, most], of which `#filled` [rows] hold something. */
  readonly #values: Float32Array;
  readonly #columns: Int32Array;
  readonly #filled: Int32Array;

  /** @param most numbers kept of a row */
  constructor(rows: number, most: number) {
    this.#most = most;
    this.#values = new Float32Array(rows * most);
    this.#columns = new Int32Array(rows * most);
    this.#filled = new Int32Array(rows);
  }

  /** Forgets a row. */
  clear(row: number): void {
    this.#filled[row] = 0;
  }

  /** Keeps a number if it is among the largest of its row so far. */
  offer(row: number, column: number, value: number): void {
    const start = row * this.#most;
    if (this.#filled[row] < this.#most) this.#rise(start, this.#filled[row]++, column, value);
    else if (value > this.#values[start]) this.#sink(start, column, value);
  }

  /** What is kept of a row, in no order. */
  *of(row: number): Generator<{ readonly column: number; readonly value: number }> {
    const start = row * this.#most;
    for (let at = start; at < start + this.#filled[row]; at++)
      yield { column: this.#columns[at], value: this.#values[at] };
  }

  /** Puts a number at the end of a heap, or above it. */
  #rise(start: number, end: number, column: number, value: number): void {
    let at = end;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#values[start + above] <= value) break;
      this.#move(start + above, start + at);
      at = above;
    }
    this.#set(start + at, column, value);
  }

  /** Puts a number into a full heap, in the place of the least. */
  #sink(start: number, column: number, value: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= this.#most) break;
      if (below + 1 < this.#most && this.#values[start + below + 1] < this.#values[start + below]) below++;
      if (this.#values[start + below] >= value) break;
      this.#move(start + below, start + at);
      at = below;
    }
    this.#set(start + at, column, value);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#columns[from], this.#values[from]);
  }

  #set(place: number, column: number, value: number): void {
    this.#columns[place] = column;
    this.#values[place] = value;
  }
}
