/** What the line of a verdict says of bounds: which are missed, not judged, not proved, or kept. */
import type { ConstraintVerdict, VerdictRecord } from "../protocol/records.ts";
import {
  allHold,
  boundedRange,
  boundedText,
  boundText,
  isMissedBeyondChance,
  valueName,
} from "./constraints.ts";
import { evidenceText, neededText, provedText } from "./proof.ts";

export function isProved(constraints: readonly ConstraintVerdict[]): boolean {
  return constraints.every(({ status }) => status === "proved");
}

/** "misses recall of yes ≥ 50 % (39.4 % on validation)". */
export function missed(constraints: readonly ConstraintVerdict[]): string {
  const all = constraints.filter(({ status }) => status === "missed");
  const [first] = all;
  if (first === undefined) return "keeps what can be judged";
  const value = first.value === null ? "" : ` (${boundedText(first, first.value)} on validation)`;
  const others = all.length > 1 ? ` and ${all.length - 1} more` : "";
  return `misses ${valueName(first)} ${boundText(first)}${value}${others}`;
}

export function missedOnTest(constraints: readonly ConstraintVerdict[]): string {
  const first = constraints.find(isMissedBeyondChance);
  if (!first?.test) return "";
  const { low, high, value } = first.test;
  const interval = low === null || high === null ? "" : ` (${boundedRange(first, { low, high })})`;
  const told = value === null ? "n/a" : boundedText(first, value);
  return `${valueName({ ...first.test, metric: first.metric })} is ${told}${interval} on test, against a bound of ${boundText(first)}`;
}

export function notJudged(constraints: readonly ConstraintVerdict[]): string {
  const first = constraints.find(({ satisfied, test }) => !satisfied || test?.status === "notJudged");
  if (first === undefined) return "";
  const on = first.satisfied ? "test" : "validation";
  const reason = on === "validation" ? first.reason : (first.test?.reason ?? null);
  const value = on === "validation" && first.value !== null ? ` (${boundedText(first, first.value)})` : "";
  return `${valueName(on === "validation" ? first : { ...first, ...first.test })} ${boundText(first)} is not judged on ${on}${value}${reason === null ? "" : `, ${reason.replace(/\.$/, "")}`}`;
}

/** "recall of yes ≥ 60 % is not proved at 95 %: 64.0 % on 120 held-back rows, p = 0.21; about 300 more of yes would prove it". */
export function notProved(constraints: readonly ConstraintVerdict[]): string {
  const open = constraints.filter(({ satisfied, proof }) => !satisfied && proof !== undefined);
  const [first, ...others] = open;
  const untested = constraints.find(({ status, proof }) => status === "notProved" && proof === undefined);
  if (first === undefined && untested !== undefined)
    return `${valueName(untested)} ${boundText(untested)} holds on validation and was not put to the proof, which takes a tune under this bound`;
  if (first?.proof === undefined) return "";
  const { proof } = first;
  const why = proof.reason?.replace(/\.$/, "") ?? evidenceText(proof);
  const needed = neededText(proof);
  const more =
    others.length === 0 ? "" : `, and ${others.length} more ${others.length === 1 ? "is" : "are"} not`;
  return `${valueName({ ...first, ...proof })} ${boundText(first)} is not ${provedText(proof)} (${why}${needed === "" ? "" : `; ${needed}`})${more}`;
}

/** Bounds of a head that keeps them on validation; what test says otherwise is said. */
export function boundsText(
  { reason }: Pick<VerdictRecord, "reason">,
  constraints: readonly ConstraintVerdict[],
): string {
  if (constraints.length === 0 || reason === "missedOnTest") return "";
  const [first, ...others] = constraints.filter(({ test }) => test?.status === "missed");
  if (first?.test) {
    const value = first.test.value === null ? "" : `, ${boundedText(first, first.test.value)}`;
    return `${valueName({ ...first.test, metric: first.metric })} ${boundText(first)} is missed on test${value}${others.length > 0 ? `, and ${others.length} more ${others.length === 1 ? "is" : "are"}` : ""}, which chance may explain`;
  }
  if (reason === "notJudged" || reason === "notProved") return "";
  if (!allHold(constraints)) return missed(constraints);
  const onValidation = constraints.every(({ status }) => status === "holds" || status === "proved");
  if (isProved(constraints)) {
    const proof = constraints[0]?.proof;
    const told = proof === undefined ? "proved" : provedText(proof);
    return constraints.length === 1 ? `the bound is ${told}` : `all ${constraints.length} bounds are ${told}`;
  }
  const onTest = constraints.every(({ test }) => test !== null);
  // What validation has too few rows for, the whole interval on test keeps.
  const on = !onValidation ? "test" : onTest ? "validation and test" : "validation";
  return `${constraints.length === 1 ? "the bound holds" : `all ${constraints.length} bounds hold`} on ${on}`;
}
