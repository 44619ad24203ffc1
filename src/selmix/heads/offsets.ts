/**
 * What a head can do without training: one offset a class and, where groups are to be treated alike, one multiple a class of how
 * much a row looks like each group. Tuned by coordinate ascent on hard predictions. All of it stays a linear head.
 */

import { RunningTallies } from "../confusion/runningTallies.ts";
import type { Head, Problem } from "../problem.ts";
import type { Yielder } from "../schedule.ts";
import { isBetter, type Score, scoreTallies } from "../steering/score.ts";
import type { Goal } from "../steering/steering.ts";
import type { LogitTable } from "../validation/logitTable.ts";
import { MovedLogits } from "./movedLogits.ts";
import { WinnerChanges } from "./winnerChanges.ts";

/** Places tried along one coordinate in a sweep; an odd number, the middle one being where it stands. */
const PLACES = 41;
const CENTRE = (PLACES - 1) / 2;

/**
 * Whether offsets may be tuned on validation: a head without a bias has none, and whoever validation lacks would be given up.
 */
export function canTuneOffsets(problem: Problem): boolean {
  const { head, held = [] } = problem;
  return head.bias !== null && held.length === 0 && hasRoomForOffsets(problem);
}

/** Logits of validation [N,K] that a search for offsets holds, twice, in float32: a gigabyte together. */
const MOST_LOGITS = 2 ** 27;

/** Whether the logits of all rows of validation can be held, as a search for offsets does. */
export function hasRoomForOffsets({ classes, validation }: Problem): boolean {
  return validation.rows.count * classes <= MOST_LOGITS;
}

/** An entry of logits or tallies that is looked at takes about as long as so many multiply-adds; one of tallies under bounds so many more. */
const ENTRY = 16;
const ENTRY_UNDER_BOUNDS = 400;

/** What is searched among: some rows of validation in any order, all by default, and group scores [N] of all of them. */
export interface SearchOptions {
  readonly levers?: readonly Float32Array[];
  readonly rows?: Int32Array;
}

/** Validation logits, what has been added to them, and the class that wins each row. */
export class OffsetSearch {
  readonly #classes: number;
  readonly #goal: Goal;
  readonly #logits: MovedLogits;
  /** Of each row that is looked at, its bucket, and what it counts for within that; null where all count alike. */
  readonly #buckets: Int32Array;
  readonly #within: Float64Array | null;
  readonly #running: RunningTallies;
  readonly #changes: WinnerChanges;
  /** Rows whose winner may change as a class is moved, and how far it is below who wins. */
  readonly #near: Int32Array;
  readonly #gaps: Float64Array;
  #score: Score;
  #work: number;

  /** @param table logits of all rows of validation */
  constructor(problem: Problem, goal: Goal, table: LogitTable, { levers = [], rows }: SearchOptions = {}) {
    const { classes, validation, buckets } = problem;
    const { within } = validation;
    const chosen = rows ?? Int32Array.from(validation.buckets.keys());
    this.#classes = classes;
    this.#goal = goal;
    this.#logits = new MovedLogits(table, chosen, levers);
    this.#buckets = chosen.map((row) => validation.buckets[row]);
    this.#within = within ? Float64Array.from(chosen, (row) => within[row]) : null;
    this.#changes = new WinnerChanges(PLACES, chosen.length);
    this.#near = new Int32Array(chosen.length);
    this.#gaps = new Float64Array(chosen.length);
    this.#running = new RunningTallies(this.#count(buckets.length), buckets, classes);
    this.#work = chosen.length * classes;
    this.#score = this.#scoreNow();
  }

  get score(): Score {
    return this.#score;
  }

  /** By lever and class, how much has been added: offsets, then multiples of each group score. */
  get amounts(): readonly Float64Array[] {
    return this.#logits.amounts;
  }

  /** Entries of logits and tallies looked at so far. */
  get work(): number {
    return this.#work;
  }

  /** Hard counts [B,K] under what stands; they change with the next sweep. */
  get counts(): Int32Array | Float64Array {
    return this.#running.counts;
  }

