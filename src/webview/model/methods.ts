/** Headline metrics with intervals, and the controls beside SelMix, as they came out. Pure. */
import { betterWay, isMetricId, metricName, reportedIds } from "../../metrics/catalogue.ts";
import { isCost } from "../../metrics/composed.ts";
import type { EvaluationRecord, Interval, MetricChange, TuneResult } from "../../protocol/records.ts";
import { baselineSentence, baselinesOn } from "../../words/baselines.ts";
import type { Comparison } from "../../words/comparison.ts";
import { allKept, heldMark, missedText } from "../../words/constraints.ts";
import { valueText } from "../../words/metricValues.ts";
import { capital, listed } from "../../words/names.ts";
import {
  changeWithInterval,
  percent,
  pointRange,
  points,
  range,
  share as show,
} from "../../words/numbers.ts";
import { changeIn, evaluationOn, type Split, valueIn } from "../../words/sets.ts";
import { afterLook, beforeLook } from "../pictures/looks.ts";
import { type Row, RowsPicture } from "../pictures/rows.ts";
import type { Paint } from "../shared/palette.ts";

/** Colour says better or worse only where chance alone does not explain the change. */
function paintOf({ low, high }: Interval): Paint {
  return low > 0 ? "better" : high < 0 ? "worse" : "muted";
}

/** Whether a metric can be drawn beside shares: not a cost, nor a weighted sum that is beyond them. */
function isOnScale(metric: string, { before, after }: MetricChange): boolean {
  const isShare = ({ low, high }: Interval) => low >= 0 && high <= 1;
  return !isCost(metric) && isShare(before) && isShare(after);
}

/** Scalar metrics before and after, with 95 % intervals; null without a result. */
export function metricsPicture(comparison: Comparison, objective: string): RowsPicture | null {
  const { metrics, split } = comparison;
  if (metrics === null) return null;
  const listedFirst = [objective, ...reportedIds.filter((metric) => metric !== objective)];
  const entries = listedFirst.flatMap((metric) => {
    const entry = changeIn(metrics, metric);
    return entry === undefined || !isOnScale(metric, entry) ? [] : [{ metric, ...entry }];
  });
  const sure = entries.filter(({ change }) => change.low > 0);
  const title = `Headline metrics (${split})`;
  const reading = (entry: (typeof entries)[number]) =>
    `${capital(metricName(entry.metric))}: ${show(entry.before.value)} (${range(entry.before.low, entry.before.high, 1)}) → ${show(entry.after.value)} (${range(entry.after.low, entry.after.high, 1)}); ${changeWithInterval(entry.change)}.`;
  return new RowsPicture({
    title,
    fileStem: `metrics-${split}`,
    sentence: `Better beyond chance: ${
      sure.length === 0
        ? "none"
        : listed(
            sure.map(({ metric }) => metricName(metric)),
            4,
          )
    }. Intervals are 95 % intervals, those of changes from the same samples before and after.`,
    rows: entries.map(
      (entry): Row => ({
        name: capital(metricName(entry.metric)),
        tag: entry.metric === objective ? "objective" : "",
        cells: [
          [
            { series: 0, ...entry.before },
            { series: 1, ...entry.after, change: paintOf(entry.change) },
          ],
        ],
        bounds: [],
        text: `${show(entry.before.value)} → ${show(entry.after.value)}  ${points(entry.change.value)} (${pointRange(entry.change)})`,
        brief: `${show(entry.before.value)} → ${show(entry.after.value)}`,
        paint: paintOf(entry.change),
        reading: () => reading(entry),
      }),
    ),
    looks: [beforeLook, afterLook],
    columns: [""],
    low: 0,
    high: 1,
    show: (value) => percent(value),
    connect: "none",
    intervals: true,
    table: () => ({
      caption: title,
      columns: [
        { key: "metric", label: "Metric" },
        ...(["before", "beforeLow", "beforeHigh", "after", "afterLow", "afterHigh"] as const).map((key) => ({
          key,
          label: capital(key.replace(/(Low|High)/, (end) => `, ${end.toLowerCase()}`)),
          show,
        })),
        ...(["change", "changeLow", "changeHigh"] as const).map((key) => ({
          key,
          label: capital(key.replace(/(Low|High)/, (end) => `, ${end.toLowerCase()}`)),
          show: (value: number) => points(value),
        })),
      ],
      rows: entries.map(({ metric, before, after, change }) => [
        metricName(metric),
        ...[before, after, change].flatMap(({ value, low, high }) => [value, low, high]),
      ]),
    }),
  });
}

