/** How sure the value is that a bound is about, whatever is bounded: a rate, or an objective as one value. */
import type { ConstraintId } from "../../metrics/catalogue.ts";
import type { Estimate } from "../../statistics/estimate.ts";
import { byAttribute } from "../confusion/attribute.ts";
import { isWhole } from "../confusion/bounded.ts";
import { rateChange } from "./boundChanges.ts";
import { type BoundedRate, type BucketRows, rateEstimate } from "./boundEstimates.ts";
import { type EstimatedChange, metricChanges, type PairedPredictions } from "./metricChanges.ts";

/** What is bounded: a metric of some classes, from below or from above. */
export interface BoundedValue extends Omit<BoundedRate, "metric"> {
  readonly metric: ConstraintId;
}

/** The value that a bound is about, in the population; null where nothing can be measured. */
export function boundEstimate(
  { metric, ...meant }: BoundedValue,
  rows: BucketRows,
  isHead: readonly boolean[],
): Estimate | null {
  if (!isWhole(metric)) return rateEstimate({ ...meant, metric }, rows, isHead);
  const { predictions } = rows;
  return (
    wholeChange(metric, meant, { ...rows, before: predictions, after: predictions }, isHead)?.after ?? null
  );
}

/** Its change from one head to another on the same rows. */
export function boundChange(
  { metric, ...meant }: BoundedValue,
  paired: PairedPredictions,
  isHead: readonly boolean[],
): Estimate | null {
  return isWhole(metric)
    ? (wholeChange(metric, meant, paired, isHead)?.change ?? null)
    : rateChange({ ...meant, metric }, paired, isHead);
}

function wholeChange(
  metric: string,
  { attribute }: Pick<BoundedValue, "attribute">,
  paired: PairedPredictions,
  isHead: readonly boolean[],
): EstimatedChange | undefined {
  const buckets = attribute ? byAttribute(paired.buckets, attribute) : paired.buckets;
  return metricChanges({ ...paired, buckets }, isHead)[metric];
}
