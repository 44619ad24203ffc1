/** Messages between the extension host and the panels' webviews. A webview asks for a snapshot, then gets changes. */
import { z } from "zod";
import { confusionOrder, cycleRecord, runRecord, runState, tuneResult } from "./records.ts";

const floatArray = z.instanceof(Float32Array);
const intArray = z.instanceof(Int32Array);

/** Everything a panel needs to draw a run. G and P come on request, cycle by cycle: they may be large. */
export const runSnapshot = z.object({
  runFolder: z.string(),
  run: runRecord,
  history: z.array(cycleRecord),
  result: tuneResult.nullable(),
  /** Confusion counts [B,K] by name, where result exists. */
  confusion: z.partialRecord(z.enum(confusionOrder), intArray),
  /** Milliseconds since the epoch of the last sign of life of the run. */
  updatedAt: z.number(),
});
export type RunSnapshot = z.infer<typeof runSnapshot>;

export const toPanel = z.discriminatedUnion("type", [
  /** No run to show: `nothing` (no run exists yet) or `waiting` (a run was asked for and has not reported). */
  z.object({ type: z.literal("empty"), why: z.enum(["nothing", "waiting"]), message: z.string() }),
  z.object({ type: z.literal("snapshot"), snapshot: runSnapshot }),
  z.object({ type: z.literal("cycle"), runFolder: z.string(), cycle: cycleRecord }),
  z.object({
    type: z.literal("state"),
    runFolder: z.string(),
    state: runState,
    error: z.string().nullable(),
  }),
  /** Answer to `gain`: G and P [B,B] of one cycle. */
  z.object({
    type: z.literal("gain"),
    runFolder: z.string(),
    cycle: z.number().int(),
    gain: floatArray,
    policy: floatArray,
  }),
  z.object({ type: z.literal("runs"), runs: z.array(runSnapshot) }),
]);
export type ToPanel = z.infer<typeof toPanel>;

export const fromPanel = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("gain"), cycle: z.number().int() }),
  /** Ask the host to save a file the panel made; the host shows the save dialog. */
  z.object({
    type: z.literal("export"),
    fileName: z.string(),
    content: z.union([z.string(), z.instanceof(Uint8Array)]),
  }),
  z.object({ type: z.literal("copy"), text: z.string() }),
  z.object({
    type: z.literal("command"),
    command: z.enum(["showLog", "openRunFolder", "tune", "createConfiguration"]),
  }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);
export type FromPanel = z.infer<typeof fromPanel>;
