/** Constraints and their verdicts in words. A bound holds, is missed, or is not judged; with a level asked for, it is proved or not. */
import {
  type ConstraintId,
  type Limit,
  metricName,
  metricOf,
  readLimit,
  shortName,
} from "../metrics/catalogue.ts";
import type { ConstraintVerdict, Judgement, ProofRecord, VerdictStatus } from "../protocol/records.ts";
import { sizeText } from "./metricValues.ts";
import { listed, named } from "./names.ts";
import { count, counted, exact, pointRange, points, range, share } from "./numbers.ts";
import { evidenceText, neededText, provedText } from "./proof.ts";
import type { Split } from "./sets.ts";

const statusWords: Readonly<Record<VerdictStatus, string>> = {
  proved: "proved",
  holds: "holds",
  notProved: "holds, not proved",
  missed: "missed",
  notJudged: "not judged",
  notProvable: "not provable",
};

interface Bound {
  readonly kind: "atLeast" | "atMost";
  readonly bound: number;
  /** Whether it bounds the change from the checkpoint, and so do the values that are held against it. */
  readonly relative?: true | undefined;
}

/** "9.6 %", or of a change "−1.2 points". */
export function boundedText({ relative }: Pick<Bound, "relative">, value: number): string {
  return relative ? `${points(value)} points` : share(value);
}

/** "9.1 to 9.9 %", or of a change "−2.3 to +0.2 points". */
export function boundedRange(
  { relative }: Pick<Bound, "relative">,
  ends: { readonly low: number; readonly high: number },
): string {
  return relative ? `${pointRange(ends)} points` : range(ends.low, ends.high, 1);
}

/** "≥ 9.5 %", or "at least 9.5 %" where there is room; of a change "≥ before − 2 points". */
export function boundText({ kind, bound, relative }: Bound, room: "narrow" | "wide" = "narrow"): string {
  const signs = room === "wide" ? { atLeast: "at least", atMost: "at most" } : { atLeast: "≥", atMost: "≤" };
  if (!relative) return `${signs[kind]} ${exact(bound)}`;
  if (bound === 0) return `${signs[kind]} before`;
  const size = Number((100 * Math.abs(bound)).toFixed(4));
  return `${signs[kind]} before ${bound < 0 ? "−" : "+"} ${size} ${size === 1 ? "point" : "points"}`;
}

/** "coverage ≥ 9.5 %, recall difference ≤ 5 %"; empty without bounds. */
export function boundsText(constraints: readonly (Bound & { readonly metric: string })[]): string {
  return constraints.map((one) => `${shortName(one.metric)} ${boundText(one)}`).join(", ");
}

/** What room for chance costs of the objective; null where it is next to nothing. @param told the price as it is told: a cost in its unit */
export function marginPriceText(objective: string, price: number, told = price): string | null {
  if (price < 0.001) return null;
  const cost = `${sizeText(objective, told)} of ${metricName(objective)}`;
  return `Leaving room for chance inside the bounds costs about ${cost} on validation, going by offsets alone; "margin": 0 leaves none.`;
}

interface Setting {
  readonly metric: ConstraintId;
  readonly attribute?: string | readonly string[] | undefined;
  readonly classes?: readonly (string | number)[] | undefined;
  readonly atLeast?: Limit | undefined;
  readonly atMost?: Limit | undefined;
}

/** A constraint as it is set: "coverage of every class ≥ 9.5 %". */
export function constraintText({ metric, attribute, classes, ...bounds }: Setting): string {
  const told = (["atLeast", "atMost"] as const).flatMap((kind) => {
    const limit = bounds[kind];
    return limit === undefined ? [] : [boundText({ kind, ...readLimit(limit) })];
  });
  const scope = classes
    ? ` of ${classes.map((name) => named(String(name))).join(", ")}`
    : metricOf(metric).over === "class"
      ? " of every class"
      : "";
  const names = attribute === undefined ? [] : [attribute].flat().map(named);
  const by = names.length === 0 ? "" : ` by ${listed(names, names.length)}`;
  return `${metricName(metric)}${scope}${by} ${told.join(" and ")}`;
}

