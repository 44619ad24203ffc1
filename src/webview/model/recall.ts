/** Pictures of recall and coverage, before and after. Pure. */
import { z } from "zod";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { afterLook, beforeLook } from "../pictures/looks.ts";
import { type Bound, type Row, RowsPicture } from "../pictures/rows.ts";
import { count, counted, listed, percent, points, range } from "../shared/numbers.ts";
import type { Paint } from "../shared/palette.ts";
import type { Table } from "../shared/picture.ts";
import { fewSamples } from "../shared/statistics.ts";
import {
  type BucketChange,
  type Comparison,
  changeOf,
  type Sorting,
  scarceBuckets,
  sortBuckets,
} from "./comparison.ts";

const show = (value: number) => percent(value, 1);

/** Colour says better or worse only where chance alone does not explain the change. */
function paintOf(bucket: BucketChange): Paint {
  const change = changeOf(bucket);
  const interval = bucket.changeInterval;
  if (change === null || change === 0) return "muted";
  if (interval !== null && interval.low <= 0 && interval.high >= 0) return "muted";
  return change > 0 ? "better" : "worse";
}

/** "28 → 74 % ▲46": the sign shows by shape as well. */
function changeText(before: number | null, after: number | null): string {
  if (before === null || after === null) return "n/a";
  const change = Math.round(1000 * (after - before)) / 10;
  const arrow = change > 0 ? "▲" : change < 0 ? "▼" : "＝";
  return `${percent(before)} → ${percent(after)}  ${arrow}${Math.abs(change).toFixed(1)}`;
}

function tagOf(bucket: BucketChange): string {
  const few = bucket.samples !== null && bucket.samples < fewSamples ? " ⚠ few" : "";
  const samples = bucket.samples === null ? "" : ` · ${count(bucket.samples)}`;
  return `${bucket.head ? "head" : "tail"}${samples}${few}`;
}

function readBucket(bucket: BucketChange, split: string): string {
  if (bucket.after === null) return `${bucket.name}: no ${split} sample, so nothing can be said.`;
  const interval = bucket.afterInterval;
  const sure = interval === null ? "" : `, 95 % interval ${range(interval.low, interval.high, 1)}`;
  const change = bucket.changeInterval;
  const moved =
    change === null
      ? `${points(changeOf(bucket))} points`
      : `${points(change.value)} points (${points(change.low)} to ${points(change.high)})`;
  const samples = bucket.samples === null ? "" : ` ${counted(bucket.samples, `${split} sample`)}.`;
  const trained = ` ${counted(bucket.trainCount, "training sample")} (${bucket.head ? "head" : "tail"}).`;
  const few = bucket.samples !== null && bucket.samples < fewSamples ? " Too few samples to say." : "";
  return `${bucket.name}: recall ${show(bucket.before ?? 0)} → ${show(bucket.after)}${sure}; ${moved}.${samples}${trained}${few}`;
}

/** Recall of each bucket as a table, in the order given. */
export function recallTable(buckets: readonly BucketChange[], caption: string): Table {
  const share = (key: string, label: string) => ({ key, label, show });
  return {
    caption,
    columns: [
      { key: "name", label: "Class" },
      share("before", "Recall before"),
      share("beforeLow", "Before, low"),
      share("beforeHigh", "Before, high"),
      share("after", "Recall after"),
      share("afterLow", "After, low"),
      share("afterHigh", "After, high"),
      { key: "change", label: "Change (points)", show: (value) => points(value) },
      { key: "samples", label: "Samples", show: count },
      { key: "trainCount", label: "Training samples", show: count },
      { key: "part", label: "Head or tail" },
    ],
    rows: buckets.map((bucket) => [
      bucket.name,
      bucket.before,
      bucket.beforeInterval?.low ?? null,
      bucket.beforeInterval?.high ?? null,
      bucket.after,
      bucket.afterInterval?.low ?? null,
      bucket.afterInterval?.high ?? null,
      changeOf(bucket),
      bucket.samples,
      bucket.trainCount,
      bucket.head ? "head" : "tail",
    ]),
  };
}

