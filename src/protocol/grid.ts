/** What a grid of tunes says about itself: `grid.json` in its folder, and what became of its tasks. */
import * as z from "zod";
import { tuneChoices } from "./engine.ts";
import { recordVersion } from "./records.ts";
import { sweptBound } from "./sweep.ts";

const whole = z.int().nonnegative();
const text = z.string();

/** The most tunes that a grid may have, and the most draws of validation. */
export const mostTasks = 10_000;
export const mostDraws = 1000;

/** One tune: its axes, and a name that stands for all that its result depends on. */
export const gridTask = z.object({
  /** A hash of the checkpoint's content, the tables', the configuration, the seed, the draw and the version; see `identityOf`. */
  id: text.regex(/^[0-9a-f]{40}$/),
  ...{ checkpoint: text, checkpointName: text },
  /** `objectiveKey`: of the catalogue, or that of selmix.json. */
  objective: text,
  /** The value of the bound that is moved; null where none is. */
  bound: z.number().min(0).max(1).nullable(),
  seed: whole,
  /** Which draw of validation, from 1; null for validation as it is. */
  draw: whole.min(1).max(mostDraws).nullable(),
});
export type GridTask = z.infer<typeof gridTask>;

export const gridRecord = z.object({
  version: z.literal(recordVersion),
  selmix: text,
  startedAt: text,
  configurationPath: text,
  /** The bound that is moved, where one is. */
  swept: sweptBound.nullable(),
  /** What every task chooses otherwise than selmix.json does. */
  choices: tuneChoices.omit({ objective: true, seed: true }),
  backend: text.optional(),
  threads: z.int().positive().optional(),
  tasks: z.array(gridTask).min(1).max(mostTasks),
});
export type GridRecord = z.infer<typeof gridRecord>;

/** Why a task came to nothing. */
export const taskFailure = z.object({ error: text });

export const taskStates = ["queued", "running", "done", "failed"] as const;
export type TaskState = (typeof taskStates)[number];

/** What can start workers. */
export const schedulerNames = ["local", "slurm"] as const;
export type SchedulerName = (typeof schedulerNames)[number];

/** How much values of one tune differ, by what was drawn anew for each. Values are those of a metric, in its own unit. */
export interface SpreadRecord {
  readonly mean: number;
  /** The standard deviation of one more tune, with all that is varied drawn anew; 0 for a single value. */
  readonly deviation: number;
  /** Where nine of ten further tunes come to lie; null for a single value. */
  readonly range: { readonly low: number; readonly high: number } | null;
  /** Shares of the variance: of the draws, the seeds, and what only both together make; null where there is none to share. */
  readonly shares: { readonly draw: number; readonly seed: number; readonly both: number } | null;
}

/** All seeds and draws of one checkpoint, objective and bound. */
export interface GridCell extends Pick<GridTask, "checkpoint" | "checkpointName" | "objective" | "bound"> {
  /** What the values were measured on; `notDrawn`: the rows of validation that its draw left out. */
  readonly set: "test" | "validation" | "notDrawn";
  readonly seeds: number;
  readonly draws: number;
  readonly done: number;
  readonly failed: number;
  /** The objective of the checkpoint as it is, the mean over what it was measured on; null until a task is done. */
  readonly before: number | null;
  /** The objective of the heads that the tunes came to. */
  readonly after: (SpreadRecord & { readonly worst: number; readonly best: number }) | null;
  /** How often each decision was made; none with draws, whose validation is not the one that decides. */
  readonly decisions: Readonly<Record<string, number>>;
}

/** What `selmix sweep --json` prints of a grid. */
export interface GridOutcome {
  readonly gridFolder: string;
  readonly cells: readonly GridCell[];
  readonly tasks: readonly (GridTask & {
    readonly state: TaskState;
    readonly error: string | null;
    /** The folder of its run, where it is done. */
    readonly runFolder: string | null;
  })[];
  readonly seconds: number;
}
