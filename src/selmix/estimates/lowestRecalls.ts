/** How sure the mean of the lowest recalls is, where several are the lowest: the recalls of the worst 5 % of many classes. */
import type { Estimate } from "../../statistics/estimate.ts";
import { placesOfLowest } from "../../statistics/lowest.ts";
import { weightsAt } from "../confusion/population.ts";
import { type Influence, meanOfRecalls, type PredictedRows, stratumCounts } from "./influence.ts";
import { metricEstimate } from "./metricEstimates.ts";

/** The strata with rows that have the lowest recalls. */
function lowestStrata(rows: PredictedRows): Set<number> {
  const counts = stratumCounts(rows);
  const present = Array.from(counts.rows.keys()).filter((s) => counts.rows[s] > 0);
  const recalls = present.map((s) => counts.right[s] / counts.rows[s]);
  return new Set(placesOfLowest(recalls).map((place) => present[place]));
}

/** Mean recall of the strata that come out lowest, as if they had been chosen beforehand. */
export function lowestRecalls(rows: PredictedRows): Influence {
  const lowest = lowestStrata(rows);
  return meanOfRecalls(stratumCounts(rows), "arithmetic", (s) => lowest.has(s));
}

/** Every other row of each stratum, from the first or from the second on. */
function half(rows: PredictedRows, second: boolean): PredictedRows {
  const { weights } = rows;
  const seen = new Uint8Array(rows.labels.length);
  const kept = Array.from(rows.strata.keys()).filter((row) => {
    seen[rows.strata[row]] ^= 1;
    return (seen[rows.strata[row]] === 0) === second;
  });
  return {
    ...rows,
    strata: Int32Array.from(kept, (row) => rows.strata[row]),
    predictions: Int32Array.from(kept, (row) => rows.predictions[row]),
    ...(weights && { weights: weightsAt(weights, kept) }),
  };
}

/**
 * The mean of the lowest recalls in the population. It is no more than the mean recall of any classes as many that were chosen without
 * the rows that measure them: one half of the rows chooses, the other measures, and the other way round. Its lower limit is that of
 * the classes that came out lowest, whose mean is too low rather than too high.
 */
export function lowestRecallEstimate(rows: PredictedRows): Estimate {
  const plain = metricEstimate(lowestRecalls(rows), rows, false);
  const [first, second] = [half(rows, false), half(rows, true)];
  const bounds = [ofChosen(first, second), ofChosen(second, first), meanRecallOf(rows)].filter(
    (bound) => bound !== null,
  );
  return {
    ...plain,
    high: (error) =>
      Math.max(plain.value, Math.min(...bounds.map((bound) => bound.high(error / bounds.length)))),
  };
}

function meanRecallOf(rows: PredictedRows): Estimate {
  return metricEstimate(meanOfRecalls(stratumCounts(rows), "arithmetic"), rows, false);
}

/** Mean recall on some rows of the strata that are lowest on others; null where some of those have no rows here. */
function ofChosen(chosenBy: PredictedRows, measuredBy: PredictedRows): Estimate | null {
  const lowest = lowestStrata(chosenBy);
  const counts = stratumCounts(measuredBy);
  if ([...lowest].some((s) => counts.rows[s] === 0)) return null;
  return metricEstimate(
    meanOfRecalls(counts, "arithmetic", (s) => lowest.has(s)),
    measuredBy,
    false,
  );
}
