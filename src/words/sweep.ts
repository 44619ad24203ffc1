/** A sweep in words: what its bounds are, how its points stand, and who pays for each. */
import { metricName } from "../metrics/catalogue.ts";
import type {
  SweepPoint,
  SweepRecord,
  SweepReference,
  SweptBound,
  SweptHead,
  SweptSet,
} from "../protocol/sweep.ts";
import { boundText, constraintText, isKept, overallStatus, statusMark, worstStatus } from "./constraints.ts";
import { rangeText, valueText } from "./metricValues.ts";
import { capital, listed, named } from "./names.ts";
import { points } from "./numbers.ts";
import type { Split } from "./sets.ts";
import { baselineName, methodName, type Tone } from "./verdict.ts";

/** "recall of every class", "accuracy". */
export function sweptName({ kind: _, ...about }: SweptBound): string {
  return constraintText(about).trimEnd();
}

/** "≥ 62.5 %" */
export function sweptBoundText({ kind }: Pick<SweptBound, "kind">, bound: number): string {
  return boundText({ kind, bound });
}

/** "epoch-10 · mean recall against recall of every class" */
export function sweepSubject({
  checkpointName,
  objective,
  swept,
}: Pick<SweepRecord, "checkpointName" | "objective" | "swept">): string {
  return `${checkpointName} · ${metricName(objective)} against ${sweptName(swept)}`;
}

/** "Point 5 of 20: recall of every class ≥ 62.5 %". @param at its place in the sweep, from 0 */
export function pointTitle(
  { bounds, swept }: Pick<SweepRecord, "bounds" | "swept">,
  { bound }: Pick<SweepPoint, "bound">,
  at: number,
): string {
  return `Point ${at + 1} of ${bounds.length}: ${sweptName(swept)} ${sweptBoundText(swept, bound)}`;
}

/** How a point stands: it keeps its bounds, nobody can say, or no head does. */
export type Region = "keeps" | "unsure" | "infeasible";

export function regionOf({ verdict, constraints }: Pick<SweepPoint, "verdict" | "constraints">): Region {
  if (verdict.reason === "nothingFeasible") return "infeasible";
  return constraints.every((one) => isKept(overallStatus(one))) ? "keeps" : "unsure";
}

export const regionNames: Readonly<Record<Region, string>> = {
  keeps: "keeps every bound",
  unsure: "not judged, not proved, or missed on test",
  infeasible: "no head found keeps the bound",
};

export const regionTones: Readonly<Record<Region, Tone>> = {
  keeps: "good",
  unsure: "open",
  infeasible: "bad",
};

/** Why of a point of a sweep nothing but its record is shown. */
export function bareText({ state, points }: Pick<SweepRecord, "state" | "points">): string {
  if (state === "running") return "What else there is to see of it comes when the sweep is done.";
  return points.some(({ kept }) => kept)
    ? "The sweep ended before more of it was kept."
    : "Its head is the checkpoint's own, so that no recall changes.";
}

/** The worst that is said of its bounds, on either set: "✓ holds", "○ not judged". */
export function standingOfPoint({ verdict, constraints }: Pick<SweepPoint, "verdict" | "constraints">): {
  readonly mark: string;
  readonly word: string;
} {
  const status = worstStatus(constraints.map(overallStatus));
  const { mark, word } = statusMark(status);
  return verdict.reason === "nothingFeasible" ? { mark, word: "none found" } : { mark, word };
}

/** "✓ Holds, by tuned bias" */
export function pointStanding(point: SweepPoint): string {
  const { mark, word } = standingOfPoint(point);
  return `${mark} ${capital(word)}, by ${whoseHead(point)}`;
}

/** Whose head it is: "tuned bias", "SelMix". */
export function whoseHead({
  baseline,
  method,
  kept,
}: Pick<SweepPoint, "baseline" | "method" | "kept">): string {
  if (baseline !== null) return baselineName(baseline);
  return kept ? methodName(method) : "the checkpoint";
}

/** What a reference is called in a legend. */
export function referenceName({ id }: Pick<SweepReference, "id">): string {
  return id === "checkpoint" ? "the checkpoint" : baselineName(id);
}

/** A class, or class in a group, whose recall changed. */
export interface Payer {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly change: number;
}

/** What was measured of a head on a set; on validation where there is no test. */
export function measuredOn(head: Pick<SweptHead, "validation" | "test">, set: Split): SweptSet {
  return head[set] ?? head.validation;
}

/** The set to tell a sweep's prices on. */
export function sweepSet({ references }: Pick<SweepRecord, "references">): Split {
  return references.every(({ test }) => test !== null) ? "test" : "validation";
}