function recallCell(bucket: BucketChange) {
  return [
    {
      series: 0,
      value: bucket.before,
      low: bucket.beforeInterval?.low ?? null,
      high: bucket.beforeInterval?.high ?? null,
    },
    {
      series: 1,
      value: bucket.after,
      low: bucket.afterInterval?.low ?? null,
      high: bucket.afterInterval?.high ?? null,
    },
  ];
}

function bucketRow(bucket: BucketChange, split: string): Row {
  return {
    name: bucket.name,
    tag: tagOf(bucket),
    cells: [recallCell(bucket)],
    bounds: [],
    text: changeText(bucket.before, bucket.after),
    paint: paintOf(bucket),
    reading: readBucket(bucket, split),
  };
}

/** A row for each class, its groups side by side. */
function groupedRows(
  comparison: Comparison,
  ordered: readonly BucketChange[],
  groups: readonly number[],
): Row[] {
  const labels = [...new Set(ordered.map((bucket) => bucket.label))];
  return labels.map((label): Row => {
    const members = groups.map((group) =>
      comparison.buckets.find((each) => each.label === label && each.group === group),
    );
    const found = members.filter((member) => member !== undefined);
    const recalls = found.map((member) => member.after).filter((recall) => recall !== null);
    const gap = recalls.length < 2 ? null : Math.max(...recalls) - Math.min(...recalls);
    return {
      name: comparison.classes[label] ?? String(label),
      tag: found[0]?.head === true ? "head" : "tail",
      cells: members.map((member) => (member === undefined ? [] : recallCell(member))),
      bounds: [],
      text: gap === null ? "n/a" : `gap ${percent(gap, 1)}`,
      paint: "foreground",
      reading: found.map((member) => readBucket(member, comparison.split)).join(" "),
    };
  });
}

/** Names of groups as buckets show them: what follows the class in "shirt / indoors". */
function groupNames(comparison: Comparison, groups: readonly number[]): string[] {
  return groups.map((group) => {
    const bucket = comparison.buckets.find((each) => each.group === group);
    const className = bucket === undefined ? "" : (comparison.classes[bucket.label] ?? "");
    const rest = bucket?.name.startsWith(className) === true ? bucket.name.slice(className.length) : "";
    return rest.replace(/^[^\p{L}\p{N}]+|[)\]]+$/gu, "") || `group ${group}`;
  });
}

/** Recall of each class before and after. */
export function recallPicture(comparison: Comparison, sorting: Sorting): RowsPicture {
  const ordered = sortBuckets(comparison.buckets, sorting);
  const groups = [...new Set(comparison.buckets.map((each) => each.group))]
    .filter((group) => group !== null)
    .sort((a, b) => a - b);
  const sideBySide = comparison.grouped && groups.length > 1 && groups.length <= 6;
  const up = comparison.buckets.filter((bucket) => (changeOf(bucket) ?? 0) > 0.0005).length;
  const down = comparison.buckets.filter((bucket) => (changeOf(bucket) ?? 0) < -0.0005).length;
  const scarce = scarceBuckets(comparison);
  const warning =
    scarce.length === 0
      ? ""
      : ` Too few samples (under ${fewSamples}) to judge ${scarce.length > 3 ? counted(scarce.length, "class", "classes") : listed(scarce.map((bucket) => bucket.name))}.`;
  const intervals = comparison.live ? " Intervals come with the result." : "";
  const title = comparison.live
    ? "Recall per class, start and now (validation)"
    : `Recall per class, before and after (${comparison.split})`;
  return new RowsPicture({
    title,
    fileStem: `recall-${comparison.split}`,
    sentence: `Recall rose for ${up} of ${counted(comparison.buckets.length, comparison.grouped ? "class and group" : "class", comparison.grouped ? "classes and groups" : "classes")}, and fell for ${down}.${warning}${intervals}`,
    rows: sideBySide
      ? groupedRows(comparison, ordered, groups)
      : ordered.map((bucket) => bucketRow(bucket, comparison.split)),
    looks: [beforeLook, afterLook],
    columns: sideBySide ? groupNames(comparison, groups) : [""],
    low: 0,
    high: 1,
    show: (value) => percent(value),
    connect: "change",
    intervals: !comparison.live,
    table: () => recallTable(ordered, title),
  });
}

