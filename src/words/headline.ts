/** What a newcomer should read first: what to do, what got better, what got worse, why, how sure that is, and what a simple fix would have done. */
import { metricName } from "../metrics/catalogue.ts";
import type { RunSnapshot } from "../protocol/panels.ts";
import type { TuneResult } from "../protocol/records.ts";
import { baselineSentence } from "./baselines.ts";
import { type BucketChange, type Comparison, changeOf, compare, worstOf } from "./comparison.ts";
import { allHold, verdictSentence, verdictsText } from "./constraints.ts";
import { changeWithRange, valuesText } from "./metricValues.ts";
import { mistakesBehind } from "./mistakes.ts";
import { capital, listed, named } from "./names.ts";
import { fromTo, mayBeChance, percent, pointRange, points } from "./numbers.ts";
import { changeIn, type Split } from "./sets.ts";
import { type Tone, toneOf, verdictLine } from "./verdict.ts";

/** An answer, under the question that it answers in a word or two. */
export interface Answer {
  readonly lead: string;
  readonly text: string;
}

export interface Headline {
  /** One claim. */
  readonly claim: string;
  /** How the claim is shown; null while there is no result. */
  readonly tone: Tone | null;
  /** What the words of the claim mean, and what was done. */
  readonly meaning: string;
  readonly answers: readonly Answer[];
  /** What to be careful about. */
  readonly cautions: readonly string[];
}

const evident = 0.005;
const moversNamed = 4;

const worst = ({ buckets }: Comparison, when: "before" | "after") => worstOf(buckets, when);

function where({ run }: RunSnapshot, { live, split }: Comparison): string {
  if (!live) return `on ${split}`;
  return run.state === "running" ? "on validation so far" : "on validation when the run ended early";
}

/** The class that was worst before. */
function worstThen(snapshot: RunSnapshot, comparison: Comparison): Answer {
  const lead = comparison.grouped ? "Worst class and group" : "Worst class";
  const bucket = worst(comparison, "before");
  if (bucket === null) return { lead, text: "none has a sample to judge it by." };
  const change = fromTo(bucket.before, bucket.after);
  return { lead, text: `${named(bucket.name)}, recall ${change} ${where(snapshot, comparison)}.` };
}

function meaning({ run }: RunSnapshot): string {
  const goal = run.objective === "minRecall" ? "the recall of the worst class" : metricName(run.objective);
  return `The recall of a class is the share of its samples that the model gets right. The run tunes the checkpoint for ${goal}.`;
}

function newWorst(comparison: Comparison): string | null {
  const before = worst(comparison, "before");
  const after = worst(comparison, "after");
  if (before === null || after === null || before.index === after.index) return null;
  return `${named(after.name)}, at ${percent(after.after)}.`;
}

/** The class within a group that was worst, the one that is, and the one that lost most, of those with samples enough; null without groups. */
function withinGroups({ cells: all }: Comparison, minimum: number): string | null {
  const cells = all.filter(({ samples }) => (samples ?? 0) >= minimum);
  if (all.length > 0 && cells.length === 0)
    return `No class has the ${minimum} samples in a group that it takes to be judged.`;
  const [before, after] = [worstOf(cells, "before"), worstOf(cells, "after")];
  if (before === null || after === null) return null;
  const now = after.index === before.index ? "" : `; now ${named(after.name)}, at ${percent(after.after)}`;
  const loser = cells.reduce((most, cell) => ((changeOf(cell) ?? 0) < (changeOf(most) ?? 0) ? cell : most));
  const change = changeOf(loser) ?? 0;
  const lost = change < -evident ? `; ${named(loser.name)} lost most, ${points(change, 0)} points` : "";
  return `Worst was ${named(before.name)}, ${fromTo(before.before, before.after)}${now}${lost}.`;
}

