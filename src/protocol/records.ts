/**
 * What a run says about itself: the shapes kept in a run folder (`run.json`, `history.jsonl`, `result.json`) and sent
 * between the processes. Zod schemas, because every reader is at a border: another process, or a file that may be torn.
 */
import * as z from "zod";

// Made once: to make a schema takes longer than to use it, and most processes use each once.
const number = z.number();
const whole = z.int();
const text = z.string();
const flag = z.boolean();
const numbers = z.array(number);
const wholes = z.array(whole);
const texts = z.array(text);

/** Numbers between 0 and 1, one per bucket; `null` where the bucket has no sample. */
const perBucket = z.array(number.nullable());

/** Objectives by id (method.md section 4). */
export const objectiveIds = [
  "meanRecall",
  "minRecall",
  "gMean",
  "hMean",
  "minHeadTailRecall",
  "macroF1",
] as const;
export const objectiveId = z.enum(objectiveIds);
export type ObjectiveId = z.infer<typeof objectiveId>;

/** A row of the confusion matrix: a class, or a class within a group. */
export const bucketRecord = z.object({
  label: whole,
  group: whole.nullable(),
  name: text,
});
export type BucketRecord = z.infer<typeof bucketRecord>;

/** Scalar metrics of an evaluation; all higher-is-better fractions. */
export const scalarMetrics = [
  "meanRecall",
  "minRecall",
  "gMean",
  "hMean",
  "minHeadTailRecall",
  "macroF1",
  "minCoverage",
  "accuracy",
] as const;
export type ScalarMetric = (typeof scalarMetrics)[number];

/** One head on one set. `recall` and `support` are per bucket, `coverage` per class. */
export const evaluationRecord = z.object({
  meanRecall: number,
  minRecall: number,
  gMean: number,
  hMean: number,
  minHeadTailRecall: number,
  macroF1: number,
  minCoverage: number,
  accuracy: number,
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

/** Before, after and paired change of the scalar metrics, with bootstrap intervals. */
export const metricChanges = z.record(
  z.enum(scalarMetrics),
  z.object({ before: interval, after: interval, change: interval }),
);
export type MetricChanges = z.infer<typeof metricChanges>;

/**
 * A constraint's verdict on validation at the end of a run, for the value nearest to its bound or furthest beyond it;
 * `metric` says which that is, for example `coverage[shirt]`. `low` and `high` are the ends of a 95 % interval.
 */
export const constraintVerdict = z.object({
  metric: text,
  kind: z.enum(["atLeast", "atMost"]),
  bound: number,
  value: number,
  low: number,
  high: number,
  satisfied: flag,
  /** The same on the test set, where there is one: its own worst value. */
  test: interval.nullable().optional(),
});
export type ConstraintVerdict = z.infer<typeof constraintVerdict>;

/** Where training started: the checkpoint's head, or the same with b - tau log(prior). */
export const startRecord = z.object({
  kind: z.enum(["checkpoint", "logitAdjusted"]),
  tau: number,
  why: text,
});
export type StartRecord = z.infer<typeof startRecord>;

/** A control of method.md section 6, as it came out. */
export const controlRecord = z.object({
  id: z.enum([
    "logitAdjustment",
    "tunedBias",
    "classBalanced",
    "policyMarginal",
    "uniformMixup",
    "trainOnValidation",
  ]),
  name: text,
  description: text,
  trainingFree: flag,
  evaluation: splitEvaluation,
  satisfied: flag,
  seconds: number,
});
export type ControlRecord = z.infer<typeof controlRecord>;

/** Predicted against measured change of the objective over the run (method.md section 6). */
export const auditRecord = z.object({
  cycles: whole,
  rankCorrelation: number.nullable(),
  sentence: text,
});
export type AuditRecord = z.infer<typeof auditRecord>;

/** A line of `history.jsonl`. */
export const cycleRecord = z.object({
  cycle: whole,
  step: whole,
  steps: whole,
  /** psi on validation at the start of the cycle, constraints left out. */
  objective: number,
  recall: perBucket,
  coverage: numbers,
  /** Weights of the objective's parts (min objectives) and of each constraint. */
  multipliers: z.object({ objective: numbers, constraints: numbers }),
  feasible: flag,
  /** Whether this head became the best so far. */
  best: flag,
  positiveGains: whole,
  /** Change of psi the gain promises for this cycle, and the change that came. `measured` is null in the last line. */
  predictedChange: number,
  measuredChange: number.nullable(),
  learningRate: number,
  /** Place of this cycle's G and P in gain.bin, counted in records; null where it was not kept. */
  gainIndex: whole.nullable(),
  seconds: number,
});
export type CycleRecord = z.infer<typeof cycleRecord>;

export const backendRecord = z.object({ name: text, device: text, why: text });
export type BackendRecord = z.infer<typeof backendRecord>;

/** What `tune --json` prints and `result.json` holds. */
export const tuneResult = z.object({
  checkpoint: text,
  /** SHA-256 of the content of each table, by its use ("train", "validation", ...). */
  tables: z.record(text, text).optional(),
  output: text,
  objective: objectiveId,
  constraints: z.array(constraintVerdict),
  backend: backendRecord,
  classes: texts,
  buckets: z.array(bucketRecord),
  /** Training samples of each class, for head and tail. */
  trainCounts: wholes,
  /** Class indices that count as head; the others are the tail. */
  headClasses: wholes,
  before: splitEvaluation,
  after: splitEvaluation,
  changes: z.object({ validation: metricChanges, test: metricChanges.nullable() }),
  start: startRecord,
  bestStep: whole,
  steps: whole,
  controls: z.array(controlRecord),
  audit: auditRecord,
  warnings: texts,
  seconds: z.object({ load: number, tune: number, save: number, total: number }),
  runFolder: text,
});
export type TuneResult = z.infer<typeof tuneResult>;

/** Counts behind the evaluations, in `confusion.bin`: int32 [B,K] matrices in this order, test ones only with a test set. */
export const confusionOrder = ["beforeValidation", "afterValidation", "beforeTest", "afterTest"] as const;
export type ConfusionName = (typeof confusionOrder)[number];

export const runState = z.enum(["running", "done", "failed", "cancelled"]);
export type RunState = z.infer<typeof runState>;

/** `run.json`: what was asked for, by whom, and how it stands. */
export const runRecord = z.object({
  version: z.literal(1),
  selmix: text,
  state: runState,
  /** Process id of the engine while running. */
  pid: whole,
  /** When that process started, as `startOf` tells it: ids are used again. */
  processStart: text.nullable().optional(),
  /** Name of the machine that runs it; the workspace may be shared. */
  host: text.optional(),
  startedAt: text,
  endedAt: text.nullable(),
  checkpoint: text,
  checkpointHash: text,
  configurationPath: text,
  /** selmix.json as used, after defaults and command-line choices. */
  configuration: z.record(text, z.unknown()),
  objective: objectiveId,
  seed: whole,
  backend: backendRecord.nullable(),
  classes: texts,
  buckets: z.array(bucketRecord),
  trainCounts: wholes,
  headClasses: wholes,
  /** What started it: a person, or a saved checkpoint. */
  trigger: z.enum(["user", "save"]),
  error: text.nullable(),
});
export type RunRecord = z.infer<typeof runRecord>;

/** `summary.json` of a run that has ended: both records without what grows with the classes, for lists of many runs. */
export const runSummary = z.object({ run: runRecord, result: tuneResult.nullable() });
export type RunSummary = z.infer<typeof runSummary>;
