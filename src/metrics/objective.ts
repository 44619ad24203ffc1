/** What a tune can raise. */
import { isMetricId, metricName, metricOf, type ObjectiveId, objectiveIds, presentId } from "./catalogue.ts";
import { type Cost, isCost, objectiveKey, termsOf, type Weighted } from "./composed.ts";

/** What a tune raises: a metric, a weighted sum of them, or the cost that is saved. Records have its `objectiveKey`. */
export type Objective = ObjectiveId | Weighted<ObjectiveId> | Cost;

/** The metrics that an objective is made of; none where it is a cost. */
export function metricsIn(objective: Objective): ObjectiveId[] {
  if (typeof objective === "string") return [objective];
  return "cost" in objective ? [] : termsOf(objective).map(({ id }) => id);
}

/** The ids to choose an objective among: those of the catalogue, and before them the one there is where it is a weighted sum or a cost. */
export function objectiveChoices(current: Objective | undefined): string[] {
  return typeof current === "object" ? [objectiveKey(current), ...objectiveIds] : [...objectiveIds];
}

/** What it is to tune for an objective, in a sentence. */
export function objectiveSentence(id: string): string {
  if (isCost(id)) return "Lowers the expected cost of a sample, by the matrix in selmix.json.";
  const present = presentId(id);
  return isMetricId(present) ? metricOf(present).sentence : `Raises ${metricName(id)}.`;
}
