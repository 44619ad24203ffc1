/** Counts and what they amount to, kept up to date as rows move from class to class: a score takes no look at all B x K counts then. */

import type { Bucket } from "../problem.ts";
import { type GroupedTallies, groupedTallies, predictedAs } from "./talliedSummary.ts";
import { weightOf } from "./tallies.ts";

export class RunningTallies {
  /** Hard counts [B,K]. */
  readonly counts: Int32Array | Float64Array;
  readonly #buckets: readonly Bucket[];
  readonly #classes: number;
  readonly #tallies: GroupedTallies;
  /** By bucket, what its rows are added to: predictions of all, and those of its group where buckets are not weighed. */
  readonly #columnsOf: readonly (readonly Float64Array[])[];
  /** By class, its buckets. */
  readonly #bucketsOf: readonly (readonly number[])[];
  /** Where buckets are weighed, sums by class would depend on who came and went before: what they are made of, to be summed anew. */
  readonly #weighed: readonly { readonly members: readonly number[]; readonly predicted: Float64Array }[];
  readonly #changed = new Set<number>();

  /** @param counts [B,K], which are kept up to date from here on */
  constructor(counts: Int32Array | Float64Array, buckets: readonly Bucket[], classes: number) {
    this.counts = counts;
    this.#buckets = buckets;
    this.#classes = classes;
    this.#tallies = groupedTallies(counts, buckets, classes);
    const { predictedRows, predicted, groups } = this.#tallies;
    const isWeighed = predictedRows !== predicted;
    const columns = buckets.map(() => [predictedRows]);
    for (const group of groups) {
      if (isWeighed || group.predicted === predicted) continue;
      for (const b of group.members) columns[b] = [predictedRows, group.predicted];
    }
    this.#columnsOf = columns;
    const all = { members: Array.from(buckets.keys()), predicted };
    this.#weighed = isWeighed ? [all, ...groups] : [];
    const ofClass = Array.from({ length: classes }, (): number[] => []);
    buckets.forEach(({ label }, b) => {
      ofClass[label].push(b);
    });
    this.#bucketsOf = ofClass;
  }

  /** Moves a row, or as much as it counts for within its bucket, from one class to another. */
  move(bucket: number, from: number, to: number, unit: number): void {
    const start = bucket * this.#classes;
    this.counts[start + from] -= unit;
    this.counts[start + to] += unit;
    const { label } = this.#buckets[bucket];
    if (from === label || to === label) this.#recognise(bucket, label);
    for (const predicted of this.#columnsOf[bucket]) {
      predicted[from] -= unit;
      predicted[to] += unit;
    }
    if (this.#weighed.length > 0) this.#changed.add(from).add(to);
  }

  /** What the counts amount to: the same numbers as from the counts themselves, to the last bit. They change with the next move. */
  tallies(): GroupedTallies {
    for (const label of this.#changed) {
      for (const { members, predicted } of this.#weighed)
        predicted[label] = predictedAs(label, this.counts, this.#buckets, members, this.#classes);
    }
    this.#changed.clear();
    return this.#tallies;
  }

  #recognise(bucket: number, label: number): void {
    const { correct, byClass } = this.#tallies;
    correct[bucket] = weightOf(this.#buckets[bucket]) * this.counts[bucket * this.#classes + label];
    let sum = 0;
    for (const b of this.#bucketsOf[label]) sum += correct[b];
    byClass.correct[label] = sum;
  }
}
