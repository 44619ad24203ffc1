/** Messages between the extension host (or any parent) and the engine process. */
import * as z from "zod";
import { againstRun, setReport } from "./evaluation.ts";
import {
  backendRecord,
  bucketRecord,
  constraintVerdict,
  controlRecord,
  cycleRecord,
  objectiveId,
  priorRecord,
  splitEvaluation,
  tuneResult,
} from "./records.ts";

/** How far a job may reach: paths stay in the workspace (default: the configuration's folder) unless allowed outside. */
const scope = {
  workspace: z.string().optional(),
  allowOutside: z.boolean().optional(),
  /** Whether the user trusts the workspace: only then are its programs run and its left-overs settled. */
  trusted: z.boolean().optional(),
  /** Whether packages in the workspace's node_modules may be run. */
  workspacePackages: z.boolean().optional(),
  /** Folder of a native backend package, or one that has it in node_modules, named by the user for this machine. */
  packagePath: z.string().optional(),
  /** Threads that a backend on the processor may use; all cores where it is left out. */
  threads: z.number().int().positive().optional(),
};

/** What a tune is asked to do; the rest comes from selmix.json. */
/** What a request may choose otherwise than the configuration does. */
const choices = {
  objective: objectiveId.optional(),
  steps: z.number().int().positive().optional(),
  seed: z.number().int().nonnegative().optional(),
  prior: z.enum(["validation", "train", "test"]).optional(),
  margin: z.union([z.literal("auto"), z.literal(0)]).optional(),
  calibrate: z.boolean().optional(),
  groupsAtPrediction: z.boolean().optional(),
};

export const tuneRequest = z.object({
  configurationPath: z.string(),
  /** Absolute path; null means the newest checkpoint that the configuration names. */
  checkpoint: z.string().nullable(),
  ...choices,
  backend: z.string().optional(),
  trigger: z.enum(["user", "save"]).default("user"),
  /** Whether a file that SelMix did not write may be replaced by the output. */
  replace: z.boolean().optional(),
  /** Runs of this configuration that are kept; 50 when left out. */
  keepRuns: z.number().int().positive().optional(),
  /** What the checkpoint held when it was noticed: it is not read again while its files are the same. */
  content: z.object({ hash: z.string(), state: z.string() }).optional(),
  /** Folder of a run that died or was stopped, to go on with; its own record says the rest. */
  resume: z.string().optional(),
  ...scope,
});
export type TuneRequest = z.infer<typeof tuneRequest>;

/** Backends that can be installed on request. */
export const installableBackends = ["tensorflow-gpu", "webgpu", "native", "tensorflow"] as const;
const installable = z.enum(installableBackends);

/** Jobs by kind. Each request is answered by exactly one of done, failed, cancelled. */
export const jobRequest = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("tune"), request: tuneRequest }),
  z.object({
    kind: z.literal("evaluate"),
    configurationPath: z.string(),
    checkpoint: z.string().nullable(),
    backend: z.string().optional(),
    /** An earlier run to hold it against, and how far values may fall. */
    against: z.object({ runFolder: z.string(), tolerance: z.number() }).optional(),
    ...scope,
  }),
  z.object({
    kind: z.literal("controls"),
    configurationPath: z.string(),
    checkpoint: z.string().nullable(),
    ...choices,
    backend: z.string().optional(),
    ...scope,
  }),
  z.object({
    kind: z.literal("inspect"),
    checkpoint: z.string(),
    configurationPath: z.string().nullable(),
    ...scope,
  }),
  /** What the numbers of a tensor are like. */
  z.object({
    kind: z.literal("tensor"),
    checkpoint: z.string(),
    configurationPath: z.string().nullable(),
    tensor: z.string(),
    ...scope,
  }),
  /** The classes of the head. */
  z.object({
    kind: z.literal("headRows"),
    checkpoint: z.string(),
    configurationPath: z.string().nullable(),
    ...scope,
  }),
  z.object({
    kind: z.literal("use"),
    /** Folder of the run. */
    runFolder: z.string(),
    /** Where its copy goes, absolute; where the run's configuration says when left out. */
    output: z.string().optional(),
    /** Whether a file that SelMix did not write may be replaced. */
    replace: z.boolean().optional(),
    ...scope,
  }),
  z.object({ kind: z.literal("discard"), runFolder: z.string(), ...scope }),
  z.object({ kind: z.literal("backends"), ...scope }),
  z.object({ kind: z.literal("install"), backend: installable }),
  z.object({ kind: z.literal("remove"), backend: installable }),
]);
export type JobRequest = z.infer<typeof jobRequest>;

