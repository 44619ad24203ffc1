/** What an evaluation says beyond its metrics: of each class, each group, and who was taken for whom. */
import * as z from "zod";
import { interval } from "./records.ts";

const count = z.int();
const text = z.string();

/** A share with its 95 % interval; null where it divides by nothing. */
const measuredShare = interval.nullable();

/** Counts, a row each for what the samples are and a column for each class predicted. */
const confusionTable = z.object({
  rows: z.array(text),
  columns: z.array(text),
  counts: z.array(z.array(count)),
});
export type ConfusionTable = z.infer<typeof confusionTable>;

const classRecord = z.object({
  class: text,
  samples: count,
  predicted: count,
  recall: measuredShare,
  precision: measuredShare,
  /** Null where the class neither has samples nor is predicted. */
  f1: z.number().nullable(),
});

/** A metric of groups: its value that is furthest from good, what that is about, and how many samples it divides by. */
const groupMetric = z.object({
  /** An id of the catalogue. */
  metric: text,
  /** The metric, or the part of it that has the value. */
  part: text,
  /** What groups the samples: of several attributes one, or all together. */
  attribute: text.nullable(),
  classes: z.array(text),
  groups: z.array(text),
  /** For each of `groups`. */
  samples: z.array(count),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** What of it could not be measured, in a sentence; null where all could. */
  unmeasured: text.nullable(),
});
export type GroupMetric = z.infer<typeof groupMetric>;

/** Samples by group, and of each class in each group; where the tables have groups. */
const groupsRecord = z.object({
  /** Samples that a value of groups has to divide by to be judged. */
  minimumSupport: count,
  metrics: z.array(groupMetric),
  accuracy: z.array(z.object({ group: text, samples: count, accuracy: measuredShare })),
  recall: z.array(
    z.object({ class: text, group: text, samples: count, recall: measuredShare, judged: z.boolean() }),
  ),
  /** Null where it would be too long. */
  confusion: confusionTable.nullable(),
});
export type GroupsRecord = z.infer<typeof groupsRecord>;

/** A metric of the frequent (head) or of the rare (tail) classes: which these are, and how many samples it divides by. */
const sideMetric = z.object({
  /** An id of the catalogue. */
  metric: text,
  classes: z.array(text),
  samples: count,
  /** Null where it could not be measured. */
  value: interval.nullable(),
  /** Why not, in a sentence; null where it could. */
  unmeasured: text.nullable(),
});
export type SideMetric = z.infer<typeof sideMetric>;

/** One head on one set, every row of it. */
export const setReport = z.object({
  samples: count,
  /** Every metric that is reported, by its id. */
  metrics: z.record(text, interval),
  classes: z.array(classRecord),
  /** Over classes, whatever their groups. Null where it would be too long. */
  confusion: confusionTable.nullable(),
  groups: groupsRecord.nullable(),
  /** Every metric of head and tail classes that can be bounded. */
  sides: z.array(sideMetric),
});
export type SetReport = z.infer<typeof setReport>;

/** A value of a checkpoint beside that of an earlier run, and whether it fell by more than is allowed. */
const comparedValue = z.object({
  metric: text,
  /** The class; null where it is about all. */
  class: text.nullable(),
  before: interval,
  after: interval,
  change: interval,
  status: z.enum(["holds", "missed", "notJudged"]),
  /** Why it is not judged, in a sentence. */
  reason: text.nullable(),
});
export type ComparedValue = z.infer<typeof comparedValue>;

/** A checkpoint held against what an earlier run left in use. */
export const againstRun = z.object({
  run: text,
  set: z.enum(["validation", "test"]),
  /** How far a value may fall. */
  tolerance: z.number(),
  /** Whether both were measured on the same rows. */
  paired: z.boolean(),
  /** The objective, accuracy, and of the classes the one whose recall fell most. */
  values: z.array(comparedValue),
});
export type AgainstRun = z.infer<typeof againstRun>;
