/** Messages between the extension host and the page of a checkpoint. */
import * as z from "zod";
import { headRowsResult, inspectResult, tensorResult } from "./jobResults.ts";

const text = z.string();

export const toCheckpointPage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("inspected"),
    name: text,
    bytes: z.number(),
    inspected: inspectResult,
    /** Whether a configuration names it, so that it can be measured and tuned. */
    followed: z.boolean(),
  }),
  z.object({ type: z.literal("failed"), message: text }),
  z.object({ type: z.literal("tensor"), told: tensorResult }),
  z.object({ type: z.literal("tensorFailed"), tensor: text, message: text }),
  z.object({ type: z.literal("head"), head: headRowsResult }),
  z.object({ type: z.literal("headFailed"), message: text }),
]);
export type ToCheckpointPage = z.infer<typeof toCheckpointPage>;

export const checkpointActions = ["evaluate", "tune", "controls"] as const;
export type CheckpointAction = (typeof checkpointActions)[number];

export const fromCheckpointPage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("tensor"), tensor: text }),
  z.object({ type: z.literal("act"), action: z.enum(checkpointActions) }),
  z.object({ type: z.literal("copy"), text }),
  z.object({ type: z.literal("error"), message: text }),
]);
export type FromCheckpointPage = z.infer<typeof fromCheckpointPage>;
