/**
 * What a run says about itself: the shapes kept in a run folder (`run.json`, `history.jsonl`, `result.json`) and sent
 * between the processes. Zod schemas, because every reader is at a border: another process, or a file that may be torn.
 */
import * as z from "zod";
import { objectiveIds } from "../metrics/catalogue.ts";
import { about, constraintVerdict } from "./bounds.ts";
import { bucketRecord, evaluationRecord, metricChanges, perBucket, splitEvaluation } from "./measured.ts";
import { verdictRecord } from "./verdict.ts";

export {
  type ConstraintVerdict,
  constraintVerdict,
  type Judgement,
  type ProofRecord,
  type VerdictStatus,
  verdictStatus,
} from "./bounds.ts";
export {
  type BucketRecord,
  bucketRecord,
  type EvaluationRecord,
  evaluationRecord,
  type Interval,
  interval,
  type MetricChange,
  type MetricChanges,
  metricChanges,
  type SplitEvaluation,
  splitEvaluation,
} from "./measured.ts";
export {
  type AnswerMethod,
  answerMethod,
  type Balance,
  type DecisionName,
  type DecisionReason,
  decisionName,
  decisionReason,
  type VerdictRecord,
  verdictRecord,
} from "./verdict.ts";

// Made once: to make a schema takes longer than to use it, and most processes use each once.
const number = z.number();
const whole = z.int();
const text = z.string();
const flag = z.boolean();
const numbers = z.array(number);
const wholes = z.array(whole);
const texts = z.array(text);

/** The shape of what is written now. Readers also take 1 (see `version1.ts`). */
export const recordVersion = 2 as const;
const version = z.literal(recordVersion);
export const objectiveId = z.enum(objectiveIds);

/** What each multiplier of a run belongs to, in the order of the numbers in its history. */
export const multiplierNames = z.object({
  objective: z.array(z.object(about)),
  constraints: z.array(
    z.object({
      ...{ metric: text, kind: z.enum(["atLeast", "atMost"]), bound: number },
      relative: z.literal(true).optional(),
      ...about,
    }),
  ),
});
export type MultiplierNames = z.infer<typeof multiplierNames>;

/** Where training started: the checkpoint's head, or the same with b - tau log(prior). */
export const startRecord = z.object({
  kind: z.enum(["checkpoint", "logitAdjusted", "tunedBias"]),
  tau: number,
  why: text,
});
export type StartRecord = z.infer<typeof startRecord>;

/** A control (docs/method.md, section 17.2), as it came out. `validation` is null where it was trained on those rows; of tuned offsets it is cross-fitted. */
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
  evaluation: z.object({ validation: evaluationRecord.nullable(), test: evaluationRecord.nullable() }),
  /** Whether it keeps every bound, sure or not: on validation, on test where it was trained on validation. */
  satisfied: flag,
  seconds: number,
});
export type ControlRecord = z.infer<typeof controlRecord>;

/** Predicted against measured change of the objective over the run (docs/method.md, eq. (21)). */
export const auditRecord = z.object({
  cycles: whole,
  rankCorrelation: number.nullable(),
  sentence: text,
});
export type AuditRecord = z.infer<typeof auditRecord>;

/** A line of `history.jsonl`. */
export const cycleRecord = z.object({
  version,
  cycle: whole,
  step: whole,
  steps: whole,
  /** psi on validation at the start of the cycle, constraints left out. */
  objective: number,
  /** Of the buckets of `run.json`. */
  recall: perBucket,
  coverage: numbers,
  /** Weights of the objective's parts (min objectives) and of each bounded value; `run.json` has their names. */
  multipliers: z.object({ objective: numbers, constraints: numbers }),
  feasible: flag,
  /** Whether this head became the best so far. */
  best: flag,
  positiveGains: whole,
  /** Change of psi the gain promises for this cycle, and the change that came. `measured` is null in the last line. */
  predictedChange: number,
  measuredChange: number.nullable(),
  learningRate: number,
  /** Place of this cycle's G and P among those that are kept, counted in records; null where it was not kept. */
  gainIndex: whole.nullable(),
  seconds: number,
});
export type CycleRecord = z.infer<typeof cycleRecord>;

export const backendRecord = z.object({ name: text, device: text, why: text });
export type BackendRecord = z.infer<typeof backendRecord>;

/** Whose class shares are meant: those of a set, or shares given. */
export const priorRecord = z.union([z.enum(["validation", "train", "test"]), numbers]);

/** How good probabilities are: log-loss, and expected calibration error in 15 bins of equal width. */
const probabilityQuality = z.object({ logLoss: number, calibrationError: number });
const probabilityChange = z.object({ before: probabilityQuality, after: probabilityQuality });

/** Probabilities of the checkpoint's head and of the head that is written. */
export const probabilityRecord = z.object({
  /** Folded into the head; null where none was. */
  temperature: number.nullable(),
  validation: probabilityChange,
  test: probabilityChange.nullable(),
});
export type ProbabilityRecord = z.infer<typeof probabilityRecord>;

