/** A run as before and after, bucket by bucket: what every sentence and picture of it starts from. */
import type { RunSnapshot } from "../protocol/panels.ts";
import type { BucketRecord, EvaluationRecord, Interval, MetricChanges } from "../protocol/records.ts";
import { changeBetween, fewSamples, limits, shareOf } from "../statistics/intervals.ts";
import { evaluationOn, type Split, shownSet } from "./sets.ts";

/** A bucket's recall before and after. Intervals are null while samples are not known. */
export interface BucketChange {
  readonly index: number;
  readonly name: string;
  readonly label: number;
  readonly group: number | null;
  readonly head: boolean;
  readonly trainCount: number;
  readonly samples: number | null;
  readonly before: number | null;
  readonly after: number | null;
  readonly beforeInterval: Interval | null;
  readonly afterInterval: Interval | null;
  readonly changeInterval: Interval | null;
}

export interface Comparison {
  readonly split: Split;
  /** The run has no result yet: before is its first cycle, after its last one, both on validation. */
  readonly live: boolean;
  readonly buckets: readonly BucketChange[];
  readonly coverageBefore: readonly number[];
  readonly coverageAfter: readonly number[];
  readonly metrics: MetricChanges | null;
  readonly classes: readonly string[];
  readonly grouped: boolean;
}

type Evaluated = Pick<EvaluationRecord, "recall" | "coverage"> & {
  readonly support: readonly number[] | null;
};

/** Before and after on a set; the validation set where there is no test set or no result. Null before the first cycle. */
export function compare(snapshot: RunSnapshot, wanted: Split): Comparison | null {
  const { result } = snapshot;
  if (result !== null) {
    const split = wanted === "validation" ? wanted : shownSet(result.before, result.after);
    const [before, after] = [evaluationOn(result.before, split), evaluationOn(result.after, split)];
    return build(snapshot, split, false, result.buckets, before, after, result.changes[split]);
  }
  return compareCycles(snapshot);
}

/** The first cycle and the last, of what was steered; null before the first. */
export function compareCycles(snapshot: RunSnapshot): Comparison | null {
  const { run, history } = snapshot;
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined || run.buckets.length === 0) return null;
  const [before, after] = [first, last].map((cycle) => ({ ...cycle, support: null }));
  return before && after && build(snapshot, "validation", true, run.buckets, before, after, null);
}

function build(
  snapshot: RunSnapshot,
  split: Split,
  live: boolean,
  rows: readonly BucketRecord[],
  before: Evaluated,
  after: Evaluated,
  metrics: MetricChanges | null,
): Comparison {
  const { run } = snapshot;
  const heads = new Set(run.headClasses);
  const buckets = rows.map((bucket, index): BucketChange => {
    const samples = after.support?.[index] ?? null;
    const recallBefore = before.recall[index] ?? null;
    const recallAfter = after.recall[index] ?? null;
    const estimateBefore = shareOf(recallBefore, samples ?? 0);
    const estimateAfter = shareOf(recallAfter, samples ?? 0);
    return {
      index,
      name: bucket.name,
      label: bucket.label,
      group: bucket.group,
      head: heads.has(bucket.label),
      trainCount: run.trainCounts[bucket.label] ?? 0,
      samples,
      before: recallBefore,
      after: recallAfter,
      beforeInterval: limits(estimateBefore),
      afterInterval: limits(estimateAfter),
      changeInterval: limits(changeBetween(estimateBefore, estimateAfter)),
    };
  });
  return {
    split,
    live,
    buckets,
    coverageBefore: before.coverage,
    coverageAfter: after.coverage,
    metrics,
    classes: run.classes,
    grouped: rows.some((bucket) => bucket.group !== null),
  };
}

/** after - before, or null. */
export function changeOf(bucket: BucketChange): number | null {
  return bucket.before === null || bucket.after === null ? null : bucket.after - bucket.before;
}

/** Buckets with fewer samples than a recall can be judged by. */
export function scarceBuckets(comparison: Comparison): BucketChange[] {
  return comparison.buckets.filter((bucket) => bucket.samples !== null && bucket.samples < fewSamples);
}
