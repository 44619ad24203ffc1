/** Before, after and paired change of the scalar metrics of two heads on the same rows, with their estimates. */
import { isMetricId } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { Objective } from "../../metrics/objective.ts";
import type { MetricChanges } from "../../protocol/records.ts";
import { difference } from "../../statistics/comparisons.ts";
import { type Estimate, intervalOf, known, share } from "../../statistics/estimate.ts";
import { least } from "../../statistics/extremes.ts";
import { leastChange } from "../../statistics/leastChange.ts";
import { lowestCount } from "../../statistics/lowest.ts";
import { changeOfShare } from "../../statistics/netChange.ts";
import { hasJudgedCells } from "../confusion/objectives.ts";
import { isSupported } from "../confusion/support.ts";
import { accuracyEstimate } from "./boundEstimates.ts";
import { coverageChanges, coverageEstimates } from "./coverageEstimates.ts";
import { accuracy, effectiveCounts, type Mean, macroF1, meanOfRecalls } from "./influence.ts";
import { lowestRecallEstimate, lowestRecalls } from "./lowestRecalls.ts";
import { pairedVariance } from "./metricEstimates.ts";
import { costChange, weightedChange } from "./ownChanges.ts";
import {
  changed,
  classSides,
  type EstimatedChange,
  type PairedPredictions,
  type Sides,
  sidesOf,
} from "./pairedSides.ts";

export type { EstimatedChange, PairedPredictions } from "./pairedSides.ts";

export const meanChange = (sides: Sides, kind: Mean, includes?: (stratum: number) => boolean) =>
  changed(sides, (counts) => meanOfRecalls(counts, kind, includes));

/** The least of parts, and how it changed; `mean`, where given, is theirs. */
function leastOf(
  parts: readonly EstimatedChange[],
  mean?: Pick<EstimatedChange, "before" | "after">,
  correlation?: (k: number, j: number) => number,
): EstimatedChange {
  const before = parts.map((part) => part.before);
  const after = parts.map((part) => part.after);
  const changes = parts.map(({ change }) => change);
  return {
    before: least(before, mean?.before),
    after: least(after, mean?.after),
    change: leastChange({
      before,
      after,
      changes,
      ...(mean && { means: mean }),
      ...(correlation && { correlation }),
    }),
  };
}

/** The least coverage: all coverages sum to 1, and what one class gets another does not. */
function leastCoverage(parts: readonly EstimatedChange[]): EstimatedChange {
  const mean = known(1 / parts.length);
  const odds = ({ value }: Estimate) => value / Math.max(1 - value, Number.EPSILON);
  return leastOf(parts, { before: mean, after: mean }, (k, j) =>
    // That of shares of which no row has both: no row lower than that.
    Math.max(-1, -Math.sqrt(odds(parts[k].before) * odds(parts[j].after))),
  );
}

/** Recall of each stratum with rows, of those that `includes` keeps. */
export function recallChanges(
  { before, after, countsBefore, countsAfter }: Sides,
  includes: (stratum: number) => boolean = () => true,
): EstimatedChange[] {
  const { labels, strata } = before;
  const rightInBoth = new Float64Array(labels.length);
  for (let row = 0; row < strata.length; row++) {
    const label = labels[strata[row]];
    if (before.predictions[row] === label && after.predictions[row] === label)
      rightInBoth[strata[row]] += before.weights?.values[row] ?? 1;
  }
  return Array.from(countsBefore.rows).flatMap((weight, s) => {
    if (weight === 0 || !includes(s)) return [];
    const [was, rows] = effectiveCounts(countsBefore, s);
    const [is] = effectiveCounts(countsAfter, s);
    const both = (rightInBoth[s] * rows) / weight;
    const change = changeOfShare(is - both, was - both, rows);
    return [{ before: share(was, rows), after: share(is, rows), change }];
  });
}

/** Of the worst 5 % of the strata with rows; where that is one, it is the least. */
function lowestChange(
  sides: Sides,
  recalls: readonly EstimatedChange[],
  mean: EstimatedChange,
): EstimatedChange {
  if (lowestCount(recalls.length) === 1) return leastOf(recalls, mean);
  const { before, after } = sides;
  const [from, to] = [lowestRecallEstimate(before), lowestRecallEstimate(after)];
  const paired = { before: lowestRecalls(before), after: lowestRecalls(after) };
  const change = difference(to, from, pairedVariance(paired, before, after, false));
  return { before: from, after: to, change };
}

