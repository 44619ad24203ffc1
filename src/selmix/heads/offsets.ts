/**
 * What a head can do without training: one offset a class and, where groups are to be treated alike, one multiple a class of how
 * much a row looks like each group. Tuned by coordinate ascent on hard predictions. All of it stays a linear head.
 */

import { type Tallies, talliesFromCounts } from "../confusion/tallies.ts";
import type { Head, Problem } from "../problem.ts";
import type { Breath } from "../schedule.ts";
import { isBetter, type Score, scoreCounts, scoreTallies } from "../steering/score.ts";
import type { Goal } from "../steering/steering.ts";

/** Places tried along one coordinate in a sweep; an odd number, the middle one being where it stands. */
const PLACES = 41;
const CENTRE = (PLACES - 1) / 2;

/**
 * Whether offsets may be tuned on validation: a head without a bias has none, and whoever validation lacks would be given up.
 */
export function canTuneOffsets({ head, held = [] }: Problem): boolean {
  return head.bias !== null && held.length === 0;
}

/** An entry of logits or counts that is looked at takes about as long as so many multiply-adds; and one of counts under bounds. */
const ENTRY = 16;
const ENTRY_UNDER_BOUNDS = 100;

/** What can be added to a class's logit: 1 for every row (null), or a number for each [N]. */
export type Lever = Float32Array | null;

/** Validation logits [N,K], what has been added to them, and the class that wins each row. */
export class OffsetSearch {
  /** By lever and class, how much has been added. */
  readonly amounts: readonly Float64Array[];
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #levers: readonly Lever[];
  readonly #logits: Float64Array;
  readonly #buckets: Int32Array;
  readonly #winners: Int32Array;
  readonly #counts: Int32Array | Float64Array;
  /** What the counts amount to, kept up to date where a score is made of them alone; null where it takes the counts. */
  #tallies: Tallies | null = null;
  /** What each row counts for within its bucket; null where all count alike. */
  readonly #within: Float64Array | null;
  /** Of rows whose winner changes along a coordinate: the place of the change, and the winners before and from there on. */
  readonly #changes: { readonly place: Int32Array; readonly before: Int32Array; readonly after: Int32Array };
  #score: Score;
  #work = 0;

  /** @param rows numbers of the rows looked at; all by default */
  constructor(
    problem: Problem,
    goal: Goal,
    logits: ArrayLike<number>,
    { levers = [null], rows }: { levers?: readonly Lever[]; rows?: Int32Array } = {},
  ) {
    const { classes, validation, buckets } = problem;
    this.#problem = problem;
    this.#goal = goal;
    this.#levers = levers.map((lever) => (lever === null || !rows ? lever : pick(lever, rows)));
    this.amounts = levers.map(() => new Float64Array(classes));
    this.#logits = rows ? pickRows(logits, classes, rows) : Float64Array.from(logits);
    this.#buckets = rows ? rows.map((row) => validation.buckets[row]) : validation.buckets;
    const count = this.#buckets.length;
    this.#winners = new Int32Array(count);
    const { within } = validation;
    this.#within = within && rows ? Float64Array.from(rows, (row) => within[row]) : (within ?? null);
    const cells = buckets.length * classes;
    this.#counts = this.#within === null ? new Int32Array(cells) : new Float64Array(cells);
    this.#countAll();
    const room = () => new Int32Array(count);
    this.#changes = { place: room(), before: room(), after: room() };
    this.#score = this.#scoreNow();
  }

  get score(): Score {
    return this.#score;
  }

  /** Entries of logits and counts looked at so far. */
  get work(): number {
    return this.#work;
  }

  /** Hard counts [B,K] under what stands; they change with the next sweep. */
  get counts(): Int32Array | Float64Array {
    return this.#counts;
  }

