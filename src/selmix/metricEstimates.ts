/** How sure metrics of hard predictions are, and how sure their changes on the same rows are. */

import { difference } from "../statistics/comparisons.ts";
import { type Estimate, shareLike } from "../statistics/estimate.ts";
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

/**
 * Variance of the change of a metric from one head to another on the same rows: besides half a row that both have right and
 * half a row that both have wrong, one row is gained and one lost.
 */
export function pairedVariance(
  { before, after }: PairedInfluence,
  rowsBefore: PredictedRows,
  rowsAfter: PredictedRows,
  sizesDrawn: boolean,
): number {
  const [from, to] = [scoresOf(before, rowsBefore), scoresOf(after, rowsAfter)];
  const [kindsBefore, kindsAfter] = [kindsOf(before), kindsOf(after)];
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

/** The change of a metric on the same rows. */
export function metricChange(
  paired: PairedInfluence,
  rowsBefore: PredictedRows,
  rowsAfter: PredictedRows,
  sizesDrawn: boolean,
): Estimate {
  return difference(
    metricEstimate(paired.after, rowsAfter, sizesDrawn),
    metricEstimate(paired.before, rowsBefore, sizesDrawn),
    pairedVariance(paired, rowsBefore, rowsAfter, sizesDrawn),
  );
}
