/** How sure the coverages are: the share of the predictions that each class has. */
import { type Estimate, share, shareLike } from "../statistics/estimate.ts";
import { changeOfShare } from "../statistics/netChange.ts";
import type { PredictedRows } from "./influence.ts";
import { rowsByBucket } from "./rowsByBucket.ts";

/**
 * Coverage of each class [K]. Where the classes' sizes were drawn like the rows, a plain share of all rows; where they are
 * given, rows vary only within their stratum, and the share is as sure as one of more rows.
 */
export function coverageEstimates(rows: PredictedRows, sizesDrawn: boolean): Estimate[] {
  const { classes, predictions } = rows;
  const total = predictions.length;
  const predicted = new Float64Array(classes);
  for (const label of predictions) predicted[label]++;
  if (sizesDrawn) return Array.from(predicted, (count) => share(count, total));
  const within = varianceWithinStrata(rows);
  return Array.from(predicted, (count, label) => {
    // Half a row more on either side, as the pseudo-rows of other metrics are.
    const smooth = (count + 0.5) / (total + 1);
    return shareLike(count / total, count / total, smooth, (within[label] + 0.5) / total ** 2);
  });
}

/** Of the number of predictions of each class [K]: the unbiased variance within each stratum, summed. */
function varianceWithinStrata({ labels, classes, strata, predictions }: PredictedRows): Float64Array {
  const variance = new Float64Array(classes);
  const counts = new Int32Array(classes);
  for (const rows of rowsByBucket(strata, labels.length)) {
    for (const row of rows) counts[predictions[row]]++;
    for (const row of rows) {
      const label = predictions[row];
      const count = counts[label];
      variance[label] += rows.length > 1 ? (count * (rows.length - count)) / (rows.length - 1) : count;
      counts[label] = 0;
    }
  }
  return variance;
}

/** Change of the coverage of each class [K] on the same rows. */
export function coverageChanges(before: PredictedRows, after: PredictedRows): Estimate[] {
  const total = before.predictions.length;
  const [gained, lost] = [new Float64Array(before.classes), new Float64Array(before.classes)];
  for (let row = 0; row < total; row++) {
    const [was, is] = [before.predictions[row], after.predictions[row]];
    if (was === is) continue;
    lost[was]++;
    gained[is]++;
  }
  return Array.from(gained, (count, k) => changeOfShare(count, lost[k], total));
}
