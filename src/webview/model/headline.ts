/** What a newcomer should read first: what got better, what got worse, why, how sure that is, and what a simple fix would have done. Pure. */

import { metricName } from "../../metrics/catalogue.ts";
import { valueName } from "../../metrics/valueName.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { type ControlRecord, changeIn, type TuneResult, valueIn } from "../../protocol/records.ts";
import {
  changeWithInterval,
  fromTo,
  listed,
  named,
  percent,
  points,
  range,
  share,
} from "../shared/numbers.ts";
import { type BucketChange, type Comparison, changeOf, compare, type Split } from "./comparison.ts";
import { capital } from "./metrics.ts";
import { mistakesBehind } from "./mistakes.ts";

/** An answer, under the question that it answers in a word or two. */
export interface Answer {
  readonly lead: string;
  readonly text: string;
}

export interface Headline {
  /** One claim. */
  readonly claim: string;
  /** What the words of the claim mean, and what was done. */
  readonly meaning: string;
  readonly answers: readonly Answer[];
  /** What to be careful about. */
  readonly cautions: readonly string[];
}

const evident = 0.005;
const moversNamed = 4;

function worst(comparison: Comparison, when: "before" | "after"): BucketChange | null {
  return comparison.buckets.reduce<BucketChange | null>((lowest, bucket) => {
    const value = bucket[when];
    if (value === null) return lowest;
    return lowest === null || value < (lowest[when] ?? 1) ? bucket : lowest;
  }, null);
}

function where({ run }: RunSnapshot, { live, split }: Comparison): string {
  if (!live) return `on ${split}`;
  return run.state === "running" ? "on validation so far" : "on validation when the run ended early";
}

function claim(snapshot: RunSnapshot, comparison: Comparison): string {
  const bucket = worst(comparison, "before");
  if (bucket === null) return "No class has a sample to judge it by.";
  const kind = comparison.grouped ? "Worst class and group" : "Worst class";
  return `${kind}: ${named(bucket.name)}, recall ${fromTo(bucket.before, bucket.after)} ${where(snapshot, comparison)}.`;
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

/** Those that moved one way, the furthest first; the first with its interval, and whether chance could have moved it. */
function movers(comparison: Comparison, way: 1 | -1): string {
  const moved = comparison.buckets
    .filter((bucket) => way * (changeOf(bucket) ?? 0) > evident)
    .toSorted((a, b) => way * ((changeOf(b) ?? 0) - (changeOf(a) ?? 0)));
  const first = moved[0];
  if (first === undefined) return `No class ${way > 0 ? "gained" : "lost"} recall.`;
  const change = changeOf(first);
  const unit = points(change, 0).endsWith("1") && Math.abs(change ?? 0) < 0.015 ? "point" : "points";
  const interval = first.changeInterval;
  const sure = interval === null ? "" : ` (${points(interval.low, 0)} to ${points(interval.high, 0)})`;
  const chance = interval !== null && interval.low <= 0 && interval.high >= 0 ? ", which may be chance" : "";
  const others = moved.slice(1).map((bucket) => `${named(bucket.name)} ${points(changeOf(bucket), 0)}`);
  const rest = others.length === 0 ? "" : `; ${listed(others, moversNamed)}`;
  return `${named(first.name)} ${points(change, 0)} ${unit}${sure}${chance}${rest}.`;
}

function metricSentence(comparison: Comparison, metric: string): string | null {
  const entry = changeIn(comparison.metrics, metric);
  if (entry === undefined) return null;
  const { before, after, change } = entry;
  const chance = change.low <= 0 && change.high >= 0 ? " That may be chance." : "";
  return `${capital(metricName(metric))} ${fromTo(before.value, after.value, 1)} (${changeWithInterval(change)}).${chance}`;
}

/** Mean recall, and the objective where the claim is not about it already. */
function overall(comparison: Comparison, objective: string): string | null {
  const metrics = new Set([objective, "meanRecall"]);
  metrics.delete("minRecall");
  const sentences = [...metrics].map((metric) => metricSentence(comparison, metric));
  return sentences.filter((sentence) => sentence !== null).join(" ") || null;
}

/** The best of the controls that need no training, by the run's objective. */
export function bestTrainingFree(result: TuneResult, split: Split): ControlRecord | null {
  const value = (control: ControlRecord) =>
    valueIn(control.evaluation[split] ?? control.evaluation.validation, result.objective);
  return result.controls
    .filter((control) => control.trainingFree)
    .reduce<ControlRecord | null>(
      (best, each) => (best === null || value(each) > value(best) ? each : best),
      null,
    );
}

function simplerFix(result: TuneResult, split: Split): string | null {
  const control = bestTrainingFree(result, split);
  if (control === null) return null;
  const value = valueIn(control.evaluation[split] ?? control.evaluation.validation, result.objective);
  const ours = valueIn(result.after[split] ?? result.after.validation, result.objective);
  const metric = metricName(result.objective);
  const name = capital(control.name);
  if (value >= ours) {
    return `${name} alone reaches ${percent(value, 1)} ${metric}: no training is needed for that here.`;
  }
  const interval = changeIn(result.changes[split], result.objective)?.after;
  const close =
    interval !== undefined && value >= interval.low
      ? `, within the interval of this run's ${percent(ours, 1)} (${range(interval.low, interval.high, 1)})`
      : `, against ${percent(ours, 1)} of this run`;
  const limit = control.satisfied ? "" : ", and would break a constraint";
  return `${name} alone, without any training, reaches ${percent(value, 1)} ${metric}${close}${limit}.`;
}

function constraintsKept({ constraints }: TuneResult): string | null {
  if (constraints.length === 0 || constraints.some((verdict) => !verdict.satisfied)) return null;
  return constraints.length === 1
    ? "The constraint holds on validation."
    : `All ${constraints.length} constraints hold on validation.`;
}

function constraintsBroken({ constraints }: TuneResult): string[] {
  const broken = constraints.filter((verdict) => !verdict.satisfied);
  if (broken.length === 0) return [];
  const each = broken.map(
    (verdict) =>
      `${valueName(verdict)} is ${verdict.value === null ? "not judged" : share(verdict.value)}, wanted ${verdict.kind === "atLeast" ? "at least" : "at most"} ${share(verdict.bound)}`,
  );
  return [`Not satisfied: ${listed(each)}.`];
}

/** The headline of a run; null before its first cycle. */
export function headline(snapshot: RunSnapshot, split: Split): Headline | null {
  const comparison = compare(snapshot, split);
  if (comparison === null) return null;
  const { result, run } = snapshot;
  const answers = [
    { lead: "Better", text: movers(comparison, 1) },
    { lead: "Worse", text: movers(comparison, -1) },
    { lead: "Why", text: mistakesBehind(snapshot, comparison) },
    { lead: "Now worst", text: newWorst(comparison) },
    { lead: "Overall", text: overall(comparison, run.objective) },
    { lead: "Simpler fix", text: result && simplerFix(result, comparison.split) },
    { lead: "Constraints", text: result && constraintsKept(result) },
  ];
  return {
    claim: claim(snapshot, comparison),
    meaning: meaning(snapshot),
    answers: answers.flatMap(({ lead, text }) => (text === null ? [] : [{ lead, text }])),
    cautions: result === null ? [] : [...constraintsBroken(result), ...result.warnings],
  };
}
