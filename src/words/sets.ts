/** What was measured, by set and by metric. */
import { betterWay, type ReportedId, reportedIds } from "../metrics/catalogue.ts";
import type {
  EvaluationRecord,
  Interval,
  MetricChange,
  MetricChanges,
  SplitEvaluation,
} from "../protocol/records.ts";

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

/** A metric of an evaluation, or the objective of its run, by any id; NaN where the record does not have it. */
export function valueIn(evaluation: EvaluationRecord, id: string): number {
  return (isReported(id) ? evaluation[id] : ownOf(evaluation.own, id)) ?? Number.NaN;
}

/** The change of a metric, or of the objective of a run, by any id, where the record has it. */
export function changeIn(changes: MetricChanges | null, id: string): MetricChange | undefined {
  if (changes === null) return undefined;
  return isReported(id) ? changes[id] : ownOf(changes.own, id);
}

function ownOf<Value>(own: Readonly<Record<string, Value>> = {}, id: string): Value | undefined {
  return Object.hasOwn(own, id) ? own[id] : undefined;
}

/** Every change there is, by id. */
export function everyChange({ own, ...reported }: MetricChanges): [string, MetricChange][] {
  return Object.entries({ ...reported, ...own }).flatMap(([id, change]) => (change ? [[id, change]] : []));
}

/** A change turned so that more is better. */
export function improvement(id: string, { value, low, high }: Interval): Interval {
  return betterWay(id) > 0 ? { value, low, high } : { value: -value, low: -high, high: -low };
}
