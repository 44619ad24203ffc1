/** Constraints and their verdicts in words. A bound holds, is missed, or is not judged; with a level asked for, it is proved or not. */
import type { ConstraintVerdict } from "../protocol/records.ts";
import { type ConstraintMetricName, constraintMetricNames, perClass } from "./metricNames.ts";
import { named } from "./names.ts";
import { exact, range, share } from "./numbers.ts";

export type Status = "proved" | "holds" | "missed" | "notJudged" | "notProvable";

const statusWords: Readonly<Record<Status, string>> = {
  proved: "proved",
  holds: "holds",
  missed: "missed",
  notJudged: "not judged",
  notProvable: "not provable",
};

interface Bound {
  readonly kind: "atLeast" | "atMost";
  readonly bound: number;
}

/** "≥ 9.5 %", or "at least 9.5 %" where there is room. */
export function boundText({ kind, bound }: Bound, room: "narrow" | "wide" = "narrow"): string {
  const signs = room === "wide" ? { atLeast: "at least", atMost: "at most" } : { atLeast: "≥", atMost: "≤" };
  return `${signs[kind]} ${exact(bound)}`;
}

interface Setting {
  readonly metric: ConstraintMetricName;
  readonly classes?: readonly (string | number)[] | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** A constraint as it is set: "coverage of every class ≥ 9.5 %". */
export function constraintText({ metric, classes, ...bounds }: Setting): string {
  const told = (["atLeast", "atMost"] as const).flatMap((kind) => {
    const bound = bounds[kind];
    return bound === undefined ? [] : [boundText({ kind, bound })];
  });
  const scope = classes
    ? ` of ${classes.map((name) => named(String(name))).join(", ")}`
    : perClass.has(metric)
      ? " of every class"
      : "";
  return `${constraintMetricNames[metric]}${scope} ${told.join(" and ")}`;
}

/** How a bound came out on validation, which decides. */
export function statusOf({ satisfied }: Pick<ConstraintVerdict, "satisfied">): Status {
  return satisfied ? "holds" : "missed";
}

/** ✓, ✗ or ○ and its word; also for a bound that no run has measured yet. */
export function statusMark(status: Status | null): { mark: "✓" | "✗" | "○"; word: string } {
  if (status === null) return { mark: "○", word: "not measured yet" };
  const mark = status === "holds" || status === "proved" ? "✓" : status === "missed" ? "✗" : "○";
  return { mark, word: statusWords[status] };
}

/** "coverage[shirt] ≥ 9.5 %: missed, 9.1 % on validation (8.8 to 9.4 %); on test 9.0 %". Narrow: without intervals and test. */
export function verdictSentence(verdict: ConstraintVerdict, room: "narrow" | "wide" = "wide"): string {
  const { metric, value, low, high, test } = verdict;
  const claim = `${named(metric)} ${boundText(verdict)}: ${statusMark(statusOf(verdict)).word}, ${share(value)} on validation`;
  if (room === "narrow") return claim;
  return `${claim} (${range(low, high, 1)})${test ? `; on test ${share(test.value)}` : ""}`;
}

/** "", or how many of the constraints hold. */
export function verdictsText(verdicts: readonly ConstraintVerdict[]): string {
  const missed = verdicts.filter((verdict) => statusOf(verdict) !== "holds").length;
  if (verdicts.length === 0) return "";
  if (verdicts.length === 1) return `constraint ${missed === 0 ? "holds" : "missed"}`;
  return missed === 0
    ? `all ${verdicts.length} constraints hold`
    : `${missed} of ${verdicts.length} constraints missed`;
}

/** Whether every bound holds. */
export function allHold(verdicts: readonly ConstraintVerdict[]): boolean {
  return verdicts.every(({ satisfied }) => satisfied);
}

/** What a head that misses a bound is called in a table, a picture or a list of methods; "" where all hold. */
export function missedText(satisfied: boolean): string {
  return satisfied ? "" : "misses a constraint";
}
