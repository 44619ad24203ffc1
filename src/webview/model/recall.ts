/** The picture of recall, before and after. Pure. */
import { fewSamples } from "../../statistics/intervals.ts";
import { type BucketChange, type Comparison, changeOf, scarceBuckets } from "../../words/comparison.ts";
import { listed, named } from "../../words/names.ts";
import {
  count,
  counted,
  mayBeChance,
  percent,
  plain,
  pointRange,
  points,
  range,
} from "../../words/numbers.ts";
import { afterLook, beforeLook } from "../pictures/looks.ts";
import type { RowMark } from "../pictures/rowMarks.ts";
import { type Row, RowsPicture } from "../pictures/rows.ts";
import type { Paint } from "../shared/palette.ts";
import type { Table } from "../shared/picture.ts";
import { type Sorting, sortBuckets } from "./sorting.ts";

const show = (value: number) => percent(value, 1);

/** Colour says better or worse only where chance alone does not explain the change. */
function paintOf(bucket: BucketChange): Paint {
  const change = changeOf(bucket);
  const interval = bucket.changeInterval;
  if (change === null || change === 0) return "muted";
  if (interval !== null && mayBeChance(interval)) return "muted";
  return change > 0 ? "better" : "worse";
}

/** "28 → 74 % ▲46": the sign shows by shape as well. */
function changeText(before: number | null, after: number | null): string {
  if (before === null || after === null) return "n/a";
  const change = Math.round(1000 * (after - before)) / 10;
  const arrow = change > 0 ? "▲" : change < 0 ? "▼" : "=";
  return `${percent(before)} → ${percent(after)}  ${arrow}${Math.abs(change).toFixed(1)}`;
}

/** "head · 1,000", for groups side by side "tail · 18 to 40 ⚠ few". */
function tagOf(buckets: readonly BucketChange[]): string {
  const samples = buckets.flatMap((bucket) => bucket.samples ?? []).sort((a, b) => a - b);
  const part = buckets[0]?.head === true ? "head" : "tail";
  const [least, most] = [samples[0], samples.at(-1)];
  if (least === undefined || most === undefined) return part;
  const shown = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  return `${part} · ${shown}${least < fewSamples ? " ⚠ few" : ""}`;
}

/** The largest difference of recall between groups, before and after: "gap 10 → 15 points". */
function gapText(members: readonly BucketChange[]): string {
  const gap = (when: "before" | "after") => {
    const recalls = members.flatMap((member) => member[when] ?? []);
    return recalls.length < 2 ? "n/a" : plain(100 * (Math.max(...recalls) - Math.min(...recalls)), 0);
  };
  return `gap ${gap("before")} → ${gap("after")} points`;
}

function readBucket(bucket: BucketChange, split: string): string {
  if (bucket.after === null) return `${named(bucket.name)}: no ${split} sample, so nothing can be said.`;
  const interval = bucket.afterInterval;
  const sure = interval === null ? "" : `, 95 % interval ${range(interval.low, interval.high, 1)}`;
  const change = bucket.changeInterval;
  const moved =
    change === null
      ? `${points(changeOf(bucket))} points`
      : `${points(change.value)} points (${pointRange(change)})`;
  const samples = bucket.samples === null ? "" : ` ${counted(bucket.samples, `${split} sample`)}.`;
  const trained = ` ${counted(bucket.trainCount, "training sample")} (${bucket.head ? "head" : "tail"}).`;
  const few = bucket.samples !== null && bucket.samples < fewSamples ? " Too few samples to say." : "";
  return `${named(bucket.name)}: recall ${show(bucket.before ?? 0)} → ${show(bucket.after)}${sure}; ${moved}.${samples}${trained}${few}`;
}

