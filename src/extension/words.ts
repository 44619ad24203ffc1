/** Numbers, times and results in words. No vscode: the words are tested. */
import { metricName, metricOf, shortName } from "../metrics/catalogue.ts";
import type { ConstraintSetting } from "../project/configuration.ts";
import { checkpointName } from "../project/paths.ts";
import type { Problem } from "../project/problems.ts";
import type { JobProgress } from "../protocol/engine.ts";
import { type RunRecord, type TuneResult, valueIn } from "../protocol/records.ts";

export function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "n/a" : `${Math.round(value * 100)} %`;
}

export interface Headline {
  readonly metric: string;
  readonly before: number;
  readonly after: number;
  /** The set it was measured on: the held-out one where there is one. */
  readonly split: "test" | "validation";
}

/** What a run changed in the metric it was tuned for. */
export function headline(result: TuneResult): Headline {
  const { test } = result.after;
  const metric = result.objective;
  const split = test && result.before.test ? "test" : "validation";
  const before = (split === "test" ? result.before.test : null) ?? result.before.validation;
  const after = (split === "test" ? test : null) ?? result.after.validation;
  return { metric, before: valueIn(before, metric), after: valueIn(after, metric), split };
}

/** "worst class 28 % → 74 %" */
export function headlineText(result: TuneResult): string {
  const { metric, before, after } = headline(result);
  return `${shortName(metric)} ${percent(before)} → ${percent(after)}`;
}

/** "", or how many of the constraints hold. */
export function verdictText(result: TuneResult): string {
  const broken = result.constraints.filter((constraint) => !constraint.satisfied).length;
  if (result.constraints.length === 0) return "";
  if (broken === 0) return result.constraints.length === 1 ? "constraint holds" : "all constraints hold";
  if (result.constraints.length === 1) return "constraint not satisfied";
  return `${broken} of ${result.constraints.length} constraints not satisfied`;
}

/** "coverage of shirt ≥ 9.5 %" */
export function constraintText({ metric, classes, atLeast, atMost }: ConstraintSetting): string {
  const bounds = [
    atLeast === undefined ? "" : `≥ ${bound(atLeast)}`,
    atMost === undefined ? "" : `≤ ${bound(atMost)}`,
  ].filter((text) => text !== "");
  const scope = classes
    ? ` of ${classes.join(", ")}`
    : metricOf(metric).over === "class"
      ? " of every class"
      : "";
  return `${metricName(metric)}${scope} ${bounds.join(" and ")}`;
}

function bound(value: number): string {
  return `${Number((value * 100).toFixed(2))}\u00a0%`;
}

/** What a job is at: "worst class 70.2 %, step 60 of 3000". */
export function progressText({ phase, message, step, steps, reached }: JobProgress): string {
  if (phase === "tune") {
    const words = reached ? `${shortName(reached.objective)} ${(100 * reached.value).toFixed(1)} %` : message;
    return `${words}, step ${step} of ${steps}`;
  }
  return phase === "controls" ? `comparing with ${message}` : message;
}

/** "just now", "3 min ago", "2 h ago", "5 days ago" */
export function age(milliseconds: number, now: number): string {
  const minutes = Math.floor((now - milliseconds) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** "3 ms", "1.2 s", "2 min 5 s" */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const value = count / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** What the checkpoint of a run is called: "epoch_12". */
export function runCheckpoint(run: RunRecord): string {
  return run.checkpointName ?? checkpointName(run.checkpoint, null);
}

/** "Line 15: Unknown key ..." for those who see which file it is about; null while a configuration can be used. */
export function problemText({
  error,
  problems,
}: {
  readonly error: string | null;
  readonly problems: readonly Pick<Problem, "line" | "message">[];
}): string | null {
  const [first, ...others] = problems;
  if (!first) return error;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `Line ${first.line}: ${first.message}${more}`;
}

/** The message of an error, whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
