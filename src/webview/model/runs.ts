/** Two to six runs side by side. Pure. */
import { metricName, type ReportedId, reportedIds } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { compare } from "../../words/comparison.ts";
import { allHold } from "../../words/constraints.ts";
import { capital, listed, named, runCheckpoint } from "../../words/names.ts";
import { counted, percent, plain, range } from "../../words/numbers.ts";
import { changeIn, type Split, valueIn } from "../../words/sets.ts";
import { shortDecision } from "../../words/verdict.ts";
import type { Look } from "../pictures/legend.ts";
import { seriesLook } from "../pictures/looks.ts";
import { type Row, RowsPicture } from "../pictures/rows.ts";
import { ScatterPicture } from "../pictures/scatter.ts";
import type { Cell, Column, Table } from "../shared/picture.ts";

/** A run as it is told apart from the others. */
export interface NamedRun {
  readonly letter: string;
  readonly look: Look;
  readonly snapshot: RunSnapshot;
}

const show = (value: number) => percent(value, 1);

/** Gives the runs letters, in the order they came. */
export function nameRuns(snapshots: readonly RunSnapshot[]): NamedRun[] {
  return snapshots.map((snapshot, index) => {
    const letter = String.fromCharCode(65 + index);
    const name = `${letter}: ${runCheckpoint(snapshot.run)}, ${metricName(snapshot.run.objective)}, seed ${snapshot.run.seed}`;
    return { letter, look: seriesLook(index, name), snapshot };
  });
}

/** The column of a run in a table, with the mark that it has in pictures. */
export function runColumn({ letter, look }: NamedRun): Column {
  return { key: letter, label: letter, look: { paint: look.paint, shape: look.shape } };
}

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

/** Of those that keep their bounds the runs that reach the highest value; several where they are equal, none without a result. */
function bestRuns(all: readonly NamedRun[], metric: string, split: Split): NamedRun[] {
  const runs = feasibleRuns(all);
  const values = runs.map((run) => metricOf(run, metric, split) ?? Number.NEGATIVE_INFINITY);
  const top = Math.max(...values);
  return runs.filter((_, index) => Number.isFinite(top) && values[index] === top);
}

const letters = (runs: readonly NamedRun[]) =>
  listed(
    runs.map((run) => run.letter),
    runs.length,
  );

/** Which run is best at what, and whether the intervals can tell. */
export function runsHeadline(runs: readonly NamedRun[], split: Split): { claim: string; details: string[] } {
  const metric = runs.every((run) => run.snapshot.run.objective === runs[0]?.snapshot.run.objective)
    ? (runs[0]?.snapshot.run.objective ?? "minRecall")
    : "minRecall";
  const equal = bestRuns(runs, metric, split);
  const [best] = equal;
  if (best === undefined)
    return { claim: `None of the ${counted(runs.length, "run")} has a result on ${split} yet.`, details: [] };
  const top = changeIn(best.snapshot.result?.changes[split] ?? null, metric)?.after;
  const close = runs.filter((run) => {
    const other = changeIn(run.snapshot.result?.changes[split] ?? null, metric)?.after;
    return !equal.includes(run) && top !== undefined && other !== undefined && other.high >= top.low;
  });
  const interval = top === undefined ? "" : ` (${range(top.low, top.high, 1)})`;
  const details = [
    close.length === 0
      ? ""
      : `${equal.length > 1 ? "Their" : "Its"} interval overlaps with ${counted(close.length, "other run")} (${listed(
          close.map((run) => run.letter),
          6,
        )}): the order may be chance.`,
  ];
  const means = bestRuns(runs, "meanRecall", split);
  const [mean] = means;
  if (metric !== "meanRecall" && mean !== undefined) {
    details.push(`Best mean recall: ${letters(means)}, ${show(metricOf(mean, "meanRecall", split) ?? 0)}.`);
  }
  const verdicts = runs.flatMap(({ letter, snapshot }) => {
    const verdict = snapshot.result?.verdict;
    return verdict === undefined ? [] : [`${letter}, ${shortDecision(verdict)}`];
  });
  if (verdicts.length > 0) details.push(`Verdicts: ${verdicts.join("; ")}.`);
  const left = runs.filter((run) => !feasibleRuns(runs).includes(run));
  if (left.length > 0)
    details.push(
      `${capital(letters(left))} ${left.length === 1 ? "keeps" : "keep"} not every bound, and ${left.length === 1 ? "comes" : "come"} after those that do.`,
    );
  const reached = `${metricName(metric)} on ${split}: ${show(metricOf(best, metric, split) ?? 0)}${interval}`;
  return {
    claim:
      equal.length > 1
        ? `Runs ${letters(equal)} have the same best ${reached}.`
        : `Run ${best.letter} has the best ${reached}.`,
    details: details.filter((sentence) => sentence !== ""),
  };
}

