/** The picture of coverage, before and after, against the constraints. Pure. */

import * as z from "zod";
import { type Limit, readLimit } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { Comparison } from "../../words/comparison.ts";
import { boundText, statusMark } from "../../words/constraints.ts";
import { listed, named } from "../../words/names.ts";
import { percent, share as show } from "../../words/numbers.ts";
import { afterLook, beforeLook } from "../pictures/looks.ts";
import type { Bound } from "../pictures/rowMarks.ts";
import { type Row, RowsPicture } from "../pictures/rows.ts";
import { type Sorting, sortBuckets } from "./sorting.ts";

const limit = z.union([z.number(), z.object({ before: z.number() })]);
const coverageConstraint = z.array(
  z.looseObject({
    metric: z.string(),
    classes: z.array(z.union([z.string(), z.number()])).optional(),
    atLeast: limit.optional(),
    atMost: limit.optional(),
  }),
);

/** Bounds on the coverage of each class, as configured. @param before coverage of the checkpoint, [K], which some are relative to */
export function coverageBounds(snapshot: RunSnapshot, before: readonly number[]): Bound[][] {
  const { classes, configuration } = snapshot.run;
  const parsed = coverageConstraint.safeParse(configuration.constraints);
  const ours = parsed.success ? parsed.data.filter((each) => each.metric === "coverage") : [];
  const boundOf = (one: Limit, index: number) => {
    const { bound, relative } = readLimit(one);
    return relative ? (before[index] ?? 0) + bound : bound;
  };
  return classes.map((name, index) =>
    ours
      .filter(
        (each) => each.classes === undefined || each.classes.includes(name) || each.classes.includes(index),
      )
      .flatMap(({ atLeast, atMost }): Bound[] => [
        ...(atLeast === undefined ? [] : [{ kind: "atLeast" as const, value: boundOf(atLeast, index) }]),
        ...(atMost === undefined ? [] : [{ kind: "atMost" as const, value: boundOf(atMost, index) }]),
      ]),
  );
}

const missed = statusMark("missed").word;

const keeps = (bound: Bound, value: number) =>
  bound.kind === "atLeast" ? value >= bound.value : value <= bound.value;

/** Share of the predictions that each class gets, against the constraints. */
export function coveragePicture(
  snapshot: RunSnapshot,
  comparison: Comparison,
  sorting: Sorting,
): RowsPicture {
  const seen = new Set<number>();
  const labels = sortBuckets(comparison.buckets, sorting)
    .map((bucket) => bucket.label)
    .filter((label) => !seen.has(label) && seen.add(label));
  const { coverageBefore: before, coverageAfter: after, classes } = comparison;
  const bounds = coverageBounds(snapshot, before);
  const broken = labels.filter((label) => bounds[label]?.some((bound) => !keeps(bound, after[label] ?? 0)));
  const bounded = bounds.some((each) => each.length > 0);
  const largest = [...before, ...after, ...bounds.flat().map((bound) => bound.value)].reduce(
    (a, b) => Math.max(a, b),
    0.001,
  );
  const brokenText =
    broken.length === 0
      ? "The constraint holds for every class"
      : `Missed by ${listed(broken.map((label) => named(classes[label] ?? "")))}`;
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
      const wanted = (bounds[label] ?? []).map(({ kind, value }) =>
        boundText({ kind, bound: value }, "wide"),
      );
      return {
        name: classes[label] ?? String(label),
        tag: failed ? `✗ ${missed}` : "",
        cells: [
          [
            { series: 0, value: from, low: null, high: null },
            { series: 1, value: to, low: null, high: null },
          ],
        ],
        bounds: bounds[label] ?? [],
        text: `${show(from)} → ${show(to)}`,
        paint: failed ? "worse" : "foreground",
        reading: () =>
          `${named(classes[label] ?? String(label))}: ${show(from)} → ${show(to)} of the predictions${wanted.length === 0 ? "" : `, wanted ${listed(wanted)}`}${failed ? `, ${missed}` : ""}.`,
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
