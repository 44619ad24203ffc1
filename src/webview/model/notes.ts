/** Where a run came from, in lines. Pure. */
import { metricName } from "../../metrics/catalogue.ts";
import { valueName } from "../../metrics/valueName.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { ConstraintVerdict } from "../../protocol/records.ts";
import { counted, plain, share } from "../shared/numbers.ts";

function measured({ value, low, high, reason }: ConstraintVerdict): string {
  if (value === null) return `not judged (${reason}), `;
  const interval = low === null || high === null ? "" : ` (${share(low)} to ${share(high)})`;
  return `${share(value)}${interval}, `;
}

/** Start, budget, backend, constraints and files of a run. */
export function notes(snapshot: RunSnapshot): string[] {
  const { run, result } = snapshot;
  const lines = [`Checkpoint: ${run.checkpoint}`];
  if (result !== null) lines.push(`Tuned copy: ${result.output}`);
  lines.push(
    `Tuned for ${metricName(run.objective)} on validation, seed ${run.seed}, started by ${run.trigger === "save" ? "a saved checkpoint" : "a person"} at ${run.startedAt.replace("T", " ").slice(0, 16)} UTC.`,
  );
  if (run.backend !== null)
    lines.push(`Computed by ${run.backend.name} on ${run.backend.device}: ${run.backend.why}`);
  if (result === null) return lines;
  const start =
    result.start.kind === "checkpoint"
      ? "the checkpoint's head"
      : `the head with logit adjustment (tau ${plain(result.start.tau, 2)})`;
  lines.push(`Started from ${start}: ${result.start.why}`);
  lines.push(
    `Kept the head of step ${result.bestStep} of ${counted(result.steps, "step")}; ${plain(result.seconds.tune, 1)} s of ${plain(result.seconds.total, 1)} s were tuning.`,
  );
  for (const verdict of result.constraints) {
    const bound = `${verdict.kind === "atLeast" ? "at least" : "at most"} ${share(verdict.bound)}`;
    lines.push(
      `Constraint ${valueName(verdict)} ${bound}: ${measured(verdict)}${verdict.satisfied ? "satisfied" : "not satisfied"}.`,
    );
  }
  lines.push(`Audit of the prediction the method rests on: ${result.audit.sentence}`);
  return lines;
}
