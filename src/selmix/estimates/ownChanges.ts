/** How objectives changed that are no metric of the catalogue: weighted sums of those, and costs. */
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import { type Cost, termsOf, type Weighted } from "../../metrics/composed.ts";
import { scaled, weightedSum } from "../../statistics/estimate.ts";
import { highestCost } from "../confusion/wholeObjective.ts";
import { meanSaved } from "./influence.ts";
import { changed, classSides, type EstimatedChange, type PairedPredictions } from "./pairedSides.ts";

/** Of a weighted sum; null where a term of it has no value. */
export function weightedChange(
  changes: Partial<Record<ObjectiveId, EstimatedChange>>,
  objective: Weighted<ObjectiveId>,
): EstimatedChange | null {
  const terms = termsOf(objective).map(({ id, weight }) => ({ weight, change: changes[id] }));
  const known = terms.flatMap(({ weight, change }) => (change ? [{ weight, change }] : []));
  if (known.length < terms.length) return null;
  const sum = (of: keyof EstimatedChange) =>
    weightedSum(known.map(({ weight, change }) => ({ weight, estimate: change[of] })));
  return { before: sum("before"), after: sum("after"), change: sum("change") };
}

/** Of the expected cost, in its unit. */
export function costChange(paired: PairedPredictions, { cost }: Cost): EstimatedChange {
  const sides = classSides(paired);
  const highest = highestCost({ cost });
  const saved = cost.map((row) => row.map((one) => 1 - one / highest));
  const { before, after, change } = changed(
    sides,
    (counts, rows) => meanSaved(counts, rows, saved),
    sides.sizesDrawn,
  );
  return {
    before: scaled(before, -highest, highest),
    after: scaled(after, -highest, highest),
    change: scaled(change, -highest),
  };
}
