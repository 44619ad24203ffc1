/** Messages between the extension host and the Tuning panel of the sidebar. The page draws one state; each replaces the last. */
import * as z from "zod";
import { backendRecord, interval, objectiveId, verdictStatus } from "./records.ts";

/** What can be done with the head of a run, by the name of the command. */
export const runAction = z.enum(["useRun", "revealOutput", "copyLoadingSnippet", "saveReport", "discardRun"]);
export type RunAction = z.infer<typeof runAction>;

const recallRow = z.object({ name: z.string(), recall: interval, text: z.string(), detail: z.string() });

export const tuningState = z.object({
  trusted: z.boolean(),
  configurations: z.array(z.object({ path: z.string(), name: z.string() })),
  /** Null where there is no selmix.json yet. */
  configuration: z
    .object({
      path: z.string(),
      /** Why it cannot be used; the rest is empty then. */
      error: z.string().nullable(),
      /** `objectiveKey`. */
      objective: z.string(),
      constraints: z.array(
        z.object({
          text: z.string(),
          /** At the end of the newest run, on every set that judged it; null where that had not this constraint. */
          status: verdictStatus.nullable(),
        }),
      ),
      autoRetune: z.boolean(),
    })
    .nullable(),
  /** Whether a classifier's scores stand for a checkpoint. */
  ofScores: z.boolean(),
  /** Whether a folder is open at all. */
  hasFolder: z.boolean(),
  objectives: z.array(z.object({ id: z.string(), name: z.string(), sentence: z.string() })),
  checkpoints: z.array(z.object({ path: z.string(), name: z.string(), detail: z.string() })),
  /** The checkpoint that Tune tunes; null for the newest. */
  checkpoint: z.string().nullable(),
  /** What the user insists on ("auto" for nothing), and what the last run computed with and why. */
  backend: z.object({
    setting: z.string(),
    last: backendRecord.nullable(),
    /** A package that is being installed, or the last one if that failed. `steps` is 0 until the end is known. */
    install: z
      .object({
        packageName: z.string(),
        message: z.string(),
        step: z.number(),
        steps: z.number(),
        failed: z.boolean(),
      })
      .nullable(),
  }),
  progress: z
    .object({
      checkpoint: z.string(),
      message: z.string(),
      step: z.number(),
      steps: z.number(),
      stopping: z.boolean(),
      /** Whether the run can be shown: its folder exists. */
      runFolder: z.string().nullable(),
    })
    .nullable(),
  /** The checkpoint that auto-retune tunes next. */
  waiting: z.string().nullable(),
  /** The checkpoint before any tuning; null where it was not measured, or its run tells more. */
  baseline: z
    .discriminatedUnion("kind", [
      z.object({
        kind: z.literal("known"),
        baseline: z.object({
          title: z.string(),
          classes: z.array(recallRow).readonly(),
          groups: z.array(recallRow).readonly(),
          advice: z.string(),
        }),
      }),
      z.object({ kind: z.literal("failed"), message: z.string() }),
    ])
    .nullable(),
  /** How the last run ended: what to do with it comes first. */
  last: z
    .object({
      kind: z.enum(["done", "unproven", "unsatisfied", "failed", "cancelled"]),
      checkpoint: z.string(),
      text: z.string(),
      /** Why, in a sentence; empty where the text says it all. */
      why: z.string(),
      detail: z.string(),
      runFolder: z.string().nullable(),
      actions: z.array(z.object({ action: runAction, label: z.string() })),
    })
    .nullable(),
});
export type TuningState = z.infer<typeof tuningState>;

export const toTuning = z.object({ type: z.literal("state"), state: tuningState });
export type ToTuning = z.infer<typeof toTuning>;

/** What the page may start: names of commands without their prefix. */
export const tuningCommand = z.enum([
  "createConfiguration",
  "tryExample",
  "openConfiguration",
  "addConstraint",
  "sweepBound",
  "sweepGrid",
  "stop",
  "chooseBackend",
  "showLog",
  "openFolder",
  "manageTrust",
]);

export const fromTuning = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("configuration"), path: z.string() }),
  z.object({ type: z.literal("checkpoint"), path: z.string().nullable() }),
  z.object({ type: z.literal("objective"), objective: objectiveId }),
  z.object({ type: z.literal("autoRetune"), on: z.boolean() }),
  z.object({ type: z.literal("editConstraint"), index: z.number().int() }),
  z.object({ type: z.literal("removeConstraint"), index: z.number().int() }),
  z.object({ type: z.literal("sweepConstraint"), index: z.number().int() }),
  z.object({ type: z.literal("tune") }),
  z.object({ type: z.literal("show"), panel: z.enum(["gain", "recall"]), runFolder: z.string() }),
  z.object({ type: z.literal("run"), action: runAction, runFolder: z.string() }),
  z.object({ type: z.literal("command"), command: tuningCommand }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);
export type FromTuning = z.infer<typeof fromTuning>;