interface About {
  readonly metric: string;
  readonly part: string;
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

/** What a value of a metric is about: "coverage of shirt", "equalized odds (recall difference) of eel, outdoors against indoors". */
export function valueName({ metric, part, classes, groups }: About): string {
  const name = part === metric ? shortName(metric) : `${shortName(metric)} (${shortName(part)})`;
  const who = classes.length === 0 ? "" : ` of ${classes.map(named).join(", ")}`;
  const [group, ...others] = groups.map(named);
  if (group === undefined) return `${name}${who}`;
  return `${name}${who}${others.length === 0 ? ` in ${group}` : `, ${[group, ...others].join(" against ")}`}`;
}

/** ✓, ✗ or ○ and its word; also for a bound that no run has measured yet. */
export function statusMark(status: VerdictStatus | null): { mark: "✓" | "✗" | "○"; word: string } {
  if (status === null) return { mark: "○", word: "not measured yet" };
  const mark = status === "holds" || status === "proved" ? "✓" : status === "missed" ? "✗" : "○";
  return { mark, word: statusWords[status] };
}

/** Whether the values of validation, and of test, keep every bound, sure or not. */
export function allKept(verdicts: readonly ConstraintVerdict[]): boolean {
  const keeps = ({ status, value }: Pick<Judgement, "status" | "value">) =>
    status !== "missed" && value !== null;
  return verdicts.every((verdict) => keeps(verdict) && (verdict.test === null || keeps(verdict.test)));
}

/** The same for a head of which only is known whether every bound is kept. */
export function heldMark(satisfied: boolean) {
  return statusMark(satisfied ? "holds" : "missed");
}

/** "missed, 9.1 % (8.8 to 9.4 %) on validation", "not judged on test, eel is never predicted". */
function standing(
  { value, low, high, status, reason }: Judgement,
  bound: Pick<Bound, "relative">,
  set: Split,
): string {
  const { word } = statusMark(status);
  const why = reason === null ? "" : `, ${reason.replace(/\.$/, "")}`;
  if (value === null) return `${word} on ${set}${why}`;
  const interval = low === null || high === null ? "" : ` (${boundedRange(bound, { low, high })})`;
  // What is proved, and what not, is said before it.
  const told =
    status === "proved" || status === "notProvable" ? "" : `${status === "notProved" ? "holds" : word}, `;
  return `${told}${boundedText(bound, value)}${interval} on ${set}${why}`;
}

/** More rows than this are not counted: the value lies on its bound. */
const mostRows = 1e6;

/**
 * Why rows that keep a bound are too few to say that it holds: "eel has 30 samples, by which recall may be 61.0 % elsewhere; about 90
 * are needed."
 */
export function shortageText(shortage: Shortage): string {
  const { metric, relative, name, present, limit, needed, isLeast } = shortage;
  const mayBe = relative
    ? `the change of ${shortName(metric)} may be ${boundedText({ relative }, limit)}`
    : `${shortName(metric)} may be ${share(limit)}`;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(needed)) - 1);
  const rows =
    needed > mostRows
      ? `more than ${count(mostRows)} are`
      : `${isLeast ? "at least" : "about"} ${count(Math.ceil(needed / unit) * unit)} are`;
  return `${name} has ${counted(present, "sample")}, by which ${mayBe} elsewhere; ${rows} needed.`;
}

/** "yes in C has 3 samples, fewer than the 10 of minimumSupport: it is shown and not judged." */
export function fewSamplesText(
  few: readonly { readonly name: string; readonly samples: number }[],
  minimum: number,
): string {
  const who = few.map(({ name, samples }) => `${name} has ${counted(samples, "sample")}`);
  return `${listed(who, 5)}, fewer than the ${minimum} of "minimumSupport": shown and not judged.`;
}

interface Shortage extends Pick<Bound, "relative"> {
  readonly metric: string;
  /** Whose samples they are, and how many. */
  readonly name: string;
  readonly present: number;
  /** What the value may be in the population. */
  readonly limit: number;
  readonly needed: number;
  /** Whether fewer would do for no value at all. */
  readonly isLeast: boolean;
}

/**
 * "coverage of shirt ≥ 9.5 %: holds, 9.6 % (9.2 to 9.9 %) on validation; coverage of coat missed, 9.0 % (8.6 to 9.4 %) on
 * test". The value of test is named where it is another.
 */
