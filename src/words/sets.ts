/** Which of the measured sets a fact is told on. */
import type { EvaluationRecord, SplitEvaluation } from "../protocol/records.ts";

export type Split = "test" | "validation";

/** The set to tell a result on: the held-out one where there is one. */
export function shownSet({ test }: Pick<SplitEvaluation, "test">): Split {
  return test === null ? "validation" : "test";
}

/** What was measured on a set; on validation where there is no test set. */
export function evaluationOn(evaluations: SplitEvaluation, set: Split): EvaluationRecord {
  return evaluations[set] ?? evaluations.validation;
}
