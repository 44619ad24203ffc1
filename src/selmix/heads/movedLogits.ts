/** Logits with what is added to them class by class, and who wins each row. Nothing of the table is copied: many searches share one. */
import type { LogitTable } from "../validation/logitTable.ts";

export class MovedLogits {
  /** By lever and class, how much has been added: as it is along the first, times the row's number along the others. */
  readonly amounts: readonly Float64Array[];
  /** The class that wins each row. */
  readonly winners: Int32Array;
  /** The logit that it wins by. */
  readonly best: Float64Array;
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

  /** Adds to a class along a lever; who wins does not follow. */
  add(label: number, lever: number, amount: number): void {
    this.amounts[lever][label] += amount;
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

  /** Sets down the logit that a row is won by. */
  value(at: number): void {
    this.best[at] = this.logit(at, this.winners[at]);
  }

  /** The same for all rows that a class wins. */
  valueAll(label: number): void {
    for (let at = 0; at < this.winners.length; at++) if (this.winners[at] === label) this.value(at);
  }

  #added(row: number, label: number): number {
    let sum = this.amounts[0][label];
    for (let lever = 1; lever < this.amounts.length; lever++)
      sum += this.amounts[lever][label] * this.#levers[lever - 1][row];
    return sum;
  }
}
