/** How sure metrics of hard predictions are, and how sure their changes on the same rows are. */

import { type Estimate, shareLike } from "../../statistics/estimate.ts";
import { netChange, type Part } from "../../statistics/netChange.ts";
import { type PseudoRow, spreadOf } from "../../statistics/rows.ts";
import type { Influence, PredictedRows } from "./influence.ts";

function scoresOf(
  { right, wrong, wrongByStratum, row }: Influence,
  { labels, classes, strata, predictions, weights }: PredictedRows,
): Float64Array {
  const scores = new Float64Array(strata.length);
  for (let at = 0; at < scores.length; at++) {
    const [s, l] = [strata[at], predictions[at]];
    const ofWrong = wrong?.[wrongByStratum ? s * classes + l : l] ?? 0;
    const score = (l === labels[s] ? right[s] : ofWrong) + (row?.[s] ?? 0);
    scores[at] = weights === undefined ? score : weights.values[at] * score;
  }
  return scores;
}

/** Mean of what the rows of each stratum count for, [S]. */
function meanWeights({ labels, strata, weights }: PredictedRows): Float64Array {
  const [sums, counts] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  strata.forEach((s, row) => {
    sums[s] += weights?.values[row] ?? 1;
    counts[s]++;
  });
  return sums.map((sum, s) => (counts[s] > 0 ? sum / counts[s] : 1));
}

/** Scores of a right row of a stratum, and of a wrong one on average over the classes, each counting for as much as its rows do. */
function kindsOf(
  { right, wrong, wrongByStratum, row }: Influence,
  rows: PredictedRows,
): (stratum: number) => { right: number; wrong: number } {
  const unit = meanWeights(rows);
  const meanOf = (some: Float64Array | null) =>
    some === null ? 0 : some.reduce((sum, value) => sum + value, 0) / some.length;
  const meanOfAll = meanOf(wrong);
  const { classes, labels } = rows;
  /** Of the stratum's own row of [S,K], without its own class, which is right there. */
  const meanIn = (s: number) => {
    const own = wrong?.subarray(s * classes, (s + 1) * classes) ?? null;
    return meanOf(own?.filter((_value, label) => label !== labels[s]) ?? null);
  };
  const means = wrongByStratum ? labels.map((_label, s) => meanIn(s)) : null;
  return (s) => ({
    right: unit[s] * (right[s] + (row?.[s] ?? 0)),
    wrong: unit[s] * ((means?.[s] ?? meanOfAll) + (row?.[s] ?? 0)),
  });
}

/** A metric on one set of rows. `sizesDrawn`: the strata's sizes are random too, and the metric depends on them. */
export function metricEstimate(influence: Influence, rows: PredictedRows, sizesDrawn: boolean): Estimate {
  const kinds = kindsOf(influence, rows);
  const pseudoRows = (s: number): PseudoRow[] => [
    { score: kinds(s).right, rows: 0.5 },
    { score: kinds(s).wrong, rows: 0.5 },
  ];
  const { value, centre, smooth } = influence;
  const spread = spreadOf(scoresOf(influence, rows), rows.strata, rows.labels.length, pseudoRows, sizesDrawn);
  return shareLike(value, centre, centre + spread.smoothed * (smooth - centre), spread.variance);
}

/** A metric of two heads on the same rows. */
export interface PairedInfluence {
  readonly before: Influence;
  readonly after: Influence;
}

/**
 * Variance of the change of a metric from one head to another on the same rows, where it is of other strata for each: besides half
 * a row that both have right and half a row that both have wrong, one row is gained and one lost.
 */
export function pairedVariance(
  { before, after }: PairedInfluence,
  rowsBefore: PredictedRows,
  rowsAfter: PredictedRows,
  sizesDrawn: boolean,
): number {
  const [from, to] = [scoresOf(before, rowsBefore), scoresOf(after, rowsAfter)];
  const [kindsBefore, kindsAfter] = [kindsOf(before, rowsBefore), kindsOf(after, rowsAfter)];
  const pseudoRows = (s: number): PseudoRow[] => {
    const [b, a] = [kindsBefore(s), kindsAfter(s)];
    return [
      { score: a.right - b.right, rows: 0.5 },
      { score: a.wrong - b.wrong, rows: 0.5 },
      { score: a.right - b.wrong, rows: 1 },
      { score: a.wrong - b.right, rows: 1 },
    ];
  };
  const change = to.map((score, row) => score - from[row]);
  return spreadOf(change, rowsBefore.strata, rowsBefore.labels.length, pseudoRows, sizesDrawn).variance;
}

/** The change of a metric on the same rows: what rows gained by it less what they lost, as far as rows changed. */
export function metricChange(
  { before, after }: PairedInfluence,
  rowsBefore: PredictedRows,
  rowsAfter: PredictedRows,
  sizesDrawn: boolean,
): Estimate {
  const from = scoresOf(before, rowsBefore);
  const scores = scoresOf(after, rowsAfter).map((score, row) => score - from[row]);
  const [kindsBefore, kindsAfter] = [kindsOf(before, rowsBefore), kindsOf(after, rowsAfter)];
  const gain = (s: number) => Math.max(0, kindsAfter(s).right - kindsBefore(s).wrong);
  const loss = (s: number) => Math.max(0, kindsBefore(s).right - kindsAfter(s).wrong);
  const spread = (some: Float64Array, pseudoRows: (s: number) => PseudoRow[]) =>
    spreadOf(some, rowsBefore.strata, rowsBefore.labels.length, pseudoRows, sizesDrawn);
  const part = (some: Float64Array, most: (s: number) => number): Part => {
    const { variance, sum } = spread(some, (s) => [
      { score: most(s), rows: 0.5 },
      { score: 0, rows: 0.5 },
    ]);
    return { value: some.reduce((total, score) => total + score, 0), smooth: sum, variance };
  };
  const gained = part(
    scores.map((score) => Math.max(0, score)),
    gain,
  );
  const lost = part(
    scores.map((score) => Math.max(0, -score)),
    loss,
  );
  const { variance } = spread(scores, (s) => [
    { score: gain(s), rows: 0.5 },
    { score: -loss(s), rows: 0.5 },
  ]);
  const change = { value: after.value - before.value, centre: after.centre - before.centre };
  return netChange(change, gained, lost, variance);
}