interface Method {
  readonly name: string;
  readonly description: string;
  readonly evaluation: EvaluationRecord;
  readonly satisfied: boolean;
  readonly trainingFree: boolean;
  readonly series: number;
  readonly seconds: number | null;
}

/** The checkpoint, SelMix and every control, best first by a metric. */
export function methods(result: TuneResult, split: Split, metric: string): Method[] {
  const all: Method[] = [
    {
      name: "the checkpoint",
      description: "As it was before.",
      evaluation: evaluationOn(result.before, split),
      satisfied: result.beforeSatisfied ?? true,
      trainingFree: true,
      series: 0,
      seconds: null,
    },
    ...trainedHead(result, split),
    ...baselinesOn(result.controls, split).map((control) => ({ ...control, series: 2 })),
  ];
  const value = ({ evaluation }: Method) => betterWay(metric) * valueIn(evaluation, metric);
  return all.toSorted((a, b) => value(b) - value(a));
}

/** What training came to; nothing where it found none better than the checkpoint and the baselines. */
function trainedHead({ trained, after, constraints, seconds }: TuneResult, split: Split): Method[] {
  if (trained === null) return [];
  // Runs of 0.1.0 were about nothing else.
  const { evaluation, satisfied } = trained ?? { evaluation: after, satisfied: allKept(constraints) };
  return [
    {
      name: "SelMix",
      description: "This run.",
      evaluation: evaluationOn(evaluation, split),
      satisfied,
      trainingFree: false,
      series: 1,
      seconds: seconds.tune,
    },
  ];
}

/** SelMix beside what else could have been done with the same budget. */
export function controlsPicture(result: TuneResult, split: Split, metric: string): RowsPicture | null {
  const versus = baselineSentence(result, split, metric);
  if (versus === null) return null;
  const ranked = methods(result, split, metric);
  const valueBy = (method: Method | undefined) => method && valueIn(method.evaluation, metric);
  const known = reportedIds.filter((id) => ranked.some(({ evaluation }) => evaluation[id] !== undefined));
  const measured: string[] = isMetricId(metric) ? known : [metric, ...known];
  const title = `SelMix beside its controls (${split})`;
  const ends = [valueBy(ranked[0]) ?? 1, valueBy(ranked.at(-1)) ?? 0];
  const [least, best] = [Math.min(...ends), Math.max(...ends)];
  const told = (value: number) => (isCost(metric) ? valueText(metric, value) : show(value));
  const margin = 0.12 * Math.max(0.02, best - least);
  return new RowsPicture({
    title,
    fileStem: `controls-${split}`,
    sentence: `${versus} Same checkpoint, same data, same budget.`,
    rows: ranked.map((method): Row => {
      const value = valueIn(method.evaluation, metric);
      return {
        name: capital(method.name),
        tag: [
          method.trainingFree && method.series === 2 ? "no training" : "",
          method.satisfied ? "" : `✗ ${missedText(method.satisfied)}`,
        ]
          .filter((part) => part !== "")
          .join(" · "),
        cells: [[{ series: method.series, value, low: null, high: null }]],
        bounds: [],
        text: told(value),
        paint: method.series === 1 ? "after" : "foreground",
        reading: () =>
          `${capital(method.name)}: ${metricName(metric)} ${told(value)}, mean recall ${show(valueIn(method.evaluation, "meanRecall"))}, worst-class recall ${show(valueIn(method.evaluation, "minRecall"))}. ${method.description}${method.satisfied ? "" : ` ${capital(missedText(method.satisfied))}.`}`,
      };
    }),
    looks: [
      { ...beforeLook, label: "the checkpoint" },
      { ...afterLook, label: "SelMix" },
      { label: "control", paint: "foreground", shape: "diamond", filled: false, dash: [] },
    ],
    columns: [""],
    low: Math.max(0, least - margin),
    high: isMetricId(metric) ? Math.min(1, best + margin) : best + margin,
    show: (value) => valueText(metric, value, best - least < 0.05 ? 1 : 0),
    connect: "none",
    intervals: false,
    table: () => ({
      caption: title,
      columns: [
        { key: "method", label: "Method" },
        ...measured.map((each) => ({
          ...{ key: each, label: capital(metricName(each)) },
          show: (value: number) => (isCost(each) ? valueText(each, value) : show(value)),
        })),
        { key: "constraints", label: "Constraints" },
        { key: "seconds", label: "Seconds", show: (value: number) => value.toFixed(2) },
      ],
      rows: ranked.map((method) => [
        method.name,
        ...measured.map((each) => {
          const value = valueIn(method.evaluation, each);
          return Number.isNaN(value) ? null : value;
        }),
        heldMark(method.satisfied).word,
        method.seconds,
      ]),
    }),
  });
}
