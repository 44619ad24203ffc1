/**
 * Of thousands of buckets, the partners with the largest gains for each: G [B,B] is seen block by block and never held. Its
 * rows are renewed by turns, those that matter most more often. Meanwhile a row is moved as a whole by what the gain of its
 * bucket's own samples, G[i,i], has changed by: whom a bucket is best mixed with changes slowly, how much it matters does not
 * (docs/method.md, section 7.1).
 */
import { Layout, type Matrix } from "../confusion/matrix.ts";
import type { GainBlock, GainCells, GainReader } from "./gainBlocks.ts";
import { LargestOfRows } from "./largestOfRows.ts";
import { type Allowed, POLICY_FLOOR, type Policy } from "./policy.ts";

/** Partners kept for a bucket. */
const MOST = 64;
/** As much of G is computed in a cycle as if all were in so many. */
const TURNS = 3;

export class BestPartners implements GainReader {
  readonly #allowed: Allowed;
  /** Buckets that can be second. */
  readonly #partnersAllowed: Int32Array;
  readonly #buckets: number;
  readonly #best: LargestOfRows;
  /** Of each row when it was renewed: the sum of all gains, pairs with a positive one, their sum and that of their squares, and G[i,i]. */
  readonly #sums: Float64Array;
  readonly #positive: Float64Array;
  readonly #positiveSums: Float64Array;
  readonly #positiveSquares: Float64Array;
  readonly #own: Float32Array;
  /** Partners that a row was seen with, [B]. */
  readonly #seen: Int32Array;
  /** What G[i,i] has changed by since, [B]. */
  readonly #moved: Float32Array;
  /** The cycle in which each row was renewed last, [B], counted from 1. */
  readonly #renewed: Int32Array;
  #cycle = 0;

  constructor(buckets: number, allowed: Allowed) {
    this.#buckets = buckets;
    this.#allowed = allowed;
    this.#partnersAllowed = Int32Array.from(allowed.second.keys()).filter((j) => allowed.second[j]);
    this.#best = new LargestOfRows(buckets, MOST);
    this.#sums = new Float64Array(buckets);
    this.#positive = new Float64Array(buckets);
    this.#positiveSums = new Float64Array(buckets);
    this.#positiveSquares = new Float64Array(buckets);
    this.#own = new Float32Array(buckets);
    this.#seen = new Int32Array(buckets);
    this.#moved = new Float32Array(buckets);
    this.#renewed = new Int32Array(buckets);
  }