/** Recall of each bucket as a table, in the order given; with groups, of each class as a whole and then within them. */
export function recallTable(comparison: Comparison, sorting: Sorting, caption: string): Table {
  const share = (key: string, label: string) => ({ key, label, show });
  const { buckets, cells, classes } = comparison;
  const nameOfGroup = groupNames(comparison);
  const grouped = cells.length > 0;
  const rows = [...sortBuckets(buckets, sorting), ...sortBuckets(cells, sorting)];
  return {
    caption,
    columns: [
      { key: "name", label: "Class" },
      ...(grouped ? [{ key: "group", label: "Group" }] : []),
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
    rows: rows.map((bucket) => [
      ...(grouped
        ? [classes[bucket.label] ?? bucket.name, bucket.group === null ? "all" : nameOfGroup(bucket.group)]
        : [bucket.name]),
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

function recallCell(bucket: BucketChange): RowMark[] {
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
      change: paintOf(bucket),
    },
  ];
}

function bucketRow(bucket: BucketChange, split: string): Row {
  return {
    name: bucket.name,
    tag: tagOf([bucket]),
    cells: [recallCell(bucket)],
    bounds: [],
    text: changeText(bucket.before, bucket.after),
    paint: paintOf(bucket),
    reading: () => readBucket(bucket, split),
  };
}

/** A row for each class: all of it, and its groups side by side. */
function groupedRows(
  comparison: Comparison,
  ordered: readonly BucketChange[],
  groups: readonly number[],
): Row[] {
  return ordered.map((bucket): Row => {
    const members = groups.map((group) =>
      comparison.cells.find((each) => each.label === bucket.label && each.group === group),
    );
    const found = members.filter((member) => member !== undefined);
    return {
      ...bucketRow(bucket, comparison.split),
      tag: tagOf(found.length === 0 ? [bucket] : found),
      cells: [
        recallCell(bucket),
        ...members.map((member) => (member === undefined ? [] : recallCell(member))),
      ],
      text: gapText(found),
      reading: () => [bucket, ...found].map((member) => readBucket(member, comparison.split)).join(" "),
    };
  });
}

/** Names of groups as classes within them show them: what follows the class in "shirt / indoors". */
function groupNames({ cells, classes }: Comparison): (group: number) => string {
  return (group) => {
    const cell = cells.find((each) => each.group === group);
    const className = cell === undefined ? "" : (classes[cell.label] ?? "");
    const rest = cell?.name.startsWith(className) === true ? cell.name.slice(className.length) : "";
    return rest.replace(/^[^\p{L}\p{N}]+|[)\]]+$/gu, "") || `group ${group}`;
  };
}

/** Recall of each class before and after. */
export function recallPicture(comparison: Comparison, sorting: Sorting): RowsPicture {
  const ordered = sortBuckets(comparison.buckets, sorting);
  const groups = [...new Set(comparison.cells.map((each) => each.group))]
    .filter((group) => group !== null)
    .sort((a, b) => a - b);
  const sideBySide = groups.length > 1 && groups.length <= 6;
  const up = comparison.buckets.filter((bucket) => (changeOf(bucket) ?? 0) > 0.0005).length;
  const down = comparison.buckets.filter((bucket) => (changeOf(bucket) ?? 0) < -0.0005).length;
  const scarce = scarceBuckets(comparison);
  const warning =
    scarce.length === 0
      ? ""
      : ` Too few samples (under ${fewSamples}) to judge ${scarce.length > 3 ? counted(scarce.length, "class", "classes") : listed(scarce.map((bucket) => named(bucket.name)))}.`;
  const beside = comparison.live
    ? " Intervals come with the result."
    : ` Beside each name: whether the class is frequent in training (head) or rare (tail), and its ${comparison.split} samples.`;
  const title = comparison.live
    ? "Recall per class, start and now (validation)"
    : `Recall per class, before and after (${comparison.split})`;
  return new RowsPicture({
    title,
    fileStem: `recall-${comparison.split}`,
    sentence: `Recall rose for ${up} of ${counted(comparison.buckets.length, comparison.grouped ? "class and group" : "class", comparison.grouped ? "classes and groups" : "classes")}, and fell for ${down}.${warning}${beside}`,
    rows: sideBySide
      ? groupedRows(comparison, ordered, groups)
      : ordered.map((bucket) => bucketRow(bucket, comparison.split)),
    looks: [beforeLook, afterLook],
    columns: sideBySide ? ["all", ...groups.map(groupNames(comparison))] : [""],
    low: 0,
    high: 1,
    show: (value) => percent(value),
    connect: "none",
    intervals: !comparison.live,
    table: () => recallTable(comparison, sorting, title),
  });
}
