/** How sure metrics of hard predictions are, and how sure their changes on the same rows are. */

import { type Estimate, shareLike } from "../statistics/estimate.ts";
import { netChange, type Part } from "../statistics/netChange.ts";
import { type PseudoRow, spreadOf } from "../statistics/rows.ts";
import type { Influence, PredictedRows } from "./influence.ts";

function scoresOf(
  { right, wrong, row }: Influence,
  { labels, strata, predictions }: PredictedRows,
): Float64Array {
  const scores = new Float64Array(strata.length);
  for (let at = 0; at < scores.length; at++) {
    const [s, l] = [strata[at], predictions[at]];
    scores[at] = (l === labels[s] ? right[s] : (wrong?.[l] ?? 0)) + (row?.[s] ?? 0);
  }
  return scores;
}

/** Scores of a right row of a stratum, and of a wrong one on average over the classes. */
function kindsOf({ right, wrong, row }: Influence): (stratum: number) => { right: number; wrong: number } {
  const mean = wrong === null ? 0 : wrong.reduce((sum, value) => sum + value, 0) / wrong.length;
  return (s) => ({ right: right[s] + (row?.[s] ?? 0), wrong: mean + (row?.[s] ?? 0) });
}

/** A metric on one set of rows. `sizesDrawn`: the strata's sizes are random too, and the metric depends on them. */
export function metricEstimate(influence: Influence, rows: PredictedRows, sizesDrawn: boolean): Estimate {
  const kinds = kindsOf(influence);
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

/** The change of a metric on the same rows: what rows gained by it less what they lost, as far as rows changed. */
export function metricChange(
  { before, after }: PairedInfluence,
  rowsBefore: PredictedRows,
  rowsAfter: PredictedRows,
  sizesDrawn: boolean,
): Estimate {
  const from = scoresOf(before, rowsBefore);
  const scores = scoresOf(after, rowsAfter).map((score, row) => score - from[row]);
  const [kindsBefore, kindsAfter] = [kindsOf(before), kindsOf(after)];
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