/** Whose recall changed from the checkpoint's, who loses most first; of classes in groups those that have samples enough. */
export function payersOf(
  {
    references,
    buckets,
    support,
    minimumSupport,
  }: Pick<SweepRecord, "references" | "buckets" | "support" | "minimumSupport">,
  head: Pick<SweptHead, "validation" | "test">,
  set: Split,
): Payer[] {
  const checkpoint = references.find(({ id }) => id === "checkpoint");
  if (checkpoint === undefined) return [];
  const [was, is] = [measuredOn(checkpoint, set).recall, measuredOn(head, set).recall];
  return buckets
    .flatMap(({ name, group }, at): Payer[] => {
      const samples = (support[set] ?? support.validation)[at] ?? 0;
      if (group !== null && samples < minimumSupport) return [];
      const [before, after] = [was[at] ?? null, is[at] ?? null];
      return before === null || after === null ? [] : [{ name, before, after, change: after - before }];
    })
    .sort((a, b) => a.change - b.change);
}

/** "t-shirt −18.5, coat −3.0 and 2 more", in points; "nobody" where no recall fell. */
export function pricesText(payers: readonly Payer[], limit = 2): string {
  const losers = payers.filter(({ change }) => change < 0);
  if (losers.length === 0) return "nobody";
  return listed(
    losers.map(({ name, change }) => `${named(name)} ${points(change)}`),
    limit,
  );
}

/** "87.0 % (86.1 to 87.9 %)" */
export function withRange(
  { value, low, high }: { value: number | null; low: number | null; high: number | null },
  metric = "",
): string {
  if (value === null) return "n/a";
  const told = valueText(metric, value);
  return low === null || high === null ? told : `${told} (${rangeText(metric, { low, high })})`;
}

/** A point in a sentence, for whoever does not see it. */
export function pointText(sweep: SweepRecord, point: SweepPoint, number: number): string {
  const { swept, objective } = sweep;
  const set = sweepSet(sweep);
  const { objective: reached, bounded } = measuredOn(point, "validation");
  const test = point.test && `, ${withRange(point.test.objective, objective)} on test`;
  const { word } = standingOfPoint(point);
  return `Point ${number}, ${sweptName(swept)} ${sweptBoundText(swept, point.bound)}: ${word}; ${metricName(objective)} ${withRange(reached, objective)} on validation${test ?? ""}, the bounded value ${withRange(bounded)}; ${whoseHead(point)}. Who pays on ${set}: ${pricesText(payersOf(sweep, point, set), 3)}.`;
}

/** What a sweep came to, in a sentence. */
export function sweepText(sweep: SweepRecord): string {
  const { points: all, swept, objective } = sweep;
  const kept = all.filter((point) => regionOf(point) === "keeps");
  const [first, last] = [kept[0], kept.at(-1)];
  const name = sweptName(swept);
  if (first === undefined || last === undefined)
    return all.length === 0 ? "No point yet." : `No head is said to keep ${name} at any of these bounds.`;
  const [from, to] = [first, last].map(({ validation }) => valueText(objective, validation.objective.value));
  const infeasible = all.find((point) => regionOf(point) === "infeasible");
  const end =
    infeasible === undefined
      ? ""
      : ` No head was found that keeps ${name} ${sweptBoundText(swept, infeasible.bound)}.`;
  if (first === last)
    return `${capital(name)} ${sweptBoundText(swept, first.bound)} takes ${metricName(objective)} to ${from} on validation.${end}`;
  return `${capital(name)} from ${sweptBoundText(swept, first.bound)} to ${sweptBoundText(swept, last.bound)} takes ${metricName(objective)} from ${from} to ${to} on validation.${end}`;
}

/** What is to be known of values that were looked at together, a sentence each. */
export function cautionsOf({
  points: all,
  confidence,
  references,
}: Pick<SweepRecord, "points" | "confidence" | "references">): string[] {
  const isTested = sweepSet({ references }) === "test";
  const family = `Each "holds" is as sure as one tune's, at 90 %; of ${all.length} points, the strictest that holds is the likeliest to be wrong.`;
  const choose = isTested
    ? "Validation chose the heads, so its values are a little too kind: choose a point by validation, and let test judge the one that was chosen, for the best of many on test is lucky there."
    : "Validation chose the heads and there is no test set: its values are a little too kind, and nothing examines the point that is chosen.";
  const proofs =
    confidence === null
      ? []
      : [
          "Nothing is proved here: the rows that prove are not looked at. Put the bound of the point that you choose into selmix.json and tune; that tune proves it where the rows can.",
        ];
  return [choose, family, ...proofs];
}
