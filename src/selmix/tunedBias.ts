/**
 * The control to beat: one offset per class, tuned on validation for the goal itself by coordinate ascent on hard
 * predictions. Training-free, and with a large validation set close to the best that offsets can do.
 */
import { allLogits, type Evaluator } from "./evaluator.ts";
import type { Head, Problem } from "./problem.ts";
import { Random } from "./random.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import type { Goal } from "./steering.ts";

/** Offsets tried for a class in each sweep, in units of the spread of the logits; ever finer. */
const SWEEPS = [1, 0.5, 0.25, 0.12, 0.06, 0.03];
const OFFSETS = [-4, -3, -2, -1, 1, 2, 3, 4];
/** Limit on the entries of C looked at, so that 1000 classes end in seconds. */
const SCORE_BUDGET = 4e8;

/** Labelled rows of which the logits are known: the bucket of each [N], and logits [N,K] under the head that is to be moved. */
interface ScoredRows {
  readonly buckets: Int32Array;
  readonly logits: Float32Array;
}

/** Rows with the offsets that decide them: of each the running winner. */
class OffsetSearch {
  readonly offsets: Float64Array;
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #buckets: Int32Array;
  readonly #logits: Float32Array;
  readonly #winners: Int32Array;
  readonly #counts: Int32Array;
  score: Score;
  #spent = 0;

  constructor(problem: Problem, goal: Goal, { buckets, logits }: ScoredRows) {
    this.#problem = problem;
    this.#goal = goal;
    this.#buckets = buckets;
    this.#logits = logits;
    this.offsets = new Float64Array(problem.classes);
    this.#winners = new Int32Array(buckets.length);
    this.#counts = new Int32Array(problem.buckets.length * problem.classes);
    for (let row = 0; row < this.#winners.length; row++) {
      this.#winners[row] = this.#winnerWithout(row, -1);
      this.#counts[buckets[row] * problem.classes + this.#winners[row]]++;
    }
    this.score = this.#scoreNow();
  }

  get exhausted(): boolean {
    return this.#spent > SCORE_BUDGET;
  }

  /** Tries offsets of one class and keeps the best; true when one was better. */
  improve(label: number, unit: number): boolean {
    const { classes } = this.#problem;
    const rivals = Int32Array.from(this.#winners, (winner, row) =>
      winner === label ? this.#winnerWithout(row, label) : winner,
    );
    const margins = Float64Array.from(rivals, (rival, row) => {
      const from = row * classes;
      return this.#logits[from + rival] + this.offsets[rival] - this.#logits[from + label];
    });
    const start = this.offsets[label];
    let kept = start;
    let best = this.score;
    const move = (offset: number) => {
      for (let row = 0; row < rivals.length; row++) {
        const winner = offset > margins[row] ? label : rivals[row];
        if (winner === this.#winners[row]) continue;
        const from = this.#buckets[row] * classes;
        this.#counts[from + this.#winners[row]]--;
        this.#counts[from + winner]++;
        this.#winners[row] = winner;
      }
    };
    for (const step of OFFSETS) {
      move(start + step * unit);
      const score = this.#scoreNow();
      if (isBetter(score, best)) [best, kept] = [score, start + step * unit];
    }
    move(kept);
    this.offsets[label] = kept;
    this.score = best;
    return kept !== start;
  }

  #scoreNow(): Score {
    const { buckets, classes } = this.#problem;
    this.#spent += this.#counts.length + this.#winners.length;
    return scoreCounts(this.#counts, buckets, classes, this.#goal);
  }

  #winnerWithout(row: number, left: number): number {
    const { classes } = this.#problem;
    let winner = left === 0 ? 1 : 0;
    for (let k = 0; k < classes; k++) {
      if (k === left) continue;
      const value = this.#logits[row * classes + k] + this.offsets[k];
      if (value > this.#logits[row * classes + winner] + this.offsets[winner]) winner = k;
    }
    return winner;
  }
}

function spread(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(squares / values.length - mean * mean, 1e-12));
}

