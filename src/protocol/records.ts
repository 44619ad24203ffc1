/**
 * What a run says about itself: the shapes kept in a run folder (`run.json`, `history.jsonl`, `result.json`) and sent
 * between the processes. Zod schemas, because every reader is at a border: another process, or a file that may be torn.
 */
import * as z from "zod";

/** Numbers between 0 and 1, one per bucket; `null` where the bucket has no sample. */
const perBucket = z.array(z.number().nullable());

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
  label: z.number().int(),
  group: z.number().int().nullable(),
  name: z.string(),
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
  meanRecall: z.number(),
  minRecall: z.number(),
  gMean: z.number(),
  hMean: z.number(),
  minHeadTailRecall: z.number(),
  macroF1: z.number(),
  minCoverage: z.number(),
  accuracy: z.number(),
  recall: perBucket,
  coverage: z.array(z.number()),
  support: z.array(z.number().int()),
});
export type EvaluationRecord = z.infer<typeof evaluationRecord>;

/** An evaluation on the set tuned on, and on the held-out test set where there is one. */
export const splitEvaluation = z.object({
  validation: evaluationRecord,
  test: evaluationRecord.nullable(),
});
export type SplitEvaluation = z.infer<typeof splitEvaluation>;

/** A value with the ends of its 95 % interval. */
export const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });
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
  metric: z.string(),
  kind: z.enum(["atLeast", "atMost"]),
  bound: z.number(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  satisfied: z.boolean(),
  /** The same on the test set, where there is one: its own worst value. */
  test: interval.nullable().optional(),
});
export type ConstraintVerdict = z.infer<typeof constraintVerdict>;

/** Where training started: the checkpoint's head, or the same with b - tau log(prior). */
export const startRecord = z.object({
  kind: z.enum(["checkpoint", "logitAdjusted"]),
  tau: z.number(),
  why: z.string(),
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
  name: z.string(),
  description: z.string(),
  trainingFree: z.boolean(),
  evaluation: splitEvaluation,
  satisfied: z.boolean(),
  seconds: z.number(),
});
export type ControlRecord = z.infer<typeof controlRecord>;

/** Predicted against measured change of the objective over the run (method.md section 6). */
export const auditRecord = z.object({
  cycles: z.number().int(),
  rankCorrelation: z.number().nullable(),
  sentence: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecord>;

/** A line of `history.jsonl`. */
export const cycleRecord = z.object({
  cycle: z.number().int(),
  step: z.number().int(),
  steps: z.number().int(),
  /** psi on validation at the start of the cycle, constraints left out. */
  objective: z.number(),
  recall: perBucket,
  coverage: z.array(z.number()),
  /** Weights of the objective's parts (min objectives) and of each constraint. */
  multipliers: z.object({ objective: z.array(z.number()), constraints: z.array(z.number()) }),
  feasible: z.boolean(),
  /** Whether this head became the best so far. */
  best: z.boolean(),
  positiveGains: z.number().int(),
  /** Change of psi the gain promises for this cycle, and the change that came. `measured` is null in the last line. */
  predictedChange: z.number(),
  measuredChange: z.number().nullable(),
  learningRate: z.number(),
  /** Place of this cycle's G and P in gain.bin, counted in records; null where it was not kept. */
  gainIndex: z.number().int().nullable(),
  seconds: z.number(),
});
export type CycleRecord = z.infer<typeof cycleRecord>;

export const backendRecord = z.object({ name: z.string(), device: z.string(), why: z.string() });
export type BackendRecord = z.infer<typeof backendRecord>;

/** What `tune --json` prints and `result.json` holds. */
export const tuneResult = z.object({
  checkpoint: z.string(),
  output: z.string(),
  objective: objectiveId,
  constraints: z.array(constraintVerdict),
  backend: backendRecord,
  classes: z.array(z.string()),
  buckets: z.array(bucketRecord),
  /** Training samples of each class, for head and tail. */
  trainCounts: z.array(z.number().int()),
  /** Class indices that count as head; the others are the tail. */
  headClasses: z.array(z.number().int()),
  before: splitEvaluation,
  after: splitEvaluation,
  changes: z.object({ validation: metricChanges, test: metricChanges.nullable() }),
  start: startRecord,
  bestStep: z.number().int(),
  steps: z.number().int(),
  controls: z.array(controlRecord),
  audit: auditRecord,
  warnings: z.array(z.string()),
  seconds: z.object({ load: z.number(), tune: z.number(), save: z.number(), total: z.number() }),
  runFolder: z.string(),
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
  selmix: z.string(),
  state: runState,
  /** Process id of the engine while running. */
  pid: z.number().int(),
  /** Name of the machine that runs it; the workspace may be shared. */
  host: z.string().optional(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  checkpoint: z.string(),
  checkpointHash: z.string(),
  configurationPath: z.string(),
  /** selmix.json as used, after defaults and command-line choices. */
  configuration: z.record(z.string(), z.unknown()),
  objective: objectiveId,
  seed: z.number().int(),
  backend: backendRecord.nullable(),
  classes: z.array(z.string()),
  buckets: z.array(bucketRecord),
  trainCounts: z.array(z.number().int()),
  headClasses: z.array(z.number().int()),
  /** What started it: a person, or a saved checkpoint. */
  trigger: z.enum(["user", "save"]),
  error: z.string().nullable(),
});
export type RunRecord = z.infer<typeof runRecord>;
