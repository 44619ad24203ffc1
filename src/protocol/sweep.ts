/** What a sweep says about itself: `sweep.json` in its folder, and what the frontier panel is sent. */
import * as z from "zod";
import { boundKinds, constraintIds } from "../metrics/catalogue.ts";
import { constraintVerdict } from "./bounds.ts";
import { bucketRecord, interval } from "./measured.ts";
import { answerMethod, recordVersion, runState, startRecord, verdictRecord } from "./records.ts";

const number = z.number();
const whole = z.int();
const text = z.string();

/** The bound that is moved: a constraint as selmix.json has them, without its value. */
export const sweptBound = z.object({
  metric: z.enum(constraintIds),
  classes: z
    .array(z.union([text, whole]))
    .min(1)
    .optional(),
  attribute: z.union([text, z.array(text).min(1).max(8)]).optional(),
  kind: z.enum(boundKinds),
});
export type SweptBound = z.infer<typeof sweptBound>;

/** The most points that a sweep may have. */
export const mostPoints = 100;

/** A head on one set. */
const sweptSet = z.object({
  /** The objective, and its paired change from the checkpoint's. */
  ...{ objective: interval, change: interval },
  /** The value that the bound is about: the one furthest beyond it, or nearest to it. Null where none can be told. */
  bounded: z.object({ value: number.nullable(), low: number.nullable(), high: number.nullable() }),
  accuracy: number,
  /** Of the buckets of the sweep. */
  recall: z.array(number.nullable()),
});
export type SweptSet = z.infer<typeof sweptSet>;

const sweptHead = z.object({
  /** The baseline that it is, and who trained it where somebody did; neither for the checkpoint as it is. */
  ...{ baseline: text.nullable(), method: answerMethod.optional() },
  validation: sweptSet,
  test: sweptSet.nullable(),
});

export type SweptHead = z.infer<typeof sweptHead>;

/** A bound with the head that answers to it: of all heads of the sweep that keep it, the best in the objective on validation. */
export const sweepPoint = sweptHead.extend({
  bound: number,
  /** As of a tune under this bound. */
  verdict: verdictRecord,
  /** How its head stands to each bound; the one that is moved comes last. */
  constraints: z.array(constraintVerdict).min(1),
  start: startRecord,
  /** Whether it keeps a head of its own that can be used. */
  kept: z.boolean(),
  /** When a person used it, and the run that it became. */
  usedAs: text.optional(),
});
export type SweepPoint = z.infer<typeof sweepPoint>;

/** A head of no bound on the swept metric, to hold the curve against. */
export const sweepReference = sweptHead.extend({
  id: z.enum(["checkpoint", "logitAdjustment", "tunedBias"]),
});
export type SweepReference = z.infer<typeof sweepReference>;

export const sweepRecord = z.object({
  version: z.literal(recordVersion),
  selmix: text,
  ...{ state: runState, error: text.nullable() },
  ...{ pid: whole, processStart: text.nullable(), host: text },
  ...{ startedAt: text, endedAt: text.nullable() },
  ...{ checkpoint: text, checkpointName: text, configurationPath: text },
  objective: text,
  swept: sweptBound,
  /** The level that proofs were asked for at; null where none were. Points of a sweep are never proved. */
  confidence: number.nullable(),
  ...{ classes: z.array(text), groups: z.array(text) },
  buckets: z.array(bucketRecord),
  /** Training samples of each class, and the classes that count as head. */
  ...{ trainCounts: z.array(whole), headClasses: z.array(whole) },
  /** Samples that a class in a group has to have to be judged. */
  minimumSupport: whole,
  /** Samples of each bucket. */
  support: z.object({ validation: z.array(whole), test: z.array(whole).nullable() }),
  /** From the loosest bound to the strictest; while it is at work, those that have been tuned. */
  bounds: z.array(number).max(mostPoints),
  points: z.array(sweepPoint).max(mostPoints),
  references: z.array(sweepReference),
  warnings: z.array(text),
  seconds: number,
});
export type SweepRecord = z.infer<typeof sweepRecord>;

/** Messages between the extension host and the frontier panel: the page draws one state, each replaces the last. */
export const frontierState = z.object({
  /** The sweeps that are kept, newest first. */
  sweeps: z.array(z.object({ folder: text, name: text })),
  /** Null where there is none. */
  folder: text.nullable(),
  sweep: sweepRecord.nullable(),
  /** Of the sweep that is at work, where it is the one that is shown. */
  progress: z
    .object({ message: text, step: z.number(), steps: z.number(), stopping: z.boolean() })
    .nullable(),
  /** Why the last sweep of this session came to nothing. */
  error: text.nullable(),
  trusted: z.boolean(),
});
export type FrontierState = z.infer<typeof frontierState>;
export const toFrontier = z.object({ type: z.literal("state"), state: frontierState });
export type ToFrontier = z.infer<typeof toFrontier>;

const ofPoint = { folder: text, point: whole };
export const fromFrontier = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("choose"), folder: text }),
  z.object({ type: z.literal("sweep") }),
  z.object({ type: z.literal("stop") }),
  /** Put the head of a point in its place. */
  z.object({ type: z.literal("use"), ...ofPoint }),
  /** The user moved to a point: a recall panel that is open shows it. */
  z.object({ type: z.literal("look"), ...ofPoint }),
  /** Show a point in the recall panel, which is opened where it is not. */
  z.object({ type: z.literal("showRecall"), ...ofPoint }),
  /** Write its bound into selmix.json. */
  z.object({ type: z.literal("setBound"), ...ofPoint }),
  z.object({
    type: z.literal("export"),
    fileName: text,
    content: z.union([text, z.instanceof(Uint8Array)]),
  }),
  z.object({ type: z.literal("error"), message: text }),
]);
export type FromFrontier = z.infer<typeof fromFrontier>;
