/** Messages between the extension host and the table of runs. */
import * as z from "zod";
import { exportMessage } from "./panels.ts";
import { runState } from "./records.ts";

const text = z.string();

/** A value with its 95 % interval, where that is known. */
const measuredValue = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type MeasuredValue = z.infer<typeof measuredValue>;

export const runRow = z.object({
  folder: text,
  /** What a person calls it, and notes; empty where nobody did. */
  name: text,
  note: text,
  pinned: z.boolean(),
  inPlace: z.boolean(),
  /** Whether its head can be put into its place. */
  canUse: z.boolean(),
  state: z.enum([...runState.options, "queued"]),
  /** Whether it is a tune of a grid: it is looked at and used, and is no run until then. */
  task: z.boolean().optional(),
  /** How its verdict is shown; null without a result. */
  tone: z.enum(["good", "open", "bad"]).nullable(),
  checkpoint: text,
  objective: text,
  /** The id of the objective, which `value` and `change` are of. */
  metric: text,
  bounds: text,
  boundsState: text,
  verdict: text,
  /** "in use", "discarded", "written to ..."; empty where it wrote nothing. */
  standing: text,
  /** The set that the numbers are of. */
  set: z.enum(["test", "validation"]).nullable(),
  /** Of the objective. */
  value: z.number().nullable(),
  /** Recall of the worst class before tuning and after; null without a result. */
  worst: z.object({ before: measuredValue, after: measuredValue }).nullable(),
  /** Runs with the same of it were measured on sets of the same classes and samples; null where that is not known. */
  population: text.nullable(),
  /** The selmix.json of the run, as it is told apart from others. */
  configuration: text,
  change: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** Whose recall fell most. */
  price: z.object({ who: text, change: z.number() }).nullable(),
  seed: z.number(),
  startedAt: text,
});
export type RunRow = z.infer<typeof runRow>;

/** Ids of the columns that a person chose to see. */
export const chosenColumns = z.array(text);

export const toRunsTable = z.object({
  type: z.literal("rows"),
  rows: z.array(runRow),
  columns: chosenColumns.nullable(),
});
export type ToRunsTable = z.infer<typeof toRunsTable>;

export const runActions = ["show", "use", "discard", "pin", "unpin", "name", "openFolder", "delete"] as const;
export type RunAction = (typeof runActions)[number];

export const fromRunsTable = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("act"), action: z.enum(runActions), folder: text }),
  z.object({ type: z.literal("columns"), columns: chosenColumns }),
  exportMessage,
  z.object({ type: z.literal("sweepGrid") }),
  z.object({ type: z.literal("compare"), folders: z.array(text) }),
  z.object({ type: z.literal("error"), message: text }),
]);
export type FromRunsTable = z.infer<typeof fromRunsTable>;
