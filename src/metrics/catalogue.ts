/**
 * Every metric, an entry each: what it is called, what it is about, and where it may stand. Objectives, constraints, tables,
 * forms, schema and help are made from it. Its formula stands with the method, in `selmix/confusion/objectives.ts` (what can be raised or
 * is reported) or `selmix/confusion/measures.ts` (what can be bounded).
 */
import { isCost, weightedTerms } from "./composed.ts";
import { both, difference, type Metric, objective, ofClass, ofFrequency, ratio } from "./metric.ts";

export { type BoundKind, boundKinds, type Limit, type Metric, readLimit } from "./metric.ts";

export const catalogue = {
  meanRecall: {
    ...objective,
    name: "mean recall",
    short: "mean recall",
    sentence: "Raises the average recall over classes, each counting the same however rare it is.",
  },
  minRecall: {
    ...objective,
    name: "worst-class recall",
    short: "worst class",
    sentence: "Raises the recall of the worst class.",
  },
  worst5Recall: {
    ...objective,
    name: "mean recall of the worst 5 % of classes",
    short: "worst 5 %",
    sentence:
      "Raises the mean recall of the worst 5 % of the classes (at least one): with hundreds of classes, what can be judged where the single worst cannot.",
    reported: "table",
  },
  gMean: {
    ...objective,
    name: "geometric mean of recalls",
    short: "geometric mean",
    sentence: "Raises the geometric mean of the recalls: weak classes count more, none may be given up.",
    reported: "table",
  },
  hMean: {
    ...objective,
    name: "harmonic mean of recalls",
    short: "harmonic mean",
    sentence: "Raises the harmonic mean of the recalls: between the average and the worst class.",
  },
  minHeadTailRecall: {
    ...objective,
    name: "worse of head and tail recall",
    short: "head and tail",
    sentence: "Raises the lower of two averages: recall over the frequent classes and over the rare ones.",
    needs: "frequency",
    reported: "table",
  },
  macroF1: {
    ...objective,
    byShares: true,
    name: "macro F1",
    short: "macro F1",
    sentence: "Raises the average F1 over classes: recall and precision together.",
  },
  minGroupRecall: {
    ...objective,
    name: "recall of the worst class and group",
    short: "worst group",
    sentence: "Raises the lowest recall that a class has in a group.",
    needs: "groups",
  },
  meanGroupRecall: {
    ...objective,
    name: "mean recall over classes and groups",
    short: "mean over groups",
    sentence: "Raises the average recall over each class in each group, however rare it is there.",
    needs: "groups",
    reported: "table",
  },
  minCoverage: {
    ...objective,
    byShares: true,
    name: "smallest coverage",
    short: "min coverage",
    sentence: "The least share of the predictions that a class has.",
  },
  accuracy: {
    ...objective,
    byShares: true,
    name: "accuracy",
    short: "accuracy",
    sentence: "The share of the samples that are recognised.",
    bounds: both,
  },
  coverage: {
    ...ofClass,
    byShares: true,
    name: "coverage",
    short: "coverage",
    sentence: "A class's share of the predictions; all shares sum to 100 %.",
    better: null,
  },
  recall: {
    ...ofClass,
    name: "recall",
    short: "recall",
    sentence: "The share of a class's samples that are recognised.",
  },
  precision: {
    ...ofClass,
    byShares: true,
    name: "precision",
    short: "precision",
    sentence: "The share of the predictions of a class that are right.",
  },
  headCoverage: {
    ...ofFrequency,
    byShares: true,
    name: "coverage of head classes",
    short: "head coverage",
    sentence: "Mean share of the predictions over the frequent classes.",
    better: null,
  },
  tailCoverage: {
    ...ofFrequency,
    byShares: true,
    name: "coverage of tail classes",
    short: "tail coverage",
    sentence: "Mean share of the predictions over the rare classes.",
    better: null,
  },
  headRecall: {
    ...ofFrequency,
    name: "recall of head classes",
    short: "head recall",
    sentence: "Mean recall over the frequent classes.",
  },
  tailRecall: {
    ...ofFrequency,
    name: "recall of tail classes",
    short: "tail recall",
    sentence: "Mean recall over the rare classes.",
  },
  groupRecall: {
    ...ofClass,
    name: "recall in each group",
    short: "group recall",
    sentence: "The share of a class's samples in a group that are recognised.",
    over: "classGroup",
    needs: "groups",
  },
  groupAccuracy: {
    ...ofClass,
    byShares: true,
    name: "accuracy of each group",
    short: "group accuracy",
    sentence: "The share of a group's samples that are recognised.",
    over: "group",
    needs: "groups",
  },
  coverageDifference: {
    ...difference,
    byShares: true,
    name: "coverage difference between groups",
    short: "coverage difference",
    sentence: "Demographic parity: the largest difference of a class's coverage between groups.",
  },
  coverageRatio: {
    ...ratio,
    byShares: true,
    name: "coverage ratio between groups",
    short: "coverage ratio",
    sentence: "Demographic parity: the least ratio of a class's coverage between groups.",
  },
  recallDifference: {
    ...difference,
    name: "recall difference between groups",
    short: "recall difference",
    sentence: "Equal opportunity: the largest difference of a class's recall between groups.",
  },
  recallRatio: {
    ...ratio,
    name: "recall ratio between groups",
    short: "recall ratio",
    sentence: "Equal opportunity: the least ratio of a class's recall between groups.",
  },
  falsePositiveRateDifference: {
    ...difference,
    byShares: true,
    name: "false-positive-rate difference between groups",
    short: "false-positive-rate difference",
    sentence: "The largest difference of a class's false-positive rate between groups.",
  },
  equalizedOddsDifference: {
    ...difference,
    byShares: true,
    name: "equalized-odds difference between groups",
    short: "equalized odds",
    sentence: "Equalized odds: the largest difference of recall or false-positive rate between groups.",
  },
  accuracyDifference: {
    ...difference,
    byShares: true,
    name: "accuracy difference between groups",
    short: "accuracy difference",
    sentence: "The largest difference of accuracy between groups.",
  },
} as const satisfies Record<string, Metric>;

