/** What heads make of a set, as records say it: metrics, recalls, intervals, changes. */
import * as z from "zod";
import { type ReportedId, reportedIds } from "../metrics/catalogue.ts";

const number = z.number();
const whole = z.int();
const text = z.string();
const numbers = z.array(number);
const wholes = z.array(whole);

/** Numbers between 0 and 1, one per bucket; `null` where the bucket has no sample. */
export const perBucket = z.array(number.nullable());

/** A row of the confusion matrix: a class, or a class within a group. */
export const bucketRecord = z.object({
  label: whole,
  group: whole.nullable(),
  name: text,
});
export type BucketRecord = z.infer<typeof bucketRecord>;

/** Something for each of the metrics that a writer knew; those that this version does not know are left out. */
function partial<Value extends z.ZodType>(value: Value) {
  const entries = reportedIds.map((id) => [id, value.optional()]);
  return Object.fromEntries(entries) as Record<ReportedId, z.ZodOptional<Value>>;
}

/** One head on one set. `recall` and `support` are per bucket, `coverage` per class. */
export const evaluationRecord = z.object({
  ...partial(number),
  /** Where the objective of the run is no metric of the catalogue, its value by its id. */
  own: z.record(text, number).optional(),
  recall: perBucket,
  coverage: numbers,
  support: wholes,
});
export type EvaluationRecord = z.infer<typeof evaluationRecord>;

/** An evaluation on the set tuned on, and on the held-out test set where there is one. */
export const splitEvaluation = z.object({
  validation: evaluationRecord,
  test: evaluationRecord.nullable(),
});
export type SplitEvaluation = z.infer<typeof splitEvaluation>;

/** A value with the ends of its 95 % interval. */
export const interval = z.object({ value: number, low: number, high: number });
export type Interval = z.infer<typeof interval>;

/** Before, after and paired change of the scalar metrics, with 95 % intervals. */
const metricChange = z.object({ before: interval, after: interval, change: interval });
export type MetricChange = z.infer<typeof metricChange>;
export const metricChanges = z.object({
  ...partial(metricChange),
  /** Of the objective of the run, where it is no metric of the catalogue, by its id. */
  own: z.record(text, metricChange).optional(),
});
export type MetricChanges = z.infer<typeof metricChanges>;