/** Searches the offsets that suit some rows best, never for the worse. */
function searched(problem: Problem, goal: Goal, rows: ScoredRows): OffsetSearch {
  const search = new OffsetSearch(problem, goal, rows);
  const unit = spread(rows.logits) / 4;
  for (const sweep of SWEEPS) {
    let improved = true;
    for (let pass = 0; improved && pass < 4; pass++) {
      improved = false;
      for (let label = 0; label < problem.classes && !search.exhausted; label++) {
        if (search.improve(label, sweep * unit)) improved = true;
      }
    }
  }
  return search;
}

async function scoredValidation(problem: Problem, head: Head, evaluator: Evaluator): Promise<ScoredRows> {
  const validation = evaluator.features(problem.validation.rows, head);
  try {
    return { buckets: problem.validation.buckets, logits: await allLogits(validation, head) };
  } finally {
    validation.dispose();
  }
}

/**
 * Tunes the offsets of a head on validation, by hard counts and never for the worse; one without a bias stays as it is.
 * Returns the head with its score.
 */
export async function tuneBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
): Promise<{ readonly head: Head; readonly score: Score }> {
  const rows = await scoredValidation(problem, head, evaluator);
  const { bias } = head;
  if (bias === null) return { head, score: new OffsetSearch(problem, goal, rows).score };
  const { offsets, score } = searched(problem, goal, rows);
  return { head: { ...head, bias: bias.map((value, k) => value + offsets[k]) }, score };
}

/** A head, and what it is worth on the validation rows where it was fitted to them. */
export interface FittedHead {
  readonly head: Head;
  /** The predicted class of every validation row by a fit that left that row out; null where it was not fitted to them. */
  readonly crossFitted: Int32Array | null;
}

const FOLDS = 5;
/** Stream of the random numbers drawn here. */
const foldStream = 17;

/** A fold for each row, the rows of each bucket spread evenly over the folds. */
function stratifiedFolds(buckets: Int32Array, seed: number): Uint8Array {
  const random = new Random(seed, foldStream);
  const rows = Array.from(buckets.keys());
  for (let at = rows.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [rows[at], rows[other]] = [rows[other], rows[at]];
  }
  rows.sort((a, b) => buckets[a] - buckets[b]);
  const folds = new Uint8Array(rows.length);
  rows.forEach((row, place) => {
    folds[row] = place % FOLDS;
  });
  return folds;
}

/**
 * What tuned offsets are worth on rows that they were not tuned on (cross-fitting): the predicted class of every validation
 * row [N], by offsets tuned on the other four fifths of them. Same seed, same folds.
 */
export async function crossFittedBias(
  problem: Problem,
  head: Head,
  goal: Goal,
  evaluator: Evaluator,
  seed: number,
): Promise<Int32Array> {
  const { buckets, logits } = await scoredValidation(problem, head, evaluator);
  const { classes } = problem;
  const folds = stratifiedFolds(buckets, seed);
  const predictions = new Int32Array(buckets.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = Array.from(buckets.keys()).filter((row) => folds[row] !== fold);
    const offsets =
      head.bias === null || others.length === 0
        ? new Float64Array(classes)
        : searched(problem, goal, rowsOf({ buckets, logits }, others, classes)).offsets;
    for (let row = 0; row < buckets.length; row++) {
      if (folds[row] !== fold) continue;
      let winner = 0;
      for (let k = 1; k < classes; k++)
        if (logits[row * classes + k] + offsets[k] > logits[row * classes + winner] + offsets[winner])
          winner = k;
      predictions[row] = winner;
    }
  }
  return predictions;
}

function rowsOf({ buckets, logits }: ScoredRows, rows: readonly number[], classes: number): ScoredRows {
  const picked = new Float32Array(rows.length * classes);
  rows.forEach((row, at) => {
    picked.set(logits.subarray(row * classes, (row + 1) * classes), at * classes);
  });
  return { buckets: Int32Array.from(rows, (row) => buckets[row]), logits: picked };
}
