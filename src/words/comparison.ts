/** A run as before and after, bucket by bucket: what every sentence and picture of it starts from. */
import type { RunSnapshot } from "../protocol/panels.ts";
import type {
  BucketRecord,
  EvaluationRecord,
  Interval,
  MetricChanges,
  RunRecord,
  TuneResult,
} from "../protocol/records.ts";
import { changeBetween, fewSamples, limits, shareOf } from "../statistics/intervals.ts";
import { isGrouped } from "./names.ts";
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
  /** Classes, whatever groups there are; of a run at work that steers classes within groups, these. */
  readonly buckets: readonly BucketChange[];
  /** Whether `buckets` are classes within groups. */
  readonly grouped: boolean;
  /** Classes within groups, beside the classes, where a result has groups. */
  readonly cells: readonly BucketChange[];
  readonly coverageBefore: readonly number[];
  readonly coverageAfter: readonly number[];
  readonly metrics: MetricChanges | null;
  readonly classes: readonly string[];
}

type Evaluated = Pick<EvaluationRecord, "recall" | "coverage"> & {
  readonly support: readonly number[] | null;
};

/** What is known of the classes, by a run or its result. */
type Known = Pick<RunRecord, "classes" | "headClasses" | "trainCounts">;

/** Before and after on a set; the validation set where there is no test set or no result. Null before the first cycle. */
export function compare(snapshot: RunSnapshot, wanted: Split): Comparison | null {
  const { result, run } = snapshot;
  if (result === null) return compareCycles(snapshot);
  const split = wanted === "validation" ? wanted : shownSet(result.before, result.after);
  return compareResult(result, split, run);
}

/** Before and after of a result on a set, by class, and by class within groups where there are groups. */
export function compareResult(
  result: Pick<TuneResult, "before" | "after" | "buckets" | "changes"> & Known,
  split: Split,
  known: Known = result,
): Comparison {
  const [before, after] = [evaluationOn(result.before, split), evaluationOn(result.after, split)];
  const rows = result.buckets;
  const grouped = isGrouped(rows);
  const [from, to] = [before, after].map((one) => (grouped ? byClass(one, rows, known.classes.length) : one));
  const all = known.classes.map((name, label) => ({ label, group: null, name }));
  return {
    ...{ split, live: false, grouped: false },
    buckets: changesOf(known, grouped ? all : rows, from ?? before, to ?? after),
    cells: grouped ? changesOf(known, rows, before, after) : [],
    coverageBefore: before.coverage,
    coverageAfter: after.coverage,
    metrics: result.changes[split],
    classes: known.classes,
  };
}

/** The first cycle and the last, of what was steered; null before the first. */
export function compareCycles({ run, history }: RunSnapshot): Comparison | null {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined || run.buckets.length === 0) return null;
  const [before, after] = [
    { ...first, support: null },
    { ...last, support: null },
  ];
  return {
    ...{ split: "validation", live: true },
    buckets: changesOf(run, run.buckets, before, after),
    grouped: isGrouped(run.buckets),
    cells: [],
    coverageBefore: before.coverage,
    coverageAfter: after.coverage,
    metrics: null,
    classes: run.classes,
  };
}

/** Samples of each class, from those of the rows of a result. */
export function classSamples(
  rows: readonly Pick<BucketRecord, "label">[],
  support: readonly number[],
  classes: number,
): number[] {
  const samples = new Array<number>(classes).fill(0);
  rows.forEach(({ label }, row) => {
    samples[label] = (samples[label] ?? 0) + (support[row] ?? 0);
  });
  return samples;
}

/** Recall and samples of each class, from those of classes within groups. */
function byClass(
  { recall, support, coverage }: EvaluationRecord,
  rows: readonly BucketRecord[],
  classes: number,
): Evaluated {
  const samples = classSamples(rows, support, classes);
  const right = new Array<number>(classes).fill(0);
  rows.forEach(({ label }, row) => {
    // A recall is a count over samples: the count comes back whole.
    right[label] = (right[label] ?? 0) + Math.round((recall[row] ?? 0) * (support[row] ?? 0));
  });
  const shares = samples.map((count, label) => (count > 0 ? (right[label] ?? 0) / count : null));
  return { recall: shares, support: samples, coverage };
}

function changesOf(
  { headClasses, trainCounts }: Known,
  rows: readonly BucketRecord[],
  before: Evaluated,
  after: Evaluated,
): BucketChange[] {
  const heads = new Set(headClasses);
  return rows.map((bucket, index): BucketChange => {
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
      trainCount: trainCounts[bucket.label] ?? 0,
      samples,
      before: recallBefore,
      after: recallAfter,
      beforeInterval: limits(estimateBefore),
      afterInterval: limits(estimateAfter),
      changeInterval: limits(changeBetween(estimateBefore, estimateAfter)),
    };
  });
}

/** The one that is lowest of those that have a value. */
export function worstOf(changes: readonly BucketChange[], when: "before" | "after"): BucketChange | null {
  return changes.reduce<BucketChange | null>((lowest, bucket) => {
    const value = bucket[when];
    if (value === null) return lowest;
    return lowest === null || value < (lowest[when] ?? 1) ? bucket : lowest;
  }, null);
}

/** after - before, or null. */
export function changeOf(bucket: BucketChange): number | null {
  return bucket.before === null || bucket.after === null ? null : bucket.after - bucket.before;
}

/** Buckets with fewer samples than a recall can be judged by. */
export function scarceBuckets(comparison: Comparison): BucketChange[] {
  return comparison.buckets.filter((bucket) => bucket.samples !== null && bucket.samples < fewSamples);
}