  /**
   * Moves every class along one lever, by at most `reach`; true when one moved for the better.
   * @param lever 0 for offsets, from 1 on for multiples of the group scores
   */
  async sweep(reach: number, yielder: Yielder, lever = 0): Promise<boolean> {
    let moved = false;
    this.#logits.begin();
    // The same for all classes changes nothing, so two classes have one coordinate.
    for (let label = this.#classes === 2 ? 1 : 0; label < this.#classes; label++) {
      const before = this.#work;
      if (await this.#improve(label, lever, reach, yielder)) moved = true;
      await yielder.after(ENTRY * (this.#work - before));
    }
    return moved;
  }

  /** Adds to a class's logit along a lever, for better or worse. */
  add(label: number, lever: number, amount: number): void {
    const logits = this.#logits;
    logits.add(label, lever, amount);
    for (let at = 0; at < logits.count; at++) {
      this.#win(at, logits.bestWithout(at, -1));
      logits.value(at);
    }
    this.#work += logits.count * this.#classes;
    this.#score = this.#scoreNow();
  }

  #count(buckets: number): Int32Array | Float64Array {
    const cells = buckets * this.#classes;
    const counts = this.#within === null ? new Int32Array(cells) : new Float64Array(cells);
    this.#logits.winners.forEach((winner, at) => {
      counts[this.#buckets[at] * this.#classes + winner] += this.#unitOf(at);
    });
    return counts;
  }

  #unitOf(at: number): number {
    return this.#within === null ? 1 : this.#within[at];
  }

  /** Of the best places that lie together nearest to where the coordinate stands, the middle one is taken. */
  async #improve(label: number, lever: number, reach: number, yielder: Yielder): Promise<boolean> {
    const step = (2 * reach) / (PLACES - 1);
    const changes = this.#changes;
    const isBounded = this.#goal.constraints.length > 0;
    this.#findChanges(label, lever, step);
    const { rows, before, after, place } = changes;
    if (rows.length === 0) return false;
    for (const row of rows) this.#win(row, before[row]);
    const scores: Score[] = [];
    for (let at = 0; at < PLACES; at++) {
      const here = changes.at(at);
      if (here !== null) for (const row of here) this.#win(row, after[row]);
      if (here === null && at > 0) scores.push(scores[at - 1]);
      else {
        const before = this.#work;
        scores.push(this.#scoreNow(this.#score));
        if (isBounded) await yielder.after(ENTRY_UNDER_BOUNDS * (this.#work - before));
      }
    }
    const chosen = middleOfBest(scores);
    const better = isBetter(scores[chosen], this.#score);
    const kept = better ? chosen : CENTRE;
    const winnerAt = (row: number, at: number) => (place[row] <= at ? after[row] : before[row]);
    for (const row of rows) this.#win(row, winnerAt(row, kept));
    if (!better) return false;
    this.#logits.add(label, lever, (kept - CENTRE) * step);
    for (const row of rows) if (winnerAt(row, kept) !== winnerAt(row, CENTRE)) this.#logits.value(row);
    this.#logits.valueAll(label);
    this.#score = scores[chosen];
    return true;
  }

  /** Which rows change their winner as the class moves along the lever, and where. */
  #findChanges(label: number, lever: number, step: number): void {
    const logits = this.#logits;
    const { winners } = logits;
    const [near, gaps] = [this.#near, this.#gaps];
    const changes = this.#changes;
    changes.clear();
    const reach = (CENTRE + 0.5) * step;
    const count = logits.near(label, lever, reach, near, gaps);
    for (let at = 0; at < count; at++) {
      const row = near[at];
      const factor = logits.factor(lever, row);
      const winner = winners[row];
      // What would be looked at is work all the same: a search does not end later for what it is spared.
      if (winner === label) this.#work += this.#classes;
      if (winner === label && !logits.mayLose(row, reach)) continue;
      const rival = winner === label ? logits.next(row) : winner;
      const needed = rival === winner ? gaps[at] : logits.logit(row, rival) - logits.logit(row, label);
      // Places from which on, or up to which, the class wins.
      const border = needed / factor / step + CENTRE;
      const found = Number.isNaN(border) ? PLACES : Math.max(0, Math.min(PLACES, Math.floor(border) + 1));
      const [before, after] = factor > 0 ? [rival, label] : [label, rival];
      // Of equal logits too: where the class stands, who wins now wins.
      const first = after === winner ? Math.min(found, CENTRE) : Math.max(found, CENTRE + 1);
      const stays = (first === 0 && after === winner) || (first === PLACES && before === winner);
      if (!stays && factor !== 0) changes.add(row, first, before, after);
    }
    changes.sort();
    this.#work += logits.count;
  }

  #win(row: number, winner: number): void {
    const { winners } = this.#logits;
    if (winners[row] === winner) return;
    this.#running.move(this.#buckets[row], winners[row], winner, this.#unitOf(row));
    winners[row] = winner;
  }

  /** @param rival see `scoreTallies` */
  #scoreNow(rival?: Score): Score {
    const tallies = this.#running.tallies();
    this.#work += tallies.rows.length + this.#classes;
    return scoreTallies(tallies, this.#goal, rival);
  }
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
