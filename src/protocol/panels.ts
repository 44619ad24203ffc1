/**
 * Messages between the extension host and the panels' webviews. A webview says `ready` when it is loaded, visible again, or
 * has seen a gap in the cycles; the host answers with a snapshot (or `empty`), and from then on sends every change. To a new
 * panel it sends them while the page is still being loaded.
 * A page of the host holds `<div id="app"></div>`, links dist/webview/<panel>.css and runs dist/webview/<panel>.js with a nonce;
 * its policy is `default-src 'none'; script-src 'nonce-…'; style-src ${cspSource} 'nonce-…'; font-src ${cspSource}; img-src ${cspSource} data: blob:`.
 */
import * as z from "zod";
import { packedSnapshot } from "./packedSnapshot.ts";
import { cycleRecord, runState } from "./records.ts";
import { sweepRecord } from "./sweep.ts";

export type { RunSnapshot } from "./packedSnapshot.ts";

const floatArray = z.instanceof(Float32Array);

const ofCycle = z.object({ runFolder: z.string(), cycle: z.number().int() });

/** A point of a sweep, as the recall panel shows it. */
export const shownPoint = z.object({
  /** The sweep, with this one of its points. */
  sweep: sweepRecord,
  /** Its place among them all, from 0. */
  at: z.int().nonnegative(),
  /** All that is kept of it: a run under its bound. Null until the sweep has ended, and where its head is the checkpoint's. */
  run: packedSnapshot.nullable(),
});
export type ShownPoint = z.infer<typeof shownPoint>;

export const toPanel = z.discriminatedUnion("type", [
  /** No run to show: `nothing` (no run exists yet) or `waiting` (a run was asked for and has not reported). */
  z.object({ type: z.literal("empty"), why: z.enum(["nothing", "waiting"]), message: z.string() }),
  /**
   * A run, and G [B,B] of the cycle that is looked at first, for a page that shows no run's yet; others are asked for. Of a thousand
   * classes G is 4 MB, and so is P: that comes as `policy`, so that the page is drawn before it has come.
   */
  z.object({
    type: z.literal("snapshot"),
    snapshot: packedSnapshot,
    gain: z.object({ cycle: z.number().int(), gain: floatArray }).nullable().optional(),
  }),
  /** P [B,B] of the cycle whose G came with the snapshot. */
  ofCycle.extend({ type: z.literal("policy"), policy: floatArray }),
  /** Answer to a new panel's first `ready`: all was sent before. A page that has nothing says `ready` again. */
  z.object({ type: z.literal("sent") }),
  /** Whether the panel goes to the next run of its configuration as soon as that has something to show. */
  z.object({ type: z.literal("following"), on: z.boolean() }),
  /** New cycles, in order. */
  z.object({ type: z.literal("cycles"), runFolder: z.string(), cycles: z.array(cycleRecord) }),
  z.object({
    type: z.literal("state"),
    runFolder: z.string(),
    state: runState,
    error: z.string().nullable(),
  }),
  /** Answer to `gain`: G and P [B,B] of one cycle. */
  ofCycle.extend({ type: z.literal("gain"), gain: floatArray, policy: floatArray }),
  /** The answer to `gain` where G and P cannot be read: one sentence. Every request is answered by one of the two. */
  ofCycle.extend({ type: z.literal("gainFailed"), message: z.string() }),
  /** For the recall panel: a point of a sweep in place of its run, until a run or nothing is sent again. */
  z.object({ type: z.literal("point"), point: shownPoint }),
  /** For the compare panel: two to six runs, in the order the user chose them. */
  z.object({ type: z.literal("runs"), runs: z.array(packedSnapshot) }),
]);
export type ToPanel = z.infer<typeof toPanel>;
/** A message as the host sends it: runs are packed. */
export type PackedToPanel = z.input<typeof toPanel>;

/** What a panel keeps through a reload (`setState`): the host's serializer reads the run from it. */
export const panelState = z.object({
  runFolders: z.array(z.string()),
  following: z.boolean().default(false),
  /** The panel's own choices (sorting, the cycle looked at), by name. */
  view: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type PanelState = z.infer<typeof panelState>;

/** Ask the host to save a file the page made; the host shows the save dialog. */
export const exportMessage = z.object({
  type: z.literal("export"),
  fileName: z.string(),
  content: z.union([z.string(), z.instanceof(Uint8Array)]),
});
export type ExportMessage = z.infer<typeof exportMessage>;

export const fromPanel = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** The user wants the panel to follow the newest run, or to stay at this one. */
  z.object({ type: z.literal("follow"), on: z.boolean() }),
  /** The recall panel shows a point of a sweep, and is to show its run again. */
  z.object({ type: z.literal("backToRun") }),
  /** Ask for G and P of a cycle of the run last sent; the recall panel asks too, for its report. */
  z.object({ type: z.literal("gain"), cycle: z.number().int() }),
  exportMessage,
  z.object({ type: z.literal("copy"), text: z.string() }),
  z.object({
    type: z.literal("command"),
    command: z.enum([
      "showLog",
      "openRunFolder",
      "tune",
      "createConfiguration",
      "showGainPanel",
      "showRecallPanel",
      "compareRuns",
      "useRun",
      "discardRun",
    ]),
  }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);
export type FromPanel = z.infer<typeof fromPanel>;