/** What `tune --json` prints and `result.json` holds. */
export const tuneResult = z.object({
  version,
  /** Null where a classifier's scores were corrected. */
  checkpoint: text.nullable(),
  /** SHA-256 of the content of each table, by its use ("train", "validation", ...). */
  tables: z.record(text, text).optional(),
  /** The tuned copy; null where none was written. */
  output: text.nullable(),
  /** The offsets by group that go with the copy, where groups are known at prediction. */
  groupTable: text.optional(),
  /** What the run comes to. Runs of 0.1.0 have none. */
  verdict: verdictRecord.optional(),
  /** An objective of the catalogue, unless another version wrote it. */
  objective: text,
  constraints: z.array(constraintVerdict),
  backend: backendRecord,
  classes: texts,
  /** The rows of the evaluations and of the counts behind them: classes, or classes within groups where the tables have groups. */
  buckets: z.array(bucketRecord),
  /** Training samples of each class, for head and tail. */
  trainCounts: wholes,
  /** Class indices that count as head; the others are the tail. */
  headClasses: wholes,
  before: splitEvaluation,
  /** The head that the verdict is about, which `constraints` and `changes` are about too. */
  after: splitEvaluation,
  /** Whether the checkpoint keeps every bound, on validation and on test. */
  beforeSatisfied: flag.optional(),
  /** The trained head, whatever the verdict is about; null where it found none better than those that need no training. */
  trained: z.object({ evaluation: splitEvaluation, satisfied: flag }).nullable().optional(),
  /** Of the head that the verdict is about; absent where they were not looked at. */
  probabilities: probabilityRecord.optional(),
  /** The class shares that everything was measured under: validation's own where it is absent. */
  prior: priorRecord.optional(),
  minimumSupport: whole.optional(), // Samples that a value of groups divides by to be judged; absent without groups.
  changes: z.object({ validation: metricChanges, test: metricChanges.nullable() }),
  start: startRecord,
  bestStep: whole,
  steps: whole,
  controls: z.array(controlRecord),
  audit: auditRecord,
  warnings: texts,
  seconds: z.object({ load: number, tune: number, save: number, total: number }),
  runFolder: text,
  /** Of a result in short: what its sets are made of, by a hash of the names of the classes and of their samples. */
  populations: z.object({ validation: text, test: text.nullable() }).optional(),
});
export type TuneResult = z.infer<typeof tuneResult>;

/** Counts behind the evaluations: int32 [B,K] matrices in this order, test ones only with a test set. */
export const confusionOrder = ["beforeValidation", "afterValidation", "beforeTest", "afterTest"] as const;
export type ConfusionName = (typeof confusionOrder)[number];

/** A tuned copy that was written: where, what it held (SHA-256; of the file that names the others, where there are several), and when. */
export const copyRecord = z.object({ output: text, sha256: text, at: text });
export type CopyRecord = z.infer<typeof copyRecord>;

export const runState = z.enum(["running", "done", "failed", "cancelled"]);
export type RunState = z.infer<typeof runState>;

/** `run.json`: what was asked for, by whom, and how it stands. */
export const runRecord = z.object({
  version,
  selmix: text,
  state: runState,
  /** Process id of the engine while running. */
  pid: whole,
  /** When that process started, as `startOf` tells it: ids are used again. */
  processStart: text.nullable().optional(),
  /** Name of the machine that runs it; the workspace may be shared. */
  host: text.optional(),
  ...{ startedAt: text, endedAt: text.nullable() },
  checkpoint: text,
  /** What it is called in lists, unlike every other checkpoint of the configuration. Runs of 0.1.0 do not say it. */
  checkpointName: text.optional(),
  /** `contentHash` of all its parts. */
  checkpointHash: text,
  /** `bodyHash` of the checkpoint; null where it cannot be told. Runs of 0.1.0 say neither this nor their tables. */
  bodyHash: text.nullable().optional(),
  /** SHA-256 of the content of each table, by its use. */
  tables: z.record(text, text).optional(),
  configurationPath: text,
  /** selmix.json as used, after defaults and command-line choices. */
  configuration: z.record(text, z.unknown()),
  /** An objective of the catalogue, unless another version wrote it. */
  objective: text,
  ...{ seed: whole, backend: backendRecord.nullable() },
  classes: texts,
  /** Names of the groups by index, where the tables have groups with names. */
  groups: texts.optional(),
  /** What is steered, and the rows of history and gains: classes, or classes within groups where the goal is about groups. */
  buckets: z.array(bucketRecord),
  multipliers: multiplierNames.optional(),
  ...{ trainCounts: wholes, headClasses: wholes },
  /** What started it: a person, or a saved checkpoint. */
  trigger: z.enum(["user", "save"]),
  error: text.nullable(),
  /** The copies of its head, one for each place: those of its end, and those that a person asked for. */
  copies: z.array(copyRecord).optional(),
  /** When a person discarded it; it was not used again since. */
  discardedAt: text.optional(),
});
export type RunRecord = z.infer<typeof runRecord>;

/** `summary.json` of a run that has ended: both records without what grows with the classes, for lists of many runs. */
export const runSummary = z.object({ run: runRecord, result: tuneResult.nullable() });
export type RunSummary = z.infer<typeof runSummary>;
