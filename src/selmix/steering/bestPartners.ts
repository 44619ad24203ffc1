/**
 * Of thousands of buckets, the partners with the largest gains for each: G [B,B] is seen block by block and never held. Its
 * rows are renewed by turns. Meanwhile a row is moved as a whole by what the gain of its bucket's own samples, G[i,i], has changed
 * by: whom a bucket is best mixed with changes slowly, how much it matters does not (docs/method.md, section 7.1).
 */
import { Layout, type Matrix } from "../confusion/matrix.ts";
import { POLICY_FLOOR, type Policy } from "./policy.ts";

/** Partners kept for a bucket. */
const MOST = 64;
/** Cycles in which all rows are renewed. */
const TURNS = 3;

/** G of some pairs, [rows, columns] row-major, from a row and a column on. */
export interface GainBlock {
  readonly values: Float32Array;
  readonly row: number;
  readonly column: number;
  readonly columns: number;
}

/** Rows from `from` up to `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Whether a bucket has samples to draw as the first and as the second of a pair, [B]. */
export interface Allowed {
  readonly first: readonly boolean[];
  readonly second: readonly boolean[];
}

export class BestPartners {
  readonly #allowed: Allowed;
  readonly #buckets: number;
  /** [B, MOST], a heap for each bucket with the least gain on top; `#filled` [B] of them hold one. */
  readonly #gains: Float32Array;
  readonly #partners: Int32Array;
  readonly #filled: Int32Array;
  /** Of each row when it was renewed: pairs with a positive gain, the sum of all gains, and G[i,i]. */
  readonly #positive: Float64Array;
  readonly #sums: Float64Array;
  readonly #own: Float32Array;
  /** What G[i,i] has changed by since, [B]. */
  readonly #moved: Float32Array;
  #turn = -1;
  #renewed: RowRange = { from: 0, to: 0 };

  constructor(buckets: number, allowed: Allowed) {
    this.#buckets = buckets;
    this.#allowed = allowed;
    this.#gains = new Float32Array(buckets * MOST);
    this.#partners = new Int32Array(buckets * MOST);
    this.#filled = new Int32Array(buckets);
    this.#positive = new Float64Array(buckets);
    this.#sums = new Float64Array(buckets);
    this.#own = new Float32Array(buckets);
    this.#moved = new Float32Array(buckets);
  }

  /** Forgets the rows whose turn it is, all at first, and says which: their gains are to be taken anew. */
  renew(): RowRange {
    const share = Math.ceil(this.#buckets / TURNS);
    const turn = this.#turn % TURNS;
    const range =
      this.#turn < 0
        ? { from: 0, to: this.#buckets }
        : { from: turn * share, to: Math.min((turn + 1) * share, this.#buckets) };
    this.#turn++;
    this.#renewed = range;
    for (const numbers of [this.#filled, this.#positive, this.#sums]) numbers.fill(0, range.from, range.to);
    return range;
  }

  /** Moves the rows that were not renewed. @param own G[i,i] as they are now, [B] */
  move(own: Float32Array): void {
    const { from, to } = this.#renewed;
    this.#own.set(own.subarray(from, to), from);
    for (let i = 0; i < this.#buckets; i++) this.#moved[i] = own[i] - this.#own[i];
  }

  take({ values, row, column, columns }: GainBlock): void {
    const { first, second } = this.#allowed;
    const rows = values.length / columns;
    for (let i = row; i < row + rows; i++) {
      if (!first[i]) continue;
      const from = (i - row) * columns - column;
      for (let j = column; j < column + columns; j++) {
        if (!second[j]) continue;
        const gain = values[from + j];
        this.#sums[i] += gain;
        if (gain > 0) this.#positive[i]++;
        this.#keep(i, j, gain);
      }
    }
  }

  /** The gains that are kept, [B,B]. */
  gain(): Matrix<Float32Array> {
    const starts = new Int32Array(this.#buckets + 1);
    for (let i = 0; i < this.#buckets; i++) starts[i + 1] = starts[i] + this.#filled[i];
    const columnOf = new Int32Array(starts[this.#buckets]);
    const values = new Float32Array(columnOf.length);
    for (let i = 0; i < this.#buckets; i++) {
      const places = Array.from({ length: this.#filled[i] }, (_, at) => i * MOST + at);
      places.sort((a, b) => this.#partners[a] - this.#partners[b]);
      for (const [at, place] of places.entries()) {
        columnOf[starts[i] + at] = this.#partners[place];
        values[starts[i] + at] = this.#gains[place] + this.#moved[i];
      }
    }
    return { layout: Layout.some(this.#buckets, starts, columnOf), values };
  }

  /**
   * softmax(G / temperature) over the pairs that are kept, and a floor that all allowed ones have alike (docs/method.md, eq. (22)); with it
   * sum P o G over all.
   * @param gain as `gain()` gives it
   */
  policy(gain: Matrix<Float32Array>, temperature: number): { policy: Policy; expectedGain: number } {
    const largest = gain.values.reduce((most, value) => Math.max(most, value), 0);
    const uniform = largest === 0 ? 1 : POLICY_FLOOR;
    const weights = Float64Array.from(gain.values, (value) =>
      value > 0 ? Math.exp((value - largest) / temperature) : 0,
    );
    const total = sum(weights);
    const values = weights.map((weight) => (weight === 0 ? 0 : ((1 - uniform) * weight) / total));
    const expected = values.reduce((all, share, at) => all + share * gain.values[at], 0);
    return {
      policy: { probabilities: { layout: gain.layout, values }, uniform, positive: sum(this.#positive) },
      expectedGain: expected + uniform * this.#mean(),
    };
  }

  /** Of all gains of allowed pairs. */
  #mean(): number {
    const partners = count(this.#allowed.second);
    const sums = this.#sums.map((all, i) => (this.#allowed.first[i] ? all + partners * this.#moved[i] : 0));
    return sum(sums) / (count(this.#allowed.first) * partners);
  }

  #keep(i: number, j: number, gain: number): void {
    const start = i * MOST;
    if (this.#filled[i] < MOST) this.#rise(start, this.#filled[i]++, j, gain);
    else if (gain > this.#gains[start]) this.#sink(start, j, gain);
  }

  /** Puts a gain into the heap, at the end or above it. */
  #rise(start: number, end: number, partner: number, gain: number): void {
    let at = end;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#gains[start + above] <= gain) break;
      this.#set(start + at, this.#partners[start + above], this.#gains[start + above]);
      at = above;
    }
    this.#set(start + at, partner, gain);
  }

  /** Puts a gain into a full heap, in the place of the least. */
  #sink(start: number, partner: number, gain: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= MOST) break;
      if (below + 1 < MOST && this.#gains[start + below + 1] < this.#gains[start + below]) below++;
      if (this.#gains[start + below] >= gain) break;
      this.#set(start + at, this.#partners[start + below], this.#gains[start + below]);
      at = below;
    }
    this.#set(start + at, partner, gain);
  }

  #set(place: number, partner: number, gain: number): void {
    this.#partners[place] = partner;
    this.#gains[place] = gain;
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function count(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length;
}
