/** Two to six runs side by side. Pure. */

import { betterWay, metricName, reportedIds } from "../../metrics/catalogue.ts";
import type { Interval } from "../../protocol/records.ts";
import { allHold } from "../../words/constraints.ts";
import { rangeText, valueText } from "../../words/metricValues.ts";
import { capital, listed } from "../../words/names.ts";
import { counted, percent, range } from "../../words/numbers.ts";
import { changeIn, type Split, valueIn } from "../../words/sets.ts";
import { shortDecision } from "../../words/verdict.ts";
import type { Cell, Table } from "../shared/picture.ts";
import { type Likeness, likenessOf, whyUnlike } from "./alike.ts";
import { type NamedRun, runColumn } from "./namedRuns.ts";

const show = (value: number) => percent(value, 1);

/** A scalar metric of the head that a run's verdict is about; null without a result or without that set. */
export function metricOf(run: NamedRun, metric: string, split: Split): number | null {
  const evaluation = run.snapshot.result?.after[split];
  const value = evaluation ? valueIn(evaluation, metric) : Number.NaN;
  return Number.isNaN(value) ? null : value;
}

/** The runs whose head keeps every bound that was set; all of them where none does. */
function feasibleRuns(all: readonly NamedRun[]): readonly NamedRun[] {
  const keeping = all.filter(({ snapshot: { result } }) => result !== null && allHold(result.constraints));
  return keeping.length === 0 ? all : keeping;
}

/**
 * Of those that keep their bounds the runs that reach the best value; several where they are equal, none without a result, or
 * where they were measured on unlike things.
 */
function bestRuns(all: readonly NamedRun[], metric: string, split: Split, likeness: Likeness): NamedRun[] {
  if (whyUnlike(likeness, metric) !== null) return [];
  const runs = feasibleRuns(all);
  const values = runs.map((run) => {
    const value = metricOf(run, metric, split);
    return value === null ? Number.NEGATIVE_INFINITY : betterWay(metric) * value;
  });
  const top = Math.max(...values);
  return runs.filter((_, index) => Number.isFinite(top) && values[index] === top);
}

const letters = (runs: readonly NamedRun[]) =>
  listed(
    runs.map((run) => run.letter),
    runs.length,
  );

function isNear(one: Interval, other: Interval): boolean {
  return one.high >= other.low && one.low <= other.high;
}

/** Which run is best at what, and whether the intervals can tell. */
export function runsHeadline(runs: readonly NamedRun[], split: Split): { claim: string; details: string[] } {
  const metric = runs.every((run) => run.snapshot.run.objective === runs[0]?.snapshot.run.objective)
    ? (runs[0]?.snapshot.run.objective ?? "minRecall")
    : "minRecall";
  const likeness = likenessOf(runs, split);
  const equal = bestRuns(runs, metric, split, likeness);
  const [best] = equal;
  const why = whyUnlike(likeness, metric);
  if (why !== null) {
    const claim = `By ${metricName(metric)} on ${split} no run can be called the best: ${why}.`;
    return { claim, details: [...likeness.unlike, ...likeness.unlikeGroups, ...verdictsOf(runs)] };
  }
  if (best === undefined)
    return { claim: `None of the ${counted(runs.length, "run")} has a result on ${split} yet.`, details: [] };
  const top = changeIn(best.snapshot.result?.changes[split] ?? null, metric)?.after;
  const close = runs.filter((run) => {
    const other = changeIn(run.snapshot.result?.changes[split] ?? null, metric)?.after;
    return !equal.includes(run) && top !== undefined && other !== undefined && isNear(other, top);
  });
  const interval = top === undefined ? "" : ` (${rangeText(metric, top)})`;
  const details = [
    close.length === 0
      ? ""
      : `${equal.length > 1 ? "Their" : "Its"} interval overlaps with ${counted(close.length, "other run")} (${listed(
          close.map((run) => run.letter),
          6,
        )}): the order may be chance.`,
  ];
  const means = bestRuns(runs, "meanRecall", split, likeness);
  const [mean] = means;
  if (metric !== "meanRecall" && mean !== undefined) {
    details.push(`Best mean recall: ${letters(means)}, ${show(metricOf(mean, "meanRecall", split) ?? 0)}.`);
  }
  details.push(...likeness.unlikeGroups, ...verdictsOf(runs));
  const left = runs.filter((run) => !feasibleRuns(runs).includes(run));
  if (left.length > 0)
    details.push(
      `${capital(letters(left))} ${left.length === 1 ? "keeps" : "keep"} not every bound, and ${left.length === 1 ? "comes" : "come"} after those that do.`,
    );
  const value = valueText(metric, metricOf(best, metric, split));
  const reached = `${metricName(metric)} on ${split}: ${value}${interval}`;
  return {
    claim:
      equal.length > 1
        ? `Runs ${letters(equal)} have the same best ${reached}.`
        : `Run ${best.letter} has the best ${reached}.`,
    details: details.filter((sentence) => sentence !== ""),
  };
}

/** What each run came to, in a sentence; none where no run says it. */
function verdictsOf(runs: readonly NamedRun[]): string[] {
  const verdicts = runs.flatMap(({ letter, snapshot }) => {
    const verdict = snapshot.result?.verdict;
    return verdict === undefined ? [] : [`${letter}, ${shortDecision(verdict)}`];
  });
  return verdicts.length === 0 ? [] : [`Verdicts: ${verdicts.join("; ")}.`];
}

/** Headline metrics of all runs with their intervals. */
export function runsMetricsTable(runs: readonly NamedRun[], split: Split): Table {
  const likeness = likenessOf(runs, split);
  return {
    caption: `Headline metrics of the head that each run came to (${split})`,
    columns: [{ key: "metric", label: "Metric" }, ...runs.map(runColumn), { key: "best", label: "Best" }],
    rows: reportedIds
      .filter((metric) => runs.some((run) => metricOf(run, metric, split) !== null))
      .map((metric) => [
        capital(metricName(metric)),
        ...runs.map((run): Cell => {
          const after = changeIn(run.snapshot.result?.changes[split] ?? null, metric)?.after;
          const value = metricOf(run, metric, split);
          if (value === null) return "no result";
          return after === undefined ? show(value) : `${show(value)} (${range(after.low, after.high, 1)})`;
        }),
        whyUnlike(likeness, metric) === null
          ? letters(bestRuns(runs, metric, split, likeness))
          : "not comparable",
      ]),
  };
}
