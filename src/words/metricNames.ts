/** What metrics and objectives are called. */
import type { ObjectiveId, ScalarMetric } from "../protocol/records.ts";

export const metricNames: Readonly<Record<ScalarMetric, string>> = {
  meanRecall: "mean recall",
  minRecall: "worst-class recall",
  gMean: "G-mean of recalls",
  hMean: "H-mean of recalls",
  minHeadTailRecall: "worse of head and tail recall",
  macroF1: "macro F1",
  minCoverage: "smallest coverage",
  accuracy: "accuracy",
};

/** Short names of the objectives, for narrow places. */
export const objectiveNames: Readonly<Record<ObjectiveId, string>> = {
  meanRecall: "mean recall",
  minRecall: "worst class",
  gMean: "geometric mean",
  hMean: "harmonic mean",
  minHeadTailRecall: "head and tail",
  macroF1: "macro F1",
};

export const constraintMetricNames = {
  coverage: "coverage",
  recall: "recall",
  precision: "precision",
  headCoverage: "coverage of head classes",
  tailCoverage: "coverage of tail classes",
  coverageGap: "coverage gap between groups",
  coverageRatio: "coverage ratio between groups",
  recallGap: "recall gap between groups",
  recallRatio: "recall ratio between groups",
  falsePositiveRateGap: "false-positive-rate gap between groups",
  equalizedOddsGap: "equalized-odds gap between groups",
} as const;
export type ConstraintMetricName = keyof typeof constraintMetricNames;

/** Metrics that have a value for each class. */
export const perClass: ReadonlySet<string> = new Set(["coverage", "recall", "precision"]);