export const toEngine = z.discriminatedUnion("type", [
  z.object({ type: z.literal("start"), job: z.string(), request: jobRequest }),
  z.object({ type: z.literal("cancel"), job: z.string() }),
  z.object({ type: z.literal("shutdown") }),
]);
export type ToEngine = z.infer<typeof toEngine>;

/** Progress of a job. `step`/`steps` count what `phase` counts; `runFolder` is set once the run's folder exists. */
export const jobProgress = z.object({
  phase: z.enum(["load", "features", "tune", "save", "controls", "install"]),
  message: z.string(),
  step: z.number().int(),
  steps: z.number().int(),
  runFolder: z.string().nullable(),
  /** While tuning, the value of the objective on validation. */
  reached: z.object({ objective: objectiveId, value: z.number() }).optional(),
});
export type JobProgress = z.infer<typeof jobProgress>;

/**
 * `replace`: a file in the way is replaced. `exportFeatures`: the features at hand are another checkpoint's, and a script makes its
 * own.
 */
const remedy = z.enum(["replace", "exportFeatures"]);
export type Remedy = z.infer<typeof remedy>;

export const fromEngine = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), pid: z.number().int(), version: z.string() }),
  z.object({ type: z.literal("heartbeat"), at: z.number() }),
  z.object({ type: z.literal("progress"), job: z.string(), progress: jobProgress }),
  /** Cycles of a run, in order, each once. */
  z.object({
    type: z.literal("cycles"),
    job: z.string(),
    runFolder: z.string(),
    cycles: z.array(cycleRecord),
  }),
  /** A program that a job started in a process group of its own: whoever outlives the engine ends it. */
  z.object({ type: z.literal("program"), pid: z.number().int().positive(), running: z.boolean() }),
  z.object({ type: z.literal("done"), job: z.string(), result: z.unknown() }),
  z.object({
    type: z.literal("failed"),
    job: z.string(),
    message: z.string(),
    detail: z.string(),
    /** What the user can do about it by a click. */
    remedy: remedy.optional(),
  }),
  z.object({ type: z.literal("cancelled"), job: z.string() }),
]);
export type FromEngine = z.infer<typeof fromEngine>;

/** Environment variable with the descriptor of the pipe on which an engine's second thread sends pulses, a line of JSON each. */
export const pulseVariable = "SELMIX_PULSE";

/** Sent whatever the engine computes: seconds since it last took a message, and whether it is therefore ended now. */
export const enginePulse = z.object({ still: z.number(), ends: z.boolean() });
export type EnginePulse = z.infer<typeof enginePulse>;