export function accuracyChange(sides: Sides): EstimatedChange {
  const { change } = changed(sides, accuracy, sides.sizesDrawn);
  return { before: accuracyEstimate(sides.before), after: accuracyEstimate(sides.after), change };
}

export function coverageParts({ before, after, sizesDrawn }: Sides): EstimatedChange[] {
  const [from, to] = [before, after].map((rows) => coverageEstimates(rows, sizesDrawn));
  const changes = coverageChanges(before, after, sizesDrawn);
  return from.map((estimate, k) => ({ before: estimate, after: to[k], change: changes[k] }));
}

/** Mean recall over the head classes and over the tail classes, of those sides that have rows. */
function sideParts(byClass: Sides, isHead: readonly boolean[]): EstimatedChange[] {
  const sides = [true, false].filter((side) =>
    byClass.countsBefore.rows.some((rows, label) => rows > 0 && isHead[label] === side),
  );
  return sides.map((side) => meanChange(byClass, "arithmetic", (label) => isHead[label] === side));
}

/** What the least is taken of: a part for each class with rows, each side, each class. */
export function partsOfLeast(paired: PairedPredictions, isHead: readonly boolean[]) {
  const byClass = classSides(paired);
  return {
    minRecall: recallChanges(byClass),
    minHeadTailRecall: sideParts(byClass, isHead),
    minCoverage: coverageParts(byClass),
  };
}

/** The scalar metrics over classes, and those over classes within groups where the buckets have groups. */
function reportedChanges(paired: PairedPredictions, isHead: readonly boolean[]) {
  const { buckets } = paired;
  const byClass = classSides(paired);
  const meanRecall = meanChange(byClass, "arithmetic");
  const recalls = recallChanges(byClass);
  const ofClasses = {
    meanRecall,
    minRecall: leastOf(recalls, meanRecall),
    worst5Recall: lowestChange(byClass, recalls, meanRecall),
    gMean: meanChange(byClass, "geometric"),
    hMean: meanChange(byClass, "harmonic"),
    minHeadTailRecall: leastOf(sideParts(byClass, isHead)),
    macroF1: changed(byClass, (counts) => macroF1(counts, byClass.sizesDrawn), byClass.sizesDrawn),
    minCoverage: leastCoverage(coverageParts(byClass)),
    accuracy: accuracyChange(byClass),
  };
  const cells = cellSides(paired);
  if (!hasJudgedCells(buckets, cells.countsBefore.rows)) return ofClasses;
  const isJudged = (b: number) => isSupported(buckets[b]);
  const meanGroupRecall = meanChange(cells, "arithmetic", isJudged);
  const minGroupRecall = leastOf(recallChanges(cells, isJudged), meanGroupRecall);
  return { ...ofClasses, minGroupRecall, meanGroupRecall };
}

function cellSides({ buckets, bucketOf, classes, before, after, weights }: PairedPredictions): Sides {
  const labels = buckets.map(({ label }) => label);
  const ofCells = { labels, classes, strata: bucketOf, predictions: before, ...(weights && { weights }) };
  return sidesOf(ofCells, after);
}

/** The same, with the objective where it is none of them, by its id. */
export function metricChanges(
  paired: PairedPredictions,
  isHead: readonly boolean[],
  objective?: Objective,
): Readonly<Record<string, EstimatedChange>> {
  const changes = reportedChanges(paired, isHead);
  if (objective === undefined || typeof objective === "string") return changes;
  const own = "cost" in objective ? costChange(paired, objective) : weightedChange(changes, objective);
  return own === null ? changes : { ...changes, [objectiveKey(objective)]: own };
}

/** Before, after and paired change of every reported metric and of the objective, with 95 % intervals. */
export function metricIntervals(
  paired: PairedPredictions,
  isHead: readonly boolean[],
  objective?: Objective,
): MetricChanges {
  const changes = metricChanges(paired, isHead, objective);
  const ends = ({ before, after, change }: EstimatedChange) => ({
    ...{ before: intervalOf(before), after: intervalOf(after), change: intervalOf(change) },
  });
  const entries = Object.entries(changes).map(([id, one]) => [id, ends(one)] as const);
  const isReported = ([id]: (typeof entries)[number]) => isMetricId(id);
  const own = entries.filter((entry) => !isReported(entry));
  return {
    ...Object.fromEntries(entries.filter(isReported)),
    ...(own.length > 0 && { own: Object.fromEntries(own) }),
  };
}
