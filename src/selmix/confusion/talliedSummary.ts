/** What bounds are written in, made of tallies: a search for offsets asks for it thousands of times, and C [B,K] is never made. */

import type { Bucket } from "../problem.ts";
import type { Includes, Summary } from "./confusion.ts";
import { Vector } from "./differentiate.ts";
import { asMatrix, type Counts, valueAt } from "./matrix.ts";
import { unweighted } from "./population.ts";
import { type ClassTallies, type Tallies, talliesByClass, talliesFromCounts, weightOf } from "./tallies.ts";

/** Tallies, the same by class, and predictions by rows and by the groups of the buckets. */
export interface GroupedTallies extends Tallies {
  readonly byClass: ClassTallies;
  /** Predicted per class, [K], in rows: those of `predicted` where no bucket is weighed. */
  readonly predictedRows: Float64Array;
  readonly groups: readonly GroupPredictions[];
}

export interface GroupPredictions {
  /** Places of its buckets, in order. */
  readonly members: readonly number[];
  /** Predicted per class, [K]; where there is one group alone these are all predictions. */
  readonly predicted: Float64Array;
}

/** Tallies of counts [B,K]. */
export function groupedTallies(counts: Counts, buckets: readonly Bucket[], classes: number): GroupedTallies {
  const tallies = talliesFromCounts(counts, buckets, classes);
  const byGroup = new Map<number | null, number[]>();
  buckets.forEach(({ group }, b) => {
    const members = byGroup.get(group);
    if (members === undefined) byGroup.set(group, [b]);
    else members.push(b);
  });
  const alone = byGroup.size === 1;
  const groups = Array.from(byGroup.values(), (members) => {
    if (alone) return { members, predicted: tallies.predicted };
    const predicted = Float64Array.from({ length: classes }, (_unused, label) =>
      predictedAs(label, counts, buckets, members, classes),
    );
    return { members, predicted };
  });
  const plain = unweighted(buckets);
  const rows = () => talliesFromCounts(counts, plain, classes).predicted;
  const predictedRows = plain === buckets ? tallies.predicted : rows();
  return { ...tallies, byClass: talliesByClass(tallies), predictedRows, groups };
}

/** How often rows of some buckets are predicted as a class, in what they count for. */
export function predictedAs(
  label: number,
  counts: Counts,
  buckets: readonly Bucket[],
  members: readonly number[],
  classes: number,
): number {
  const matrix = asMatrix(counts, buckets.length, classes);
  let sum = 0;
  for (const b of members) sum += weightOf(buckets[b]) * valueAt(matrix, b, label);
  return sum;
}

/** Shares of all samples, as those of C counted exactly. What is kept of columns has to be said of whole groups. */
export function summaryOfTallies(tallies: GroupedTallies): Summary {
  const { buckets, correct, support, predicted, groups } = tallies;
  const tape: Vector[] = [];
  const total = support.reduce((sum, value) => sum + value, 0);
  const shares = (values: Float64Array) => {
    const parts = new Float64Array(values.length);
    for (let at = 0; at < parts.length; at++) parts[at] = values[at] / total;
    return new Vector(tape, parts, null);
  };
  return {
    buckets,
    classes: predicted.length,
    get diagonal() {
      return shares(correct);
    },
    get rowSums() {
      return shares(support);
    },
    columnSums(includes: Includes = () => true) {
      const kept = groups.filter(({ members: [b] }) => includes(buckets[b], b));
      if (kept.length === 1) return shares(kept[0].predicted);
      return shares(predicted.map((_, l) => kept.reduce((sum, group) => sum + group.predicted[l], 0)));
    },
    constant: (values) => new Vector(tape, Float64Array.from(values), null),
  };
}
