/** Logits with what is added to them class by class, and who wins each row. Nothing of the table is copied: many searches share one. */
import type { LogitTable } from "../validation/logitTable.ts";

/** Sums of logits and offsets are known to this share of themselves. */
const ROUNDING = 1e-9;

export class MovedLogits {
  /** By lever and class, how much has been added: as it is along the first, times the row's number along the others. */
  readonly amounts: readonly Float64Array[];
  /** The class that wins each row. */
  readonly winners: Int32Array;
  /** The logit that it wins by. */
  readonly best: Float64Array;
  /**
   * The best class of a row but its winner, when it was last looked for (-1 where it has to be), its logit, and that of the best but
   * these two; both less what classes had been raised by before that sweep.
   */
  readonly #next: Int32Array;
  readonly #nextBest: Float64Array;
  readonly #third: Float64Array;
  /** How far any class has been raised at most: in the sweeps before this one, and in this one, each class by itself [K] and the most of all. */
  #raisedBefore = 0;
  readonly #raised: Float64Array;
  #mostRaised = 0;
  readonly #table: LogitTable;
  readonly #rows: Int32Array;
  readonly #levers: readonly Float32Array[];

  /**
   * @param rows numbers of the table's rows that are looked at, in any order, some perhaps more than once
   * @param levers a number for each row of the table
   * @param amounts added already, which are the caller's; nothing by default
   */
  constructor(
    table: LogitTable,
    rows: Int32Array,
    levers: readonly Float32Array[],
    amounts: readonly Float64Array[] = [null, ...levers].map(() => new Float64Array(table.classes)),
  ) {
    this.#table = table;
    this.#rows = rows;
    this.#levers = levers;
    this.amounts = amounts;
    this.winners = new Int32Array(rows.length);
    this.best = new Float64Array(rows.length);
    this.#next = new Int32Array(rows.length).fill(-1);
    this.#nextBest = new Float64Array(rows.length);
    this.#third = new Float64Array(rows.length);
    this.#raised = new Float64Array(table.classes);
    for (let at = 0; at < rows.length; at++) {
      this.winners[at] = this.bestWithout(at, -1);
      this.value(at);
    }
  }

  /** Rows looked at. */
  get count(): number {
    return this.#rows.length;
  }

  /** What an amount along a lever is multiplied by in a row. */
  factor(lever: number, at: number): number {
    return lever === 0 ? 1 : this.#levers[lever - 1][this.#rows[at]];
  }

  /** The logit of a class in a row. */
  logit(at: number, label: number): number {
    const { classes, byRow } = this.#table;
    const row = this.#rows[at];
    return byRow[row * classes + label] + this.#added(row, label);
  }

  /**
   * Finds the rows whose winner may change as a class moves along a lever: those it wins, and those it is not too far from winning.
   * @param reach how far it moves at most
   * @param into their numbers; returned is how many there are
   * @param gaps how far the class is below who wins each of them
   */
  near(label: number, lever: number, reach: number, into: Int32Array, gaps: Float64Array): number {
    const { rows, byClass } = this.#table;
    const [best, chosen, amount] = [this.best, this.#rows, this.amounts[0][label]];
    const from = label * rows;
    let found = 0;
    if (this.#levers.length === 0) {
      for (let at = 0; at < chosen.length; at++) {
        const gap = best[at] - (byClass[from + chosen[at]] + amount);
        if (gap > reach) continue;
        into[found] = at;
        gaps[found++] = gap;
      }
      return found;
    }
    for (let at = 0; at < chosen.length; at++) {
      const gap = best[at] - this.logit(at, label);
      if (gap > reach * Math.abs(this.factor(lever, at))) continue;
      into[found] = at;
      gaps[found++] = gap;
    }
    return found;
  }

  /** Begins a sweep, in which classes are moved one after another: what is known of all of them holds the longer for it. */
  begin(): void {
    this.#raisedBefore += this.#mostRaised;
    this.#mostRaised = 0;
    this.#raised.fill(0);
  }

  /** Adds to a class along a lever; who wins does not follow. */
  add(label: number, lever: number, amount: number): void {
    this.amounts[lever][label] += amount;
    this.#raised[label] += amount;
    this.#mostRaised = Math.max(this.#mostRaised, this.#raised[label]);
  }

  /** Whether the class that wins a row may lose it by so much; false only where that is sure. */
  mayLose(at: number, amount: number): boolean {
    if (this.#next[at] < 0) return true;
    return !(this.best[at] - (this.#nextBest[at] + this.#raisedBefore + this.#mostRaised) > amount);
  }

  /** The best class of a row but the one that wins it. */
  next(at: number): number {
    // With levers a class is raised in each row by another amount.
    if (this.#levers.length > 0) return this.bestWithout(at, this.winners[at]);
    const known = this.#next[at];
    const mostOfOthers = this.#third[at] + this.#raisedBefore + this.#mostRaised;
    if (known >= 0 && this.logit(at, known) > mostOfOthers + ROUNDING * Math.abs(mostOfOthers)) return known;
    const { classes, byRow } = this.#table;
    const [from, winner, [amounts]] = [this.#rows[at] * classes, this.winners[at], this.amounts];
    let next = winner === 0 ? 1 : 0;
    let [most, third] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < classes; k++) {
      const logit = byRow[from + k] + amounts[k];
      if (!(logit > third) || k === winner) continue;
      third = Math.min(logit, most);
      if (logit <= most) continue;
      next = k;
      most = logit;
    }
    this.#next[at] = next;
    this.#nextBest[at] = most - this.#raisedBefore;
    this.#third[at] = third - this.#raisedBefore;
    return next;
  }

  /** The best class of a row but one; of all where that is -1. */
  bestWithout(at: number, left: number): number {
    const { classes, byRow } = this.#table;
    const row = this.#rows[at];
    const from = row * classes;
    const [amounts] = this.amounts;
    const isPlain = this.#levers.length === 0;
    let winner = left === 0 ? 1 : 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) {
      const logit = byRow[from + k] + (isPlain ? amounts[k] : this.#added(row, k));
      if (logit > most && k !== left) {
        winner = k;
        most = logit;
      }
    }
    return winner;
  }

  /** Sets down the logit that a row is won by, after another class won it. */
  value(at: number): void {
    this.best[at] = this.logit(at, this.winners[at]);
    this.#next[at] = -1;
  }

  /** The same for all rows that a class wins, once it has moved. */
  valueAll(label: number): void {
    const { rows, byClass } = this.#table;
    const [winners, chosen] = [this.winners, this.#rows];
    for (let at = 0; at < winners.length; at++)
      if (winners[at] === label)
        this.best[at] = byClass[label * rows + chosen[at]] + this.#added(chosen[at], label);
  }

  #added(row: number, label: number): number {
    let sum = this.amounts[0][label];
    for (let lever = 1; lever < this.amounts.length; lever++)
      sum += this.amounts[lever][label] * this.#levers[lever - 1][row];
    return sum;
  }
}
