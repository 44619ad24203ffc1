/** Which of the measured sets a fact is told on. */
import type { EvaluationRecord, SplitEvaluation } from "../protocol/records.ts";

export type Split = "test" | "validation";

/** The set to tell a result on: the held-out one where everything compared was measured on it. */
export function shownSet(...compared: readonly Pick<SplitEvaluation, "test">[]): Split {
  return compared.every(({ test }) => test !== null) ? "test" : "validation";
}

/** What was measured on a set; on validation where there is no test set. */
export function evaluationOn(evaluations: SplitEvaluation, set: Split): EvaluationRecord {
  return evaluations[set] ?? evaluations.validation;
}