/** "76 to 81 %", or the one value that all have. */
function rangeOf(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return percent(null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return percent(low) === percent(high) ? percent(low) : range(low, high);
}

/** Recall of each class in each run; classes are matched by name. */
export function runsRecallPicture(runs: readonly NamedRun[], split: Split): RowsPicture {
  const recalls = runs.map((run) => {
    const comparison = compare(run.snapshot, split);
    return new Map(comparison?.buckets.map((bucket) => [bucket.name, bucket.after]) ?? []);
  });
  const names = [...new Set(recalls.flatMap((recall) => [...recall.keys()]))];
  const rows = names.map((name) => ({ name, values: recalls.map((recall) => recall.get(name) ?? null) }));
  const lowest = (values: readonly (number | null)[]) =>
    values.reduce<number>((low, value) => Math.min(low, value ?? 1), 1);
  const spread = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length < 2
      ? 0
      : known.reduce((a, b) => Math.max(a, b)) - known.reduce((a, b) => Math.min(a, b));
  };
  rows.sort((a, b) => lowest(a.values) - lowest(b.values));
  const most = rows.reduce(
    (widest, row) => (spread(row.values) > spread(widest.values) ? row : widest),
    rows[0] ?? { values: [], name: "" },
  );
  const title = `Recall per class (${split})`;
  return new RowsPicture({
    title,
    fileStem: `compare-recall-${split}`,
    sentence:
      spread(most.values) === 0
        ? "The recalls of the runs are the same."
        : `The runs differ most at ${named(most.name)}: ${plain(100 * spread(most.values), 1)} points between the best and the worst.`,
    rows: rows.map(({ name, values }): Row => {
      const told = values.map((value, index) => `${runs[index]?.letter ?? ""} ${percent(value)}`);
      return {
        name,
        tag: "",
        cells: [values.map((value, series) => ({ series, value, low: null, high: null }))],
        bounds: [],
        text: told.join("  "),
        brief: rangeOf(values),
        paint: "foreground",
        reading: () => `${named(name)}: ${told.join(", ")}.`,
      };
    }),
    looks: runs.map((run) => run.look),
    columns: [""],
    low: 0,
    high: 1,
    show: (value) => percent(value),
    connect: "profile",
    intervals: false,
    table: () => ({
      caption: title,
      columns: [
        { key: "name", label: "Class" },
        ...runs.map((run) => ({ key: run.letter, label: run.look.label, show })),
      ],
      rows: rows.map(({ name, values }) => [name, ...values]),
    }),
  });
}

/** Headline metrics of all runs with their intervals. */
export function runsMetricsTable(runs: readonly NamedRun[], split: Split): Table {
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
        letters(bestRuns(runs, metric, split)),
      ]),
  };
}

/** Two metrics of the runs against each other; the checkpoints they started from are hollow. */
export function runsScatter(
  runs: readonly NamedRun[],
  x: ReportedId,
  y: ReportedId,
  split: Split,
): ScatterPicture {
  const title = `${capital(metricName(y))} against ${metricName(x)} (${split})`;
  const points = runs.flatMap(({ letter, look, snapshot }) => {
    const ends = [
      { evaluation: snapshot.result?.before[split] ?? null, when: "before", filled: false },
      { evaluation: snapshot.result?.after[split] ?? null, when: "after", filled: true },
    ];
    return ends.flatMap(({ evaluation, when, filled }) => {
      const [across, up] = [evaluation?.[x], evaluation?.[y]];
      if (across === undefined || up === undefined) return [];
      return [
        {
          x: across,
          y: up,
          look: { ...look, filled },
          label: filled ? letter : "",
          reading: `Run ${letter} ${when}: ${metricName(x)} ${show(across)}, ${metricName(y)} ${show(up)}.`,
          row: [letter, when, across, up],
        },
      ];
    });
  });
  return new ScatterPicture({
    title,
    fileStem: `compare-${x}-${y}`,
    sentence: "Hollow: the checkpoint; filled: the tuned head. Up and right is better.",
    points,
    xLabel: metricName(x),
    yLabel: metricName(y),
    showX: (value, digits) => percent(value, Math.max(0, digits - 2)),
    showY: (value, digits) => percent(value, Math.max(0, digits - 2)),
    zeroLines: false,
    robust: false,
    looks: runs.map((run) => run.look),
    table: () => ({
      caption: title,
      columns: [
        { key: "run", label: "Run" },
        { key: "when", label: "When" },
        { key: x, label: capital(metricName(x)), show },
        { key: y === x ? `${y} (y)` : y, label: capital(metricName(y)), show },
      ],
      rows: points.map((point) => point.row),
    }),
  });
}
