/** Two heads on the same rows, as metrics of them are estimated. */
import type { Estimate } from "../../statistics/estimate.ts";
import type { RowWeights } from "../confusion/population.ts";
import type { Bucket } from "../problem.ts";
import { rowsByClass, sizesAreDrawn } from "./boundEstimates.ts";
import { type Influence, type PredictedRows, type StratumCounts, stratumCounts } from "./influence.ts";
import { metricChange, metricEstimate } from "./metricEstimates.ts";

/** Rows [N] in buckets, with the classes that two heads predict. */
export interface PairedPredictions {
  readonly buckets: readonly Bucket[];
  readonly classes: number;
  readonly bucketOf: Int32Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** What each row counts for; all alike when absent. */
  readonly weights?: RowWeights;
}

/** The same metric of both heads, and its change. */
export interface EstimatedChange {
  readonly before: Estimate;
  readonly after: Estimate;
  readonly change: Estimate;
}

export interface Sides {
  readonly before: PredictedRows;
  readonly after: PredictedRows;
  readonly countsBefore: StratumCounts;
  readonly countsAfter: StratumCounts;
  /** Whether the classes' sizes were drawn like the rows: not where all are the same, which is no chance. */
  readonly sizesDrawn: boolean;
}

export function sidesOf(before: PredictedRows, predictions: Int32Array): Sides {
  const after = { ...before, predictions };
  const [countsBefore, countsAfter] = [stratumCounts(before), stratumCounts(after)];
  return { before, after, countsBefore, countsAfter, sizesDrawn: sizesAreDrawn(before) };
}

/** A metric of rows; `drawn` where it depends on the classes' sizes and they were drawn. */
export function changed(
  sides: Sides,
  influence: (counts: StratumCounts, rows: PredictedRows) => Influence,
  drawn = false,
): EstimatedChange {
  const paired = {
    before: influence(sides.countsBefore, sides.before),
    after: influence(sides.countsAfter, sides.after),
  };
  return {
    before: metricEstimate(paired.before, sides.before, drawn),
    after: metricEstimate(paired.after, sides.after, drawn),
    change: metricChange(paired, sides.before, sides.after, drawn),
  };
}

/** Two heads on the rows by class. */
export function classSides(paired: PairedPredictions): Sides {
  return sidesOf(rowsByClass({ ...paired, predictions: paired.before }), paired.after);
}