  /**
   * All rows with every third partner at first; then a third of the rows with all: half of those because they matter most now, half
   * because they have waited longest.
   */
  choose(own: Float32Array): GainCells {
    this.#cycle++;
    const isFirst = this.#cycle === 1;
    const rows = isFirst ? Int32Array.from(own.keys()) : this.#due(own);
    const all = this.#partnersAllowed;
    const columns = isFirst ? all.filter((_, at) => at % TURNS === 0) : all;
    const sums = [this.#sums, this.#positive, this.#positiveSums, this.#positiveSquares];
    for (const row of rows) {
      this.#best.clear(row);
      for (const numbers of sums) numbers[row] = 0;
      this.#renewed[row] = this.#cycle;
      this.#seen[row] = columns.length;
      this.#own[row] = own[row];
    }
    for (let i = 0; i < this.#buckets; i++) this.#moved[i] = own[i] - this.#own[i];
    return { rows, columns };
  }

  #due(own: Float32Array): Int32Array {
    const half = Math.ceil(this.#buckets / TURNS / 2);
    const byOwn = Array.from(own.keys()).sort((a, b) => own[b] - own[a]);
    const waiting = byOwn.slice(half).sort((a, b) => this.#renewed[a] - this.#renewed[b] || a - b);
    return Int32Array.from([...byOwn.slice(0, half), ...waiting.slice(0, half)]).sort();
  }

  take({ values, rows, columns }: GainBlock): void {
    const { first } = this.#allowed;
    for (const [at, i] of rows.entries()) {
      if (!first[i]) continue;
      const from = at * columns.length;
      for (let place = 0; place < columns.length; place++) {
        const gain = values[from + place];
        this.#sums[i] += gain;
        if (gain > 0) {
          this.#positive[i]++;
          this.#positiveSums[i] += gain;
          this.#positiveSquares[i] += gain * gain;
        }
        this.#best.offer(i, columns[place], gain);
      }
    }
  }

  /** The gains that are kept, [B,B]. */
  gain(): Matrix<Float32Array> {
    const rows = Array.from({ length: this.#buckets }, (_, i) =>
      [...this.#best.of(i)].sort((a, b) => a.column - b.column),
    );
    const starts = new Int32Array(this.#buckets + 1);
    for (const [i, row] of rows.entries()) starts[i + 1] = starts[i] + row.length;
    const columnOf = Int32Array.from(rows.flatMap((row) => row.map(({ column }) => column)));
    const values = Float32Array.from(
      rows.flatMap((row, i) => row.map(({ value }) => value + this.#moved[i])),
    );
    return { layout: Layout.some(this.#buckets, starts, columnOf), values };
  }

  /**
   * softmax(G / temperature) over the pairs with a positive gain: those that are kept by their gains, the rest of a row together and with
   * any partner; and a floor that all allowed pairs have alike (docs/method.md, eq. (22)). With it, sum P o G over all.
   * @param gain as `gain()` gives it
   */
  policy(gain: Matrix<Float32Array>, temperature: number): { policy: Policy; expectedGain: number } {
    const largest = gain.values.reduce((most, value) => Math.max(most, value), 0);
    const weightOf = (value: number) => Math.exp((value - largest) / temperature);
    const weights = Float64Array.from(gain.values, (value) => (value > 0 ? weightOf(value) : 0));
    const rest = this.#own.map((_, i) => {
      const { many, mean, variance } = this.#restOf(i);
      return mean > 0 ? many * weightOf(mean + variance / (2 * temperature)) : 0;
    });
    const total = sum(weights) + sum(rest);
    const share = largest === 0 ? 0 : (1 - POLICY_FLOOR) / total;
    const { first } = this.#allowed;
    const floor = (largest === 0 ? 1 : POLICY_FLOOR) / count(first);
    const anyPartner = Float64Array.from(rest, (weight, i) => (first[i] ? share * weight + floor : 0));
    const values = weights.map((weight) => share * weight);
    const expected = anyPartner.map((one, i) => one * (this.#sums[i] / this.#seen[i] + this.#moved[i]));
    const positive = Math.round(sum(this.#positive.map((seen, i) => seen * this.#unseen(i))));
    return {
      policy: { probabilities: { layout: gain.layout, values }, anyPartner, positive },
      expectedGain: sum(expected) + values.reduce((all, one, at) => all + one * gain.values[at], 0),
    };
  }

  /** How many partners a row has for each that it was seen with. */
  #unseen(i: number): number {
    return this.#partnersAllowed.length / this.#seen[i];
  }

  /** The positive gains of a row that are not kept, those that were not seen being as the others: how many, their mean and variance. */
  #restOf(i: number): { many: number; mean: number; variance: number } {
    const unseen = this.#unseen(i);
    let many = unseen * this.#positive[i];
    let [all, squares] = [unseen * this.#positiveSums[i], unseen * this.#positiveSquares[i]];
    for (const { value: gain } of this.#best.of(i)) {
      if (!(gain > 0)) continue;
      many--;
      all -= gain;
      squares -= gain * gain;
    }
    if (many <= 0) return { many: 0, mean: 0, variance: 0 };
    const mean = all / many;
    return { many, mean: mean + this.#moved[i], variance: Math.max(squares / many - mean * mean, 0) };
  }
}

function sum(values: Float64Array | Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function count(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length;
}