/** Results by kind of job, checked where they arrive. */
export const evaluateResult = z.object({
  /** Null where a classifier's scores are measured. */
  checkpoint: z.string().nullable(),
  classes: z.array(z.string()),
  /** The class shares that everything was measured under: those of the rows where it is absent. */
  prior: priorRecord.optional(),
  /** The rows of the evaluation. */
  buckets: z.array(bucketRecord),
  evaluation: splitEvaluation,
  /** How the bounds of the configuration stand. */
  constraints: z.array(constraintVerdict),
  sets: z.object({ validation: setReport, test: setReport.nullable() }),
  against: againstRun.optional(),
  warnings: z.array(z.string()),
  /** SHA-256 of the content of each table, by its use. */
  tables: z.record(z.string(), z.string()).optional(),
  seconds: z.number(),
});
export const controlsResult = z.object({
  checkpoint: z.string().nullable(),
  before: splitEvaluation,
  /** Whether the checkpoint itself keeps every bound. */
  beforeSatisfied: z.boolean(),
  controls: z.array(controlRecord),
  tables: z.record(z.string(), z.string()).optional(),
  /** Why others were left out, a sentence each. */
  notes: z.array(z.string()),
  seconds: z.number(),
});
export const inspectResult = z.object({
  checkpoint: z.string(),
  format: z.string(),
  tensors: z.array(
    z.object({ name: z.string(), shape: z.array(z.number()), type: z.string(), bytes: z.number() }),
  ),
  head: z
    .object({
      weight: z.string(),
      bias: z.string().nullable(),
      classes: z.number(),
      size: z.number(),
      reason: z.string(),
      /** Whether it was guessed, without features. */
      guessed: z.boolean().optional(),
    })
    .nullable(),
  headProblem: z.string().nullable(),
  /** What there is to know about the head, a sentence each. */
  headNotes: z.array(z.string()).optional(),
  /** A line of code that catches what enters the head, in the checkpoint's own framework. */
  hook: z.string().optional(),
  /** All tensors that fit features and labels: what a user may choose the head from. */
  candidates: z.array(
    z.object({ weight: z.string(), bias: z.string().nullable(), classes: z.number(), size: z.number() }),
  ),
});
export const tensorResult = z.object({
  tensor: z.string(),
  /** Numbers that it has, and how many were looked at: in places from end to end, or in front. */
  total: z.number(),
  seen: z.number(),
  spread: z.boolean(),
  notFinite: z.number(),
  zeros: z.number(),
  /** Of the finite ones; null where there is none. */
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export const headRowsResult = z.object({
  rows: z.array(
    z.object({
      class: z.string(),
      /** Length of its row of the weight. */
      norm: z.number(),
      bias: z.number().nullable(),
      /** In training; null where no table says it. */
      samples: z.number().nullable(),
    }),
  ),
});
export const backendsResult = z.object({
  chosen: backendRecord.nullable(),
  backends: z.array(
    z.object({
      name: z.string(),
      available: z.boolean(),
      device: z.string().nullable(),
      why: z.string(),
      /** What installing it would do, where it is not installed and can be. */
      install: z
        .object({
          backend: installable,
          packageName: z.string(),
          version: z.string(),
          folder: z.string(),
          downloadMegabytes: z.number(),
          diskMegabytes: z.number(),
        })
        .nullable(),
      /** Whether it was installed on request, and can be removed again. */
      removable: z.boolean(),
    }),
  ),
});
export const installResult = z.object({ packageName: z.string(), version: z.string(), folder: z.string() });
export const useResult = z.object({
  runFolder: z.string(),
  checkpoint: z.string(),
  /** The copy that was written. */
  output: z.string(),
  /** The baseline whose head it is; null for the trained head. */
  baseline: z.string().nullable(),
  /** Whether the verdict on the run is for this head. */
  advised: z.boolean(),
  /** What was done, for people. */
  sentence: z.string(),
});
export type UseResult = z.infer<typeof useResult>;
export const discardResult = z.object({
  runFolder: z.string(),
  copies: z.array(
    z.object({
      output: z.string(),
      /** `restored`: an earlier run's copy is there again; `left`: what is there is not what the run wrote. */
      now: z.enum(["restored", "removed", "left", "gone"]),
      /** The run whose copy is there again. */
      restored: z.string().nullable(),
    }),
  ),
  /** What was done, for people. */
  sentence: z.string(),
});
export type DiscardResult = z.infer<typeof discardResult>;
export const jobResults = {
  tune: tuneResult,
  evaluate: evaluateResult,
  controls: controlsResult,
  inspect: inspectResult,
  tensor: tensorResult,
  headRows: headRowsResult,
  use: useResult,
  discard: discardResult,
  backends: backendsResult,
  install: installResult,
  remove: z.object({ removed: z.boolean() }),
} as const;
export type JobKind = keyof typeof jobResults;
export type JobResult<K extends JobKind> = z.infer<(typeof jobResults)[K]>;
