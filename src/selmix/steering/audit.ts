/** The audit of the approximation the method rests on: did psi change as the gain predicted? (docs/method.md, eq. (21)) */
import type { AuditRecord } from "../../protocol/records.ts";
import { rankCorrelation } from "../../statistics/rankCorrelation.ts";
import { auditSentence } from "../../words/runs.ts";

/** Judges the predictions of a run; pairs without a measured change are left out. */
export function audit(predicted: readonly number[], measured: readonly (number | null)[]): AuditRecord {
  const pairs = predicted.flatMap((value, at) => {
    const change = measured[at];
    return change === null ? [] : [[value, change] as const];
  });
  const correlation = rankCorrelation(
    pairs.map(([value]) => value),
    pairs.map(([, change]) => change),
  );
  const cycles = pairs.length;
  return { cycles, rankCorrelation: correlation, sentence: auditSentence(correlation, cycles) };
}