export function verdictSentence(verdict: ConstraintVerdict): string {
  const { metric, test } = verdict;
  const name = valueName(verdict);
  const claim = `${name} ${boundText(verdict)}: ${proofStanding(verdict)}${standing(verdict, verdict, "validation")}`;
  if (test === null) return claim;
  const other = valueName({ ...test, metric });
  return `${claim}; ${other === name ? "" : `${other} `}${standing(test, verdict, "test")}`;
}

/**
 * "proved at 95 % (62.0 % on 500 held-back rows, p = 0.003); ", "not proved at 95 % (...; about 340 more of yes would prove it with a
 * probability of 80 %); ", or why no rows like these could prove it; "" where no proof was asked for.
 */
function proofStanding({ status, proof, metric }: ConstraintVerdict): string {
  if (proof === undefined || status === "missed") return "";
  if (proof.reason !== null) return `not provable (${proof.reason.replace(/\.$/, "")}${withNeeded(proof)}); `;
  const isProved = status === "proved";
  const who = isProved ? "" : `${valueName({ ...proof, metric })} `;
  const level = isProved ? provedText(proof) : `not ${provedText(proof)}`;
  return `${level} (${who}${evidenceText(proof)}${withNeeded(proof)}); `;
}

function withNeeded(proof: ProofRecord): string {
  const needed = neededText(proof);
  return needed === "" ? "" : `; ${needed}`;
}

/** From worst to best. */
const byWorth: readonly VerdictStatus[] = [
  "missed",
  "notJudged",
  "notProvable",
  "notProved",
  "holds",
  "proved",
];

/** The worst of several; null of none. */
export function worstStatus(statuses: readonly VerdictStatus[]): VerdictStatus | null {
  return byWorth.find((status) => statuses.includes(status)) ?? null;
}

/** How a bound stands on every set that judges it: what a mark stands for, wherever there is but one for a bound. */
export function overallStatus({
  status,
  satisfied,
  test,
}: Pick<ConstraintVerdict, "status" | "satisfied" | "test">): VerdictStatus {
  // What validation has too few samples to say, test may prove.
  const own = satisfied && status === "notJudged" ? "holds" : status;
  // What is proved is not made less by holding on test.
  return (test && test.status !== "holds" && worstStatus([own, test.status])) || own;
}

/** Whether a bound is missed on test by more than chance may explain; without an interval nothing speaks for chance. */
export function isMissedBeyondChance({
  kind,
  bound,
  test,
}: Pick<ConstraintVerdict, "kind" | "bound" | "test">): boolean {
  if (test?.status !== "missed") return false;
  const { low, high } = test;
  if (low === null || high === null) return true;
  return kind === "atLeast" ? high < bound : low > bound;
}

/** What a bound may be called that nobody may rely on, the worst first. */
export const openStatuses = ["missed", "notJudged", "notProvable", "notProved"] as const;

/** "", "constraint holds", "all 2 constraints hold", or what is amiss: "1 missed, 1 not judged of 3 constraints". */
export function verdictsText(verdicts: readonly ConstraintVerdict[]): string {
  const [only, ...others] = verdicts;
  if (only === undefined) return "";
  if (others.length === 0) return `constraint ${statusMark(overallStatus(only)).word}`;
  const words = verdicts.every((verdict) => overallStatus(verdict) === "proved") ? "are proved" : "hold";
  if (allHold(verdicts)) return `all ${verdicts.length} constraints ${words}`;
  const counted = openStatuses.flatMap((status) => {
    const count = verdicts.filter((verdict) => overallStatus(verdict) === status).length;
    return count === 0 ? [] : [`${count} ${statusWords[status]}`];
  });
  return `${counted.join(", ")} of ${verdicts.length} constraints`;
}

/** Whether every bound is said to hold, on validation and on test where that judges it. */
export function allHold(
  verdicts: readonly Pick<ConstraintVerdict, "satisfied" | "status" | "test">[],
): boolean {
  return verdicts.every((verdict) => verdict.satisfied && isKept(overallStatus(verdict)));
}

/** Whether a bound may be relied on. */
export function isKept(status: VerdictStatus): boolean {
  return status === "holds" || status === "proved";
}

/** What a head that misses a bound is called in a table, a picture or a list of methods; "" where all hold. */
export function missedText(satisfied: boolean): string {
  return satisfied ? "" : "misses a constraint";
}
