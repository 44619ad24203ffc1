/** What was measured, by set and by metric. */
import { type ReportedId, reportedIds } from "../metrics/catalogue.ts";
import type { EvaluationRecord, MetricChanges, SplitEvaluation } from "../protocol/records.ts";

export type Split = "test" | "validation";

/** The set to tell a result on: the held-out one where everything compared was measured on it. */
export function shownSet(...compared: readonly Pick<SplitEvaluation, "test">[]): Split {
  return compared.every(({ test }) => test !== null) ? "test" : "validation";
}

/** What was measured on a set; on validation where there is no test set. */
export function evaluationOn(evaluations: SplitEvaluation, set: Split): EvaluationRecord {
  return evaluations[set] ?? evaluations.validation;
}

function isReported(id: string): id is ReportedId {
  return reportedIds.some((known) => known === id);
}

/** A metric of an evaluation, by any id; NaN where the record does not have it. */
export function valueIn(evaluation: EvaluationRecord, id: string): number {
  return (isReported(id) ? evaluation[id] : undefined) ?? Number.NaN;
}

/** The change of a metric, by any id, where the record has it. */
export function changeIn(changes: MetricChanges | null, id: string): MetricChanges[ReportedId] {
  return changes !== null && isReported(id) ? changes[id] : undefined;
}