/** Those that moved one way, the furthest first; the first with its interval, and whether chance could have moved it. */
function movers(comparison: Comparison, way: 1 | -1): string {
  // What gained has to be sure; what lost is named as soon as it seems so.
  const isSure = ({ changeInterval }: BucketChange) =>
    way < 0 || comparison.live || (changeInterval !== null && changeInterval.low > 0);
  const moved = comparison.buckets
    .filter((bucket) => way * (changeOf(bucket) ?? 0) > evident && isSure(bucket))
    .toSorted((a, b) => way * ((changeOf(b) ?? 0) - (changeOf(a) ?? 0)));
  const first = moved[0];
  if (first === undefined) return way > 0 ? "No class for sure." : "No class lost recall.";
  const change = changeOf(first);
  const unit = points(change, 0).endsWith("1") && Math.abs(change ?? 0) < 0.015 ? "point" : "points";
  const interval = first.changeInterval;
  const sure = interval === null ? "" : ` (${pointRange(interval, 0)})`;
  const chance = interval !== null && mayBeChance(interval) ? ", which may be chance" : "";
  const others = moved.slice(1).map((bucket) => `${named(bucket.name)} ${points(changeOf(bucket), 0)}`);
  const rest = others.length === 0 ? "" : `; ${listed(others, moversNamed)}`;
  return `${named(first.name)} ${points(change, 0)} ${unit}${sure}${chance}${rest}.`;
}

function metricSentence(comparison: Comparison, metric: string): string | null {
  const entry = changeIn(comparison.metrics, metric);
  if (entry === undefined) return null;
  const { before, after, change } = entry;
  const chance = change.value !== 0 && mayBeChance(change) ? " That may be chance." : "";
  return `${capital(metricName(metric))} ${valuesText(metric, before.value, after.value, 1)} (${changeWithRange(metric, change)}).${chance}`;
}

/** Mean recall, and the objective where the claim is not about it already. */
function overall(comparison: Comparison, objective: string): string | null {
  const metrics = new Set([objective, "meanRecall"]);
  metrics.delete("minRecall");
  const sentences = [...metrics].map((metric) => metricSentence(comparison, metric));
  return sentences.filter((sentence) => sentence !== null).join(" ") || null;
}

function constraintsKept({ constraints }: TuneResult): string | null {
  if (constraints.length === 0 || !allHold(constraints)) return null;
  const sets = constraints.every(({ test }) => test !== null) ? "validation and test" : "validation";
  return `${capital(verdictsText(constraints))} on ${sets}.`;
}

/** A caution for each bound that does not hold. */
function constraintsMissed({ constraints }: TuneResult): string[] {
  return constraints
    .filter((verdict) => !allHold([verdict]))
    .map((verdict) => `${capital(verdictSentence(verdict))}.`);
}

/** The headline of a run; null before its first cycle. */
export function headline(snapshot: RunSnapshot, split: Split): Headline | null {
  const comparison = compare(snapshot, split);
  if (comparison === null) return null;
  const { result, run } = snapshot;
  const then = worstThen(snapshot, comparison);
  const answers = [
    { lead: then.lead, text: result === null ? null : then.text },
    { lead: "Better", text: movers(comparison, 1) },
    { lead: "Worse", text: movers(comparison, -1) },
    { lead: "Why", text: mistakesBehind(snapshot, comparison) },
    { lead: "Now worst", text: newWorst(comparison) },
    { lead: "In groups", text: withinGroups(comparison, result?.minimumSupport ?? 0) },
    { lead: "Overall", text: overall(comparison, run.objective) },
    { lead: "Baseline", text: result && baselineSentence(result, comparison.split) },
    { lead: "Constraints", text: result && constraintsKept(result) },
  ];
  return {
    claim: result === null ? `${then.lead}: ${then.text}` : verdictLine(result),
    tone: result && toneOf(result),
    meaning: meaning(snapshot),
    answers: answers.flatMap(({ lead, text }) => (text === null ? [] : [{ lead, text }])),
    cautions: result === null ? [] : [...constraintsMissed(result), ...result.warnings],
  };
}
