/** How sure the coverages are: the share of the predictions that each class has. */
import { type Estimate, share, shareLike, weighedShare } from "../../statistics/estimate.ts";
import { changeOfShare } from "../../statistics/netChange.ts";
import { rowsByBucket } from "../rowsByBucket.ts";
import { coverageOf, type Influence, type PredictedRows, stratumCounts } from "./influence.ts";
import { metricChange } from "./metricEstimates.ts";

/**
 * Coverage of each class [K]. Where the classes' sizes were drawn like the rows, a plain share of all rows; where they are
 * given, rows vary only within their stratum, and the share is as sure as one of more rows.
 */
export function coverageEstimates(rows: PredictedRows, sizesDrawn: boolean): Estimate[] {
  const { classes, predictions } = rows;
  if (rows.weights) return weighedCoverages(rows, sizesDrawn);
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

/** The influence of the coverage of each class on its estimate. */
function influences(rows: PredictedRows): Influence[] {
  const counts = stratumCounts(rows);
  return Array.from({ length: rows.classes }, (_unused, k) => coverageOf(counts, (label) => label === k));
}

/** The same where rows count unlike. A row more on either side stands for the heaviest, of which few may have been seen. */
function weighedCoverages(rows: PredictedRows, sizesDrawn: boolean): Estimate[] {
  const { classes, predictions, weights } = rows;
  const values = weights?.values ?? new Float64Array(predictions.length).fill(1);
  if (sizesDrawn) {
    return Array.from({ length: classes }, (_unused, k) => {
      const isPart = Array.from(predictions, (predicted) => predicted === k);
      return weighedShare([...values], isPart) ?? share(0, 1);
    });
  }
  const { predicted, rows: masses, sizes } = stratumCounts(rows);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const heaviest = masses.reduce((most, mass, s) => (mass > 0 ? Math.max(most, mass / sizes[s]) : most), 0);
  const within = varianceWithinStrata(rows);
  return Array.from(predicted, (mass, k) => {
    const smooth = (mass + heaviest) / (total + 2 * heaviest);
    const variance = (within[k] + heaviest ** 2) / total ** 2;
    return shareLike(mass / total, mass / total, smooth, variance);
  });
}

/** Of the mass of the predictions of each class [K]: the unbiased variance within each stratum, summed. */
function varianceWithinStrata({
  labels,
  classes,
  strata,
  predictions,
  weights,
}: PredictedRows): Float64Array {
  const variance = new Float64Array(classes);
  const [sums, squares] = [new Float64Array(classes), new Float64Array(classes)];
  for (const rows of rowsByBucket(strata, labels.length)) {
    for (const row of rows) {
      const weight = weights?.values[row] ?? 1;
      sums[predictions[row]] += weight;
      squares[predictions[row]] += weight * weight;
    }
    const n = rows.length;
    for (const row of rows) {
      const label = predictions[row];
      variance[label] += n > 1 ? (n * squares[label] - sums[label] ** 2) / (n - 1) : squares[label];
      sums[label] = 0;
      squares[label] = 0;
    }
  }
  return variance;
}

/** Change of the coverage of each class [K] on the same rows. */
export function coverageChanges(
  before: PredictedRows,
  after: PredictedRows,
  sizesDrawn: boolean,
): Estimate[] {
  if (before.weights) {
    const [was, is] = [influences(before), influences(after)];
    return is.map((influence, k) =>
      metricChange({ before: was[k], after: influence }, before, after, sizesDrawn),
    );
  }
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
