/** The variance of a sum of scores over rows that were drawn within strata (classes, or classes within groups). */

/** Rows that are thought to have been seen besides, so that a stratum whose rows are all alike is not taken for certain. */
export interface PseudoRow {
  readonly score: number;
  readonly rows: number;
}

export interface Spread {
  readonly variance: number;
  /** The sum itself, with as much of the pseudo-rows. */
  readonly sum: number;
  /** How much of it is that with pseudo-rows: 1 of one stratum, 1 / m of m strata that count alike. */
  readonly smoothed: number;
}

/**
 * Variance of sum(scores) (docs/method.md, eq. (40)), for `scores` [N] of rows in `strata` [N] of which there are `count`. Two estimates are mixed: of
 * one stratum the variance with pseudo-rows, of many the unbiased one, whose errors average out; `m`, the effective number of
 * strata, says how much of each. Where the sizes of the strata were drawn too, the variance between them is added.
 */
export function spreadOf(
  scores: Float64Array,
  strata: ArrayLike<number>,
  count: number,
  pseudoRows: (stratum: number) => readonly PseudoRow[],
  sizesDrawn: boolean,
): Spread {
  const [rows, sums, squares] = [0, 1, 2].map(() => new Float64Array(count));
  if (rows === undefined || sums === undefined || squares === undefined) throw new RangeError("no strata");
  for (let row = 0; row < scores.length; row++) {
    const stratum = strata[row] ?? 0;
    const score = scores[row] ?? 0;
    rows[stratum] = (rows[stratum] ?? 0) + 1;
    sums[stratum] = (sums[stratum] ?? 0) + score;
    squares[stratum] = (squares[stratum] ?? 0) + score * score;
  }
  const total = { unbiased: 0, smooth: 0, smoothSquared: 0, smoothSum: 0, between: 0, sum: 0 };
  for (let s = 0; s < count; s++) {
    const n = rows[s] ?? 0;
    if (n === 0) continue;
    const sum = sums[s] ?? 0;
    const square = squares[s] ?? 0;
    let [m, first, second] = [n, sum, square];
    for (const { score, rows: pseudo } of pseudoRows(s)) {
      m += pseudo;
      first += pseudo * score;
      second += pseudo * score * score;
    }
    const smooth = n * Math.max(0, second / m - (first / m) ** 2);
    // Of one row the square stands for the variance, which cannot be seen: it is no less on average.
    total.unbiased += n > 1 ? Math.max(0, ((square - (sum * sum) / n) * n) / (n - 1)) : square;
    total.smooth += smooth;
    total.smoothSum += (n * first) / m;
    total.smoothSquared += smooth * smooth;
    total.between += (sum * sum) / n;
    total.sum += sum;
  }
  const smoothed = total.smoothSquared / (total.smooth * total.smooth);
  const within = smoothed * total.smooth + (1 - smoothed) * total.unbiased;
  const between = sizesDrawn ? Math.max(0, total.between - (total.sum * total.sum) / scores.length) : 0;
  const sum = total.sum + smoothed * (total.smoothSum - total.sum);
  return { variance: within + between, sum, smoothed };
}
