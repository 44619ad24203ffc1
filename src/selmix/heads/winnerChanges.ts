/** Rows whose winner changes as a class moves along its coordinate, sorted by the place of the change. */

export class WinnerChanges {
  /** By row: the place of its change, who wins it before that, and who from there on. */
  readonly place: Int32Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Rows in the order they were found, then by place. */
  readonly #found: Int32Array;
  readonly #order: Int32Array;
  /** Where each place's rows begin in that order; the last entry is their number. */
  readonly #starts: Int32Array;
  #count = 0;

  /** @param places changes lie at 0 to `places`, those at the last one beyond all */
  constructor(places: number, rows: number) {
    const room = () => new Int32Array(rows);
    [this.place, this.before, this.after, this.#found, this.#order] = [
      room(),
      room(),
      room(),
      room(),
      room(),
    ];
    this.#starts = new Int32Array(places + 2);
  }

  clear(): void {
    this.#count = 0;
    this.#starts.fill(0);
  }

  add(row: number, place: number, before: number, after: number): void {
    this.place[row] = place;
    this.before[row] = before;
    this.after[row] = after;
    this.#found[this.#count++] = row;
    this.#starts[place + 1]++;
  }

  /** Sorts what was added; rows at a place keep their order. */
  sort(): void {
    const starts = this.#starts;
    for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
    for (let found = 0; found < this.#count; found++) {
      const row = this.#found[found];
      this.#order[starts[this.place[row]]++] = row;
    }
    // Each start has moved to the next one's place.
    starts.copyWithin(1, 0);
    starts[0] = 0;
  }

  /** All rows, by place. */
  get rows(): Int32Array {
    return this.#order.subarray(0, this.#count);
  }

  /** The rows of a place; null where there are none. */
  at(place: number): Int32Array | null {
    if (this.#starts[place] === this.#starts[place + 1]) return null;
    return this.#order.subarray(this.#starts[place], this.#starts[place + 1]);
  }
}
