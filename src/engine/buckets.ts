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

/** The buckets with validation samples, in order of class, then group. */
export function bucketsOf(
  labels: Int32Array,
  groups: Int32Array | null,
  { classes, groups: groupNames }: Names,
): BucketRecord[] {
  const seen = new Set<number>();
  for (let row = 0; row < labels.length; row++) seen.add(key(labels[row], groups?.[row] ?? null));
  const groupCount = groups ? groups.reduce((most, group) => Math.max(most, group + 1), 0) : 0;
  const groupIndices = groups ? Array.from({ length: groupCount }, (_, group) => group) : [null];
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
function placesOf(
  labels: Int32Array,
  groups: Int32Array | null,
  buckets: readonly BucketRecord[],
): Int32Array {
  const places = new Map(buckets.map(({ label, group }, place) => [key(label, group), place]));
  return labels.map((label, row) => places.get(key(label, groups?.[row] ?? null)) ?? -1);
}

function rowsWithin(places: Int32Array): Int32Array {
  return Int32Array.from(places.keys()).filter((row) => (places[row] ?? -1) >= 0);
}

/** The numbers of the rows that `inBuckets` keeps, in their order. */
export function keptRows(
  labels: Int32Array,
  groups: Int32Array | null,
  buckets: readonly BucketRecord[],
): Int32Array {
  return rowsWithin(placesOf(labels, groups, buckets));
}

/** The rows whose bucket is one of `buckets`, and how many others there were. */
export function inBuckets(
  table: FeatureTable,
  labels: Int32Array,
  groups: Int32Array | null,
  buckets: readonly BucketRecord[],
): { set: LabelledRows; left: number } {
  const all = placesOf(labels, groups, buckets);
  if (!all.includes(-1)) return { set: { rows: table.rows, buckets: all }, left: 0 };
  const kept = rowsWithin(all);
  const set = { rows: selectRows(table.rows, kept), buckets: all.filter((place) => place >= 0) };
  return { set, left: all.length - kept.length };
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