type Catalogue = typeof catalogue;
export type MetricId = keyof Catalogue;
/** What can be raised. */
export type ObjectiveId = {
  [Id in MetricId]: Catalogue[Id]["objective"] extends true ? Id : never;
}[MetricId];
/** What can be bounded. */
export type ConstraintId = {
  [Id in MetricId]: Catalogue[Id]["bounds"] extends readonly [] ? never : Id;
}[MetricId];
/** What can be raised as well as bounded: one number of the whole set. */
export type RaisedId = Extract<ObjectiveId, ConstraintId>;
/** What an evaluation says of a head on a set, as one number. */
export type ReportedId = {
  [Id in MetricId]: Catalogue[Id]["reported"] extends null ? never : Id;
}[MetricId];
const metrics: Readonly<Record<MetricId, Metric>> = catalogue;
const ids = Object.keys(catalogue) as MetricId[];

export const objectiveIds = ids.filter((id): id is ObjectiveId => metrics[id].objective);
/** Those that are asked for most come first: rates, and then what is an objective as well. */
export const constraintIds = ids
  .filter((id): id is ConstraintId => metrics[id].bounds.length > 0)
  .toSorted((a, b) => Number(metrics[a].objective) - Number(metrics[b].objective));
export const reportedIds = ids.filter((id): id is ReportedId => metrics[id].reported !== null);
export const headlineIds = reportedIds.filter((id) => metrics[id].reported === "headline");

/** Names that ids had before, which files and command lines may still say. */
export const formerIds = {
  coverageGap: "coverageDifference",
  recallGap: "recallDifference",
  falsePositiveRateGap: "falsePositiveRateDifference",
  equalizedOddsGap: "equalizedOddsDifference",
} as const satisfies Record<string, ConstraintId>;
export type FormerId = keyof typeof formerIds;

/** The id that a name stands for today: itself but for former names. */
export function presentId<Name extends string>(name: Name): Exclude<Name, FormerId> | ConstraintId {
  return isFormer(name) ? formerIds[name] : (name as Exclude<Name, FormerId>);
}

function isFormer(name: string): name is FormerId {
  return Object.hasOwn(formerIds, name);
}

export function isObjectiveId(id: string): id is ObjectiveId {
  return objectiveIds.some((known) => known === id);
}

/** What a metric measures: of an objective, what there is to raise. */
export function measuresSentence(id: MetricId): string {
  return metrics[id].sentence.replace(/^Raises the /, "The ");
}

export function isMetricId(name: string): name is MetricId {
  return Object.hasOwn(catalogue, name);
}

/** The entry of a metric. */
export function metricOf(id: MetricId): Metric {
  return metrics[id];
}

/** What a metric or an objective is called in a sentence; one that this version does not know, by its id. */
export function metricName(id: string): string {
  if (isCost(id)) return "expected cost";
  const terms = weightedTerms(id);
  if (terms === null) return nameOf(id, "name");
  const told = terms.map(({ id: metric, weight }, at) => {
    const sign = weight < 0 ? "\u2212" : "+";
    return `${at === 0 ? sign.replace("+", "") : ` ${sign} `}${Math.abs(weight)} ${nameOf(metric, "name")}`;
  });
  return told.join("");
}

/** What a metric or an objective is called in a table or a headline. */
export function shortName(id: string): string {
  if (isCost(id)) return "expected cost";
  return weightedTerms(id) === null ? nameOf(id, "short") : "weighted sum";
}

function nameOf(id: string, which: "name" | "short"): string {
  const present = presentId(id);
  return isMetricId(present) ? metrics[present][which] : id;
}

/** 1 where a higher value of a metric or an objective is better, or nobody can say; -1 where a lower one is. */
export function betterWay(id: string): 1 | -1 {
  const present = presentId(id);
  return isCost(id) || (isMetricId(present) && metrics[present].better === "down") ? -1 : 1;
}
