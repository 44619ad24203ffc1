/** From labels and groups to buckets: the rows of the confusion matrix that validation can speak of. */

import type { FeatureTable } from "../features/table.ts";
import type { BucketRecord } from "../protocol/records.ts";
import type { FeatureRows, LabelledRows } from "../selmix/problem.ts";
import { JobError } from "./errors.ts";

export interface Names {
  readonly classes: readonly string[];
  /** Names by group index; groups beyond them are called by their number. */
  readonly groups: readonly string[];
}

/** Every label as [N]; throws `JobError` when the table has none, is empty, or names a class that the head has not. */
export function labelsOf(table: FeatureTable, classes: number): Int32Array {
  if (table.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
  if (!table.labels)
    throw new JobError(`${table.path} has no labels; add a tensor "labels" with a class index per row.`);
  const wrong = table.labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new JobError(
      `${table.path} has label ${table.labels[wrong]} in row ${wrong}, but the head has classes 0 to ${classes - 1}; correct the labels, or use the checkpoint they belong to.`,
    );
  }
  return table.labels;
}

/** What the rows of a set belong to: a label each, and a group where groups count. */
export interface Members {
  readonly labels: Int32Array;
  readonly groups: Int32Array | null;
}

/** The classes, or classes within groups, that have samples in some sets, in order of class, then group. */
export function bucketsOf(sets: readonly Members[], { classes, groups: groupNames }: Names): BucketRecord[] {
  const seen = new Set<number>();
  let groupCount = 0;
  for (const { labels, groups } of sets) {
    for (let row = 0; row < labels.length; row++) seen.add(key(labels[row], groups?.[row] ?? null));
    groupCount = groups?.reduce((most, group) => Math.max(most, group + 1), groupCount) ?? groupCount;
  }
  const grouped = sets.some(({ groups }) => groups !== null);
  const groupIndices = grouped ? Array.from({ length: groupCount }, (_, group) => group) : [null];
  return classes.flatMap((name, label) =>
    groupIndices
      .filter((group) => seen.has(key(label, group)))
      .map((group) => ({
        label,
        group,
        name: group === null ? name : `${name} / ${groupNames[group] ?? `group ${group}`}`,
      })),
  );
}

/** The bucket of each row, -1 where it is none of `buckets`. */
function placesOf({ labels, groups }: Members, buckets: readonly BucketRecord[]): Int32Array {
  const places = new Map(buckets.map(({ label, group }, place) => [key(label, group), place]));
  return labels.map((label, row) => places.get(key(label, groups?.[row] ?? null)) ?? -1);
}

function rowsWithin(places: Int32Array): Int32Array {
  return Int32Array.from(places.keys()).filter((row) => (places[row] ?? -1) >= 0);
}

/** The numbers of the rows that `inBuckets` keeps, in their order. */
export function keptRows(members: Members, buckets: readonly BucketRecord[]): Int32Array {
  return rowsWithin(placesOf(members, buckets));
}

/** Rows of a set that is measured: what each counts for in reports, [N], beside what it is steered as. */
export interface CountedRows extends LabelledRows {
  readonly cells: Int32Array;
}

/**
 * The rows that are one of the steered buckets, and how many others there were.
 * @param reported the same rows as they are reported, and the cells to report
 */
export function inBuckets(
  rows: FeatureRows,
  steered: Members & { readonly buckets: readonly BucketRecord[] },
  reported: Members & { readonly cells: readonly BucketRecord[] },
): { set: CountedRows; left: number } {
  const buckets = placesOf(steered, steered.buckets);
  const cells = placesOf(reported, reported.cells);
  if (!buckets.includes(-1)) return { set: { rows, buckets, cells }, left: 0 };
  const kept = rowsWithin(buckets);
  const pick = (places: Int32Array) => Int32Array.from(kept, (row) => places[row] ?? -1);
  const set = { rows: selectRows(rows, kept), buckets: pick(buckets), cells: pick(cells) };
  return { set, left: buckets.length - kept.length };
}

function key(label: number, group: number | null): number {
  return group === null ? label : (group + 1) * 2 ** 32 + label;
}

/** A view of the rows at ascending `indices`; neighbours are read together. */
function selectRows(rows: FeatureRows, indices: Int32Array): FeatureRows {
  const { size } = rows;
  return {
    count: indices.length,
    size,
    read(start, count, target, at) {
      for (let done = 0; done < count; ) {
        const first = indices[start + done] ?? 0;
        let run = 1;
        while (done + run < count && indices[start + done + run] === first + run) run++;
        rows.read(first, run, target, at + done * size);
        done += run;
      }
    },
  };
}
