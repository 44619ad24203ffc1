/** The pictures of a sweep: its curve, and the recalls of a point beside the checkpoint's. Pure. */

import { metricName } from "../../metrics/catalogue.ts";
import type { SweepPoint, SweepRecord, SweptSet } from "../../protocol/sweep.ts";
import { type Comparison, compareResult } from "../../words/comparison.ts";
import { valueText } from "../../words/metricValues.ts";
import { capital } from "../../words/names.ts";
import { percent } from "../../words/numbers.ts";
import type { Split } from "../../words/sets.ts";
import {
  measuredOn,
  payersOf,
  pointText,
  pricesText,
  referenceName,
  regionNames,
  regionOf,
  standingOfPoint,
  sweepText,
  sweptBoundText,
  sweptName,
  whoseHead,
} from "../../words/sweep.ts";
import { FrontierPicture } from "../pictures/frontier.ts";
import type { Look } from "../pictures/legend.ts";
import type { Table } from "../shared/picture.ts";

const referenceLooks: Readonly<Record<SweepRecord["references"][number]["id"], Omit<Look, "label">>> = {
  checkpoint: { paint: "before", shape: "square", filled: false, dash: [] },
  logitAdjustment: { paint: "series2", shape: "triangle", filled: true, dash: [] },
  tunedBias: { paint: "series4", shape: "diamond", filled: true, dash: [] },
};

/** Places from left to right and in the order of the sweep: bounds from above get stricter to the left. */
export function placeOf(sweep: SweepRecord, point: number): number {
  return sweep.swept.kind === "atLeast" ? point : sweep.points.length - 1 - point;
}

/** @param chosen the point that is looked at, in the order of the sweep */
export function frontierPicture(sweep: SweepRecord, set: Split, chosen: number): FrontierPicture {
  const { swept, objective } = sweep;
  const name = sweptName(swept);
  const title = `${capital(metricName(objective))} against a bound on ${name} (${set})`;
  const all = sweep.points.map((point, at) => {
    const { value, low, high } = measuredOn(point, set).objective;
    const reading = pointText(sweep, point, at + 1);
    return { x: point.bound, y: value, low, high, region: regionOf(point), reading };
  });
  return new FrontierPicture({
    ...{ title, fileStem: `frontier-${set}`, sentence: sweepText(sweep) },
    points: swept.kind === "atLeast" ? all : all.toReversed(),
    references: sweep.references.flatMap((reference) => {
      const { bounded, objective: reached } = measuredOn(reference, set);
      const look = { label: referenceName(reference), ...referenceLooks[reference.id] };
      return bounded.value === null ? [] : [{ x: bounded.value, y: reached.value, look }];
    }),
    chosen: placeOf(sweep, chosen),
    xLabel: `${name}, ${swept.kind === "atLeast" ? "at least" : "at most"}`,
    yLabel: `${metricName(objective)} on ${set}`,
    curveLabel: "the best head that keeps the bound",
    regionLabels: regionNames,
    show: (value, digits) => percent(value, digits),
    showY: (value, digits) => valueText(objective, value, digits),
    table: () => frontierTable(sweep, title),
  });
}

const column = (key: string, label: string, metric = "") => ({
  ...{ key, label },
  show: (value: number) => valueText(metric, value),
});

function frontierTable(sweep: SweepRecord, caption: string): Table {
  const sets = sweep.points.some(({ test }) => test !== null)
    ? (["validation", "test"] as const)
    : (["validation"] as const);
  const columns = sets.flatMap((set) => [
    column(`${set}Objective`, `${capital(metricName(sweep.objective))}, ${set}`, sweep.objective),
    column(`${set}Low`, `Low, ${set}`, sweep.objective),
    column(`${set}High`, `High, ${set}`, sweep.objective),
    column(`${set}Bounded`, `Bounded value, ${set}`),
  ]);
  const cells = ({ objective, bounded }: SweptSet) => [
    ...[objective.value, objective.low, objective.high],
    bounded.value,
  ];
  const row = (point: SweepPoint, at: number) => [
    `${at + 1}: ${sweptBoundText(sweep.swept, point.bound)}`,
    standingOfPoint(point).word,
    ...sets.flatMap((set) => cells(measuredOn(point, set))),
    whoseHead(point),
    pricesText(payersOf(sweep, point, sets.at(-1) ?? "validation"), 3),
  ];
  const others = sweep.references.map((reference) => [
    capital(referenceName(reference)),
    "no bound",
    ...sets.flatMap((set) => cells(measuredOn(reference, set))),
    referenceName(reference),
    pricesText(payersOf(sweep, reference, sets.at(-1) ?? "validation"), 3),
  ]);
  return {
    caption,
    columns: [
      { key: "bound", label: "Bound" },
      { key: "stands", label: "Stands" },
      ...columns,
      { key: "head", label: "Head" },
      { key: "price", label: "Who pays" },
    ],
    rows: [...sweep.points.map(row), ...others],
  };
}

/** The recalls of a point beside the checkpoint's; null before the checkpoint was measured. */
export function comparisonOf(sweep: SweepRecord, point: SweepPoint, set: Split): Comparison | null {
  const checkpoint = sweep.references.find(({ id }) => id === "checkpoint");
  if (checkpoint === undefined) return null;
  const { support, buckets, classes, trainCounts, headClasses } = sweep;
  const evaluated = (head: Pick<SweepPoint, "validation" | "test">) => ({
    validation: { recall: head.validation.recall, coverage: [], support: support.validation },
    test: head.test && support.test && { recall: head.test.recall, coverage: [], support: support.test },
  });
  const result = {
    ...{ before: evaluated(checkpoint), after: evaluated(point) },
    ...{ buckets, classes, trainCounts, headClasses, changes: { validation: {}, test: {} } },
  };
  return compareResult(result, set);
}