const coverageConstraint = z.array(
  z.looseObject({
    metric: z.string(),
    classes: z.array(z.union([z.string(), z.number()])).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  }),
);

/** Bounds on the coverage of each class, as configured. */
export function coverageBounds(snapshot: RunSnapshot): Bound[][] {
  const { classes, configuration } = snapshot.run;
  const parsed = coverageConstraint.safeParse(configuration.constraints);
  const ours = parsed.success ? parsed.data.filter((each) => each.metric === "coverage") : [];
  return classes.map((name, index) =>
    ours
      .filter(
        (each) => each.classes === undefined || each.classes.includes(name) || each.classes.includes(index),
      )
      .flatMap(({ atLeast, atMost }): Bound[] => [
        ...(atLeast === undefined ? [] : [{ kind: "atLeast" as const, value: atLeast }]),
        ...(atMost === undefined ? [] : [{ kind: "atMost" as const, value: atMost }]),
      ]),
  );
}

const keeps = (bound: Bound, value: number) =>
  bound.kind === "atLeast" ? value >= bound.value : value <= bound.value;

/** Share of the predictions that each class gets, against the constraints. */
export function coveragePicture(
  snapshot: RunSnapshot,
  comparison: Comparison,
  sorting: Sorting,
): RowsPicture {
  const bounds = coverageBounds(snapshot);
  const seen = new Set<number>();
  const labels = sortBuckets(comparison.buckets, sorting)
    .map((bucket) => bucket.label)
    .filter((label) => !seen.has(label) && seen.add(label));
  const { coverageBefore: before, coverageAfter: after, classes } = comparison;
  const broken = labels.filter((label) => bounds[label]?.some((bound) => !keeps(bound, after[label] ?? 0)));
  const bounded = bounds.some((each) => each.length > 0);
  const largest = [...before, ...after, ...bounds.flat().map((bound) => bound.value)].reduce(
    (a, b) => Math.max(a, b),
    0.001,
  );
  const brokenText =
    broken.length === 0
      ? "Every class keeps its constraint"
      : `Outside the constraint: ${listed(broken.map((label) => classes[label] ?? ""))}`;
  const title = `Coverage per class (${comparison.split})`;
  return new RowsPicture({
    title,
    fileStem: `coverage-${comparison.split}`,
    sentence: bounded
      ? `${brokenText}. Coverage is the share of all predictions that name the class.`
      : "The share of all predictions that name each class. No constraint is set on it.",
    rows: labels.map((label): Row => {
      const [from, to] = [before[label] ?? 0, after[label] ?? 0];
      const failed = broken.includes(label);
      const wanted = (bounds[label] ?? []).map(
        (bound) => `${bound.kind === "atLeast" ? "at least" : "at most"} ${show(bound.value)}`,
      );
      return {
        name: classes[label] ?? String(label),
        tag: failed ? "✗ outside" : "",
        cells: [
          [
            { series: 0, value: from, low: null, high: null },
            { series: 1, value: to, low: null, high: null },
          ],
        ],
        bounds: bounds[label] ?? [],
        text: `${show(from)} → ${show(to)}`,
        paint: failed ? "worse" : "foreground",
        reading: `${classes[label] ?? label}: ${show(from)} → ${show(to)} of the predictions${wanted.length === 0 ? "" : `, wanted ${listed(wanted)}`}${failed ? ", not kept" : ""}.`,
      };
    }),
    looks: [beforeLook, afterLook],
    columns: [""],
    low: 0,
    high: largest * 1.05,
    show: (value) => percent(value, largest < 0.05 ? 1 : 0),
    connect: "none",
    intervals: false,
    table: () => ({
      caption: title,
      columns: [
        { key: "name", label: "Class" },
        { key: "before", label: "Coverage before", show },
        { key: "after", label: "Coverage after", show },
        { key: "atLeast", label: "At least", show },
        { key: "atMost", label: "At most", show },
      ],
      rows: labels.map((label) => {
        const bound = (kind: Bound["kind"]) =>
          bounds[label]?.find((each) => each.kind === kind)?.value ?? null;
        return [
          classes[label] ?? String(label),
          before[label] ?? null,
          after[label] ?? null,
          bound("atLeast"),
          bound("atMost"),
        ];
      }),
    }),
  });
}
