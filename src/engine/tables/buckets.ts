/** From labels and groups to buckets: the rows of the confusion matrix. */

import type { BucketRecord } from "../../protocol/records.ts";
import type { RowWeights } from "../../selmix/confusion/population.ts";
import { withSupport } from "../../selmix/confusion/support.ts";
import type { BucketRows } from "../../selmix/estimates/boundEstimates.ts";
import type { FeatureRows, LabelledRows } from "../../selmix/problem.ts";
import { groupName } from "../../words/names.ts";

export interface Names {
  readonly classes: readonly string[];
  /** Names by group index; groups beyond them are called by their number. */
  readonly groups: readonly string[];
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
        name: group === null ? name : `${name} / ${groupName(groupNames, group)}`,
      })),
  );
}

/** The bucket of each row, -1 where it is none of `buckets`. */
export function placesOf({ labels, groups }: Members, buckets: readonly BucketRecord[]): Int32Array {
  const places = new Map(buckets.map(({ label, group }, place) => [key(label, group), place]));
  return labels.map((label, row) => places.get(key(label, groups?.[row] ?? null)) ?? -1);
}

/** Rows of a set: what each counts for in reports, [N], beside what it is steered as. */
export interface CountedRows extends LabelledRows {
  /** The class of each row. */
  readonly labels: Int32Array;
  readonly cells: Int32Array;
  /** The cells, with the support that they have in this set. */
  readonly supported: readonly (BucketRecord & { readonly support?: number })[];
  /** What each row counts for in reports; all alike when absent. */
  readonly weights?: RowWeights;
}

/**
 * Every row of a set with its places. A row of test that is steered as nothing has -1 among `buckets`.
 * @param reported the same rows as they are reported, and the cells to report
 */
export function countedRows(
  rows: FeatureRows,
  steered: Members & { readonly buckets: readonly BucketRecord[] },
  reported: Members & { readonly cells: readonly BucketRecord[] },
  minimumSupport: number,
): CountedRows {
  const cells = placesOf(reported, reported.cells);
  return {
    rows,
    labels: steered.labels,
    buckets: placesOf(steered, steered.buckets),
    cells,
    supported: withSupport(reported.cells, countPlaces(cells, reported.cells.length), minimumSupport),
  };
}

/** How many rows lie in each of some places; those in none are left out. */
export function countPlaces(places: Int32Array, count: number): Float64Array {
  const counts = new Float64Array(count);
  for (const place of places) if (place >= 0 && place < count) counts[place]++;
  return counts;
}

function key(label: number, group: number | null): number {
  return group === null ? label : (group + 1) * 2 ** 32 + label;
}

/** Rows as intervals are made from them. */
export function rowsOf(classes: number, set: CountedRows, predictions: Int32Array): BucketRows {
  const { weights, supported: buckets, cells: bucketOf } = set;
  return { buckets, classes, bucketOf, predictions, ...(weights && { weights }) };
}
