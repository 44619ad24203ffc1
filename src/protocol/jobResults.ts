/** What each kind of job comes to, checked where it arrives. */
import * as z from "zod";
import { againstRun, setReport } from "./evaluation.ts";
import {
  backendRecord,
  bucketRecord,
  constraintVerdict,
  controlRecord,
  priorRecord,
  splitEvaluation,
  tuneResult,
} from "./records.ts";
import { sweepRecord } from "./sweep.ts";

/** Backends that can be installed on request. */
export const installableBackends = ["tensorflow-gpu", "webgpu", "native", "tensorflow"] as const;
export const installable = z.enum(installableBackends);

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
export const sweepResult = z.object({ sweepFolder: z.string(), sweep: sweepRecord });
export type SweepResult = z.infer<typeof sweepResult>;
export const gridResult = z.object({
  gridFolder: z.string(),
  /** How many there are, and what became of them. */
  ...{ tunes: z.int(), done: z.int(), failed: z.int() },
  /** What is to be known of it: why tunes failed, how much of a result is luck. */
  sentences: z.array(z.string()),
  seconds: z.number(),
});
export type GridResult = z.infer<typeof gridResult>;
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
  sweep: sweepResult,
  grid: gridResult,
  usePoint: useResult,
  useTask: useResult,
  discard: discardResult,
  backends: backendsResult,
  install: installResult,
  remove: z.object({ removed: z.boolean() }),
} as const;
export type JobKind = keyof typeof jobResults;
export type JobResult<K extends JobKind> = z.infer<(typeof jobResults)[K]>;
