/** What metrics and objectives are called, and how their values read. */
import type { ScalarMetric } from "../../protocol/records.ts";

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

/** First letter in upper case, for the start of a sentence. */
export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
