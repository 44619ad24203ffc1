/** Messages between the extension host (or any parent) and the engine process. */
import * as z from "zod";
import { installable } from "./jobResults.ts";
import { cycleRecord, objectiveId } from "./records.ts";
import { mostPoints, sweptBound } from "./sweep.ts";

const whole = z.int().nonnegative();

export {
  type DiscardResult,
  type GridResult,
  installableBackends,
  type JobKind,
  type JobResult,
  jobResults,
  type SweepResult,
  type UseResult,
} from "./jobResults.ts";

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
export const tuneChoices = z.object(choices);
export type TuneChoices = z.infer<typeof tuneChoices>;

/** What a tune is asked to do; the rest comes from selmix.json. */
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
  /** One bound after another, with what the objective comes to under each. */
  z.object({
    kind: z.literal("sweep"),
    configurationPath: z.string(),
    checkpoint: z.string().nullable(),
    swept: sweptBound,
    /** The bounds themselves, or how many to choose between what is had without any and what can be reached. */
    bounds: z.union([
      z.array(z.number().min(0).max(1)).min(1).max(mostPoints),
      z.int().min(2).max(mostPoints),
    ]),
    ...choices,
    backend: z.string().optional(),
    ...scope,
  }),
  /** Every combination of these, each tuned by itself. */
  z.object({
    kind: z.literal("grid"),
    configurationPath: z.string(),
    /** By `objectiveKey`: of the catalogue, or that of selmix.json. */
    objectives: z.array(z.string()).min(1),
    seeds: z.array(whole).min(1),
    /** Absolute paths; null for the newest, and where a classifier's scores are corrected. */
    checkpoints: z.array(z.string()).min(1).nullable(),
    backend: z.string().optional(),
    ...scope,
  }),
  z.object({
    kind: z.literal("usePoint"),
    sweepFolder: z.string(),
    /** From 0, in the order of the sweep's bounds. */
    point: whole,
    output: z.string().optional(),
    replace: z.boolean().optional(),
    ...scope,
  }),
  /** The head of a grid's tune in its place; it is a run then. */
  z.object({
    kind: z.literal("useTask"),
    configurationPath: z.string(),
    task: z.string(),
    replace: z.boolean().optional(),
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
  phase: z.enum(["load", "features", "tune", "save", "controls", "install", "grid"]),
  message: z.string(),
  step: z.number().int(),
  steps: z.number().int(),
  runFolder: z.string().nullable(),
  /** While tuning, the value of the objective on validation. */
  reached: z.object({ objective: z.string(), value: z.number() }).optional(),
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
