/** The few sentences a newcomer should read first: what got better, what it cost, how sure that is, and what a simple fix would have done. Pure. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { ControlRecord, ScalarMetric, TuneResult } from "../../protocol/records.ts";
import { changeWithInterval, fromTo, listed, percent, points, range } from "../shared/numbers.ts";
import { type BucketChange, type Comparison, changeOf, compare, type Split } from "./comparison.ts";
import { capital, metricNames } from "./metrics.ts";

export interface Headline {
  /** One claim. */
  readonly claim: string;
  /** What belongs to it, a sentence each. */
  readonly details: readonly string[];
  /** What to be careful about. */
  readonly cautions: readonly string[];
}

const evident = 0.005;

function worst(comparison: Comparison, when: "before" | "after"): BucketChange | null {
  return comparison.buckets.reduce<BucketChange | null>((lowest, bucket) => {
    const value = bucket[when];
    if (value === null) return lowest;
    return lowest === null || value < (lowest[when] ?? 1) ? bucket : lowest;
  }, null);
}

function claim(comparison: Comparison): string {
  const { split, live, grouped } = comparison;
  const bucket = worst(comparison, "before");
  if (bucket === null) return "No class has a sample to judge it by.";
  const kind = grouped ? "Worst class and group" : "Worst class";
  const interval = bucket.afterInterval;
  const sure = interval === null ? "" : ` (95${"\u202f"}% interval ${range(interval.low, interval.high)})`;
  const where = live ? "on validation so far" : `on ${split}`;
  return `${kind}: ${bucket.name} ${fromTo(bucket.before, bucket.after)} ${where}${sure}.`;
}

function newWorst(comparison: Comparison): string | null {
  const before = worst(comparison, "before");
  const after = worst(comparison, "after");
  if (before === null || after === null || before.index === after.index) return null;
  return `The worst is now ${after.name} at ${percent(after.after)}.`;
}

/** Which classes lost, and whether that is more than chance. */
function cost(comparison: Comparison): string {
  const losses = comparison.buckets
    .filter((bucket) => (changeOf(bucket) ?? 0) < -evident)
    .toSorted((a, b) => (changeOf(a) ?? 0) - (changeOf(b) ?? 0));
  const first = losses[0];
  if (first === undefined) return "No class lost recall.";
  const lost = Math.max(1, Math.round(-100 * (changeOf(first) ?? 0)));
  const interval = first.changeInterval;
  const sure = interval === null ? "" : ` (${points(interval.low, 0)} to ${points(interval.high, 0)})`;
  const chance = interval !== null && interval.high >= 0 ? ", which may be chance" : "";
  const others = losses.slice(1).map((bucket) => `${bucket.name} ${points(changeOf(bucket), 0)}`);
  const rest = others.length === 0 ? "" : ` Also down: ${listed(others)}.`;
  return `It cost ${first.name} ${lost} ${lost === 1 ? "point" : "points"}${sure}${chance}.${rest}`;
}

function metricSentence(comparison: Comparison, metric: ScalarMetric): string | null {
  const entry = comparison.metrics?.[metric];
  if (entry === undefined) return null;
  const { before, after, change } = entry;
  const chance = change.low <= 0 && change.high >= 0 ? " That may be chance." : "";
  return `${capital(metricNames[metric])} ${fromTo(before.value, after.value, 1)} (${changeWithInterval(change)}).${chance}`;
}

/** The best of the controls that need no training, by the run's objective. */
export function bestTrainingFree(result: TuneResult, split: Split): ControlRecord | null {
  const value = (control: ControlRecord) =>
    (control.evaluation[split] ?? control.evaluation.validation)[result.objective];
  return result.controls
    .filter((control) => control.trainingFree)
    .reduce<ControlRecord | null>(
      (best, each) => (best === null || value(each) > value(best) ? each : best),
      null,
    );
}

function simpleFix(result: TuneResult, split: Split): string | null {
  const control = bestTrainingFree(result, split);
  if (control === null) return null;
  const value = (control.evaluation[split] ?? control.evaluation.validation)[result.objective];
  const ours = (result.after[split] ?? result.after.validation)[result.objective];
  const metric = metricNames[result.objective];
  const name = capital(control.name);
  if (value >= ours) {
    return `${name} alone reaches ${percent(value, 1)} ${metric}: no training is needed for that here.`;
  }
  const ourLow = result.changes[split]?.[result.objective].after.low ?? 1;
  const close = value >= ourLow ? ", which is within this run's interval" : "";
  const limit = control.satisfied ? "" : ", and would break a constraint";
  return `${name} alone would have reached ${percent(value, 1)} ${metric}${close}${limit}.`;
}

function constraints(result: TuneResult): { details: string[]; cautions: string[] } {
  if (result.constraints.length === 0) return { details: [], cautions: [] };
  const broken = result.constraints.filter((verdict) => !verdict.satisfied);
  if (broken.length === 0) {
    return {
      details: [
        result.constraints.length === 1
          ? "The constraint holds on validation."
          : `All ${result.constraints.length} constraints hold on validation.`,
      ],
      cautions: [],
    };
  }
  const named = broken.map(
    (verdict) =>
      `${verdict.metric} is ${percent(verdict.value, 1)}, wanted ${verdict.kind === "atLeast" ? "at least" : "at most"} ${percent(verdict.bound, 1)}`,
  );
  return { details: [], cautions: [`Not satisfied: ${listed(named)}.`] };
}

/** The headline of a run; null before its first cycle. */
export function headline(snapshot: RunSnapshot, split: Split): Headline | null {
  const comparison = compare(snapshot, split);
  if (comparison === null) return null;
  const { result } = snapshot;
  const metrics: ScalarMetric[] = [...new Set<ScalarMetric>([snapshot.run.objective, "meanRecall"])].filter(
    (metric) => metric !== "minRecall",
  );
  const verdicts = result === null ? { details: [], cautions: [] } : constraints(result);
  const details = [
    newWorst(comparison),
    cost(comparison),
    ...metrics.map((metric) => metricSentence(comparison, metric)),
    result === null ? null : simpleFix(result, comparison.split),
    ...verdicts.details,
  ];
  return {
    claim: claim(comparison),
    details: details.filter((sentence) => sentence !== null),
    cautions: [...verdicts.cautions, ...(result?.warnings ?? [])],
  };
}