  /**
   * Moves every class along one lever, by at most `reach`; true when one moved for the better.
   * @param breath taken on the way: with 1000 classes a sweep takes seconds, and under bounds minutes
   */
  async sweep(reach: number, breath: Breath, lever = 0): Promise<boolean> {
    let moved = false;
    // The same for all classes changes nothing, so two classes have one coordinate.
    for (let label = this.#problem.classes === 2 ? 1 : 0; label < this.#problem.classes; label++) {
      const before = this.#work;
      if (await this.#improve(label, lever, reach, breath)) moved = true;
      await breath.after(ENTRY * (this.#work - before));
    }
    return moved;
  }

  /** Adds to a class's logit along a lever, for better or worse. */
  add(label: number, lever: number, amount: number): void {
    this.#shift(label, lever, amount);
    this.#countAll();
    this.#score = this.#scoreNow();
  }

  #countAll(): void {
    this.#counts.fill(0);
    const { buckets, classes } = this.#problem;
    for (let row = 0; row < this.#winners.length; row++) {
      this.#winners[row] = this.#bestWithout(row, -1);
      this.#counts[this.#buckets[row] * classes + this.#winners[row]] += this.#unitOf(row);
    }
    const alike = buckets.every(({ weight }) => weight === undefined);
    if (alike && this.#goal.constraints.length === 0)
      this.#tallies = talliesFromCounts(this.#counts, buckets, classes);
  }

  #unitOf(row: number): number {
    return this.#within === null ? 1 : this.#within[row];
  }

  /** Of the best places that lie together nearest to where the coordinate stands, the middle one is taken. */
  async #improve(label: number, lever: number, reach: number, breath: Breath): Promise<boolean> {
    const step = (2 * reach) / (PLACES - 1);
    const { place, before, after } = this.#changes;
    const starts = this.#findChanges(label, this.#levers[lever], step);
    if (starts.length === 0) return false;
    const order = new Int32Array(place.length);
    const filled = starts.slice();
    for (let row = 0; row < place.length; row++) if (place[row] >= 0) order[filled[place[row]]++] = row;
    for (let at = 0; at < starts[PLACES + 1]; at++) this.#win(order[at], before[order[at]]);
    const scores: Score[] = [];
    for (let at = 0; at < PLACES; at++) {
      for (let next = starts[at]; next < starts[at + 1]; next++) this.#win(order[next], after[order[next]]);
      if (starts[at] === starts[at + 1] && at > 0) scores.push(scores[at - 1]);
      else {
        scores.push(this.#scoreNow());
        if (this.#tallies === null) await breath.after(ENTRY_UNDER_BOUNDS * this.#counts.length);
      }
    }
    const chosen = middleOfBest(scores);
    const better = isBetter(scores[chosen], this.#score);
    const kept = better ? chosen : CENTRE;
    for (let next = 0; next < starts[PLACES + 1]; next++) {
      const row = order[next];
      this.#win(row, place[row] <= kept ? after[row] : before[row]);
    }
    if (!better) return false;
    this.#shift(label, lever, (kept - CENTRE) * step);
    this.#score = scores[chosen];
    return true;
  }

  /**
   * Which rows change their winner as the class moves along the lever, and where.
   * @returns where each place's rows begin when they are sorted by place; empty when none changes
   */
  #findChanges(label: number, lever: Lever, step: number): Int32Array {
    const { classes } = this.#problem;
    const { place, before, after } = this.#changes;
    const starts = new Int32Array(PLACES + 2);
    for (let row = 0; row < place.length; row++) {
      const winner = this.#winners[row];
      const rival = winner === label ? this.#bestWithout(row, label) : winner;
      const needed = this.#logits[row * classes + rival] - this.#logits[row * classes + label];
      const factor = lever === null ? 1 : lever[row];
      // Places from which on, or up to which, the class wins.
      const border = needed / factor / step + CENTRE;
      const first = Number.isNaN(border) ? PLACES : Math.max(0, Math.min(PLACES, Math.floor(border) + 1));
      [before[row], after[row]] = factor > 0 ? [rival, label] : [label, rival];
      const stays = (first === 0 && after[row] === winner) || (first === PLACES && before[row] === winner);
      place[row] = stays || factor === 0 ? -1 : first;
      if (place[row] >= 0) starts[place[row] + 1]++;
    }
    this.#work += place.length;
    for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
    return starts[PLACES + 1] === 0 ? new Int32Array(0) : starts;
  }

  #shift(label: number, lever: number, amount: number): void {
    const factors = this.#levers[lever];
    this.amounts[lever][label] += amount;
    for (let row = 0; row < this.#winners.length; row++) {
      this.#logits[row * this.#problem.classes + label] += amount * (factors === null ? 1 : factors[row]);
    }
  }

  #win(row: number, winner: number): void {
    if (this.#winners[row] === winner) return;
    const from = this.#buckets[row] * this.#problem.classes;
    const unit = this.#unitOf(row);
    this.#counts[from + this.#winners[row]] -= unit;
    this.#counts[from + winner] += unit;
    if (this.#tallies !== null) this.#tally(this.#tallies, row, this.#winners[row], winner);
    this.#winners[row] = winner;
  }

  #tally({ buckets, correct, predicted }: Tallies, row: number, from: number, to: number): void {
    const bucket = this.#buckets[row];
    const { label } = buckets[bucket];
    predicted[from]--;
    predicted[to]++;
    if (from === label) correct[bucket]--;
    if (to === label) correct[bucket]++;
  }

  #scoreNow(): Score {
    if (this.#tallies !== null) {
      this.#work += this.#tallies.rows.length + this.#problem.classes;
      return scoreTallies(this.#tallies, this.#goal);
    }
    this.#work += this.#counts.length;
    return scoreCounts(this.#counts, this.#problem.buckets, this.#problem.classes, this.#goal);
  }

  #bestWithout(row: number, left: number): number {
    const { classes } = this.#problem;
    const from = row * classes;
    let winner = left === 0 ? 1 : 0;
    for (let k = winner + 1; k < classes; k++) {
      if (k !== left && this.#logits[from + k] > this.#logits[from + winner]) winner = k;
    }
    this.#work += classes;
    return winner;
  }
}

function pick(lever: Float32Array, rows: Int32Array): Float32Array {
  return Float32Array.from(rows, (row) => lever[row]);
}

function pickRows(logits: ArrayLike<number>, classes: number, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length * classes);
  for (let at = 0; at < rows.length; at++) {
    for (let k = 0; k < classes; k++) picked[at * classes + k] = logits[rows[at] * classes + k];
  }
  return picked;
}

/** Of the unbroken range of best scores nearest to the middle place, the middle. */
function middleOfBest(scores: readonly Score[]): number {
  let best = CENTRE;
  for (let at = 0; at < scores.length; at++) {
    const nearer = !isBetter(scores[best], scores[at]) && Math.abs(at - CENTRE) < Math.abs(best - CENTRE);
    if (isBetter(scores[at], scores[best]) || nearer) best = at;
  }
  const isBest = (at: number) => !isBetter(scores[best], scores[at]);
  let [low, high] = [best, best];
  while (low > 0 && isBest(low - 1)) low--;
  while (high < scores.length - 1 && isBest(high + 1)) high++;
  return (low + high) >> 1;
}

/** The head with offsets [K] added to its logits. */
export function withOffsets(head: Head, offsets: ArrayLike<number>): Head {
  return head.bias === null ? head : { ...head, bias: head.bias.map((value, k) => value + offsets[k]) };
}
