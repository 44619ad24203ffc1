/**
 * The control to beat: one offset per class, tuned on validation for the goal itself by coordinate ascent on hard
 * predictions. Training-free, and with a large validation set close to the best that offsets can do.
 */
import { allLogits, type Evaluator } from "./evaluator.ts";
import type { Head, Problem } from "./problem.ts";
import { isBetter, type Score, scoreCounts } from "./score.ts";
import type { Goal } from "./steering.ts";

/** Offsets tried for a class in each sweep, in units of the spread of the logits; ever finer. */
const SWEEPS = [1, 0.5, 0.25, 0.12, 0.06, 0.03];
const OFFSETS = [-4, -3, -2, -1, 1, 2, 3, 4];
/** Limit on the entries of C looked at, so that 1000 classes end in seconds. */
const SCORE_BUDGET = 4e8;

/** Samples with the logits that decide them: of each row the running logits [N,K] and the winner. */
class OffsetSearch {
  readonly offsets: Float64Array;
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #logits: Float32Array;
  readonly #winners: Int32Array;
  readonly #counts: Int32Array;
  score: Score;
  #spent = 0;

  constructor(problem: Problem, goal: Goal, logits: Float32Array) {
    this.#problem = problem;
    this.#goal = goal;
    this.#logits = logits;
    this.offsets = new Float64Array(problem.classes);
    this.#winners = new Int32Array(problem.validation.rows.count);
    this.#counts = new Int32Array(problem.buckets.length * problem.classes);
    for (let row = 0; row < this.#winners.length; row++) {
      this.#winners[row] = this.#winnerWithout(row, -1);
      this.#counts[problem.validation.buckets[row] * problem.classes + this.#winners[row]]++;
    }
    this.score = this.#scoreNow();
  }

  get exhausted(): boolean {
    return this.#spent > SCORE_BUDGET;
  }

  /** Tries offsets of one class and keeps the best; true when one was better. */
  improve(label: number, unit: number): boolean {
    const { classes, validation } = this.#problem;
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
        const from = validation.buckets[row] * classes;
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
  const { bias } = head;
  const validation = evaluator.features(problem.validation.rows, head);
  try {
    const logits = await allLogits(validation, head);
    const search = new OffsetSearch(problem, goal, logits);
    if (bias === null) return { head, score: search.score };
    const unit = spread(logits) / 4;
    for (const sweep of SWEEPS) {
      let improved = true;
      for (let pass = 0; improved && pass < 4; pass++) {
        improved = false;
        for (let label = 0; label < problem.classes && !search.exhausted; label++) {
          if (search.improve(label, sweep * unit)) improved = true;
        }
      }
    }
    const moved = bias.map((value, k) => value + search.offsets[k]);
    return { head: { ...head, bias: moved }, score: search.score };
  } finally {
    validation.dispose();
  }
}
