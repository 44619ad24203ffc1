/** What a policy remembers between calls, in one JSON file. Arrays are base64 of their little-endian bytes. */
import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";
import { replaceFile } from "../files/replace.ts";
import { cycleRecord, type ObjectiveId, objectiveId, startRecord } from "../protocol/records.ts";
import { JobError } from "./errors.ts";

const bytes = z.base64();

const pendingCycle = z.object({
  cycle: cycleRecord.omit({ gainIndex: true, measuredChange: true }),
  /** psi with its constraint terms, at the start of the cycle. */
  psi: z.number(),
  /** Milliseconds since the epoch. */
  at: z.number(),
  gain: bytes,
  policy: bytes,
});

const recordedRun = z.object({
  folder: z.string(),
  startedAt: z.number(),
  kept: z.object({ records: z.number().int(), nextStep: z.number() }),
  /** The cycle that is running: written when its effect can be measured. */
  pending: pendingCycle.nullable(),
  /** Predictions [N] of the network as it came, int32. */
  before: z.object({ validation: bytes, test: bytes.nullable() }),
});
export type RecordedRun = z.infer<typeof recordedRun>;

const score = z.object({ value: z.number(), violation: z.number() });

const policyState = z.object({
  version: z.literal(2),
  objective: objectiveId,
  /** Calls so far. */
  cycle: z.number().int(),
  /** A [B,K] averaged, float64. */
  averaged: bytes.nullable(),
  temperature: z.number().nullable(),
  /** Spread of the margins at the last call, which the next look is smoothed with. */
  spread: z.number(),
  selection: z.object({ best: score, threshold: score }).nullable(),
  start: startRecord.nullable(),
  run: recordedRun.nullable(),
});
export type PolicyState = z.infer<typeof policyState>;

/** The state in `file`, or a fresh one. Throws `JobError` when the file is not one of ours, or of another objective. */
export function readState(file: string | undefined, objective: ObjectiveId): PolicyState {
  const none = { averaged: null, temperature: null, spread: 0, selection: null, start: null, run: null };
  const state = file === undefined ? null : storedState(file);
  if (state === null) return { version: 2, objective, cycle: 0, ...none };
  if (state.objective !== objective) {
    throw new JobError(
      `${file} remembers cycles for ${state.objective}, and this call is for ${objective}; name another file.`,
    );
  }
  return state;
}

/** The state in `file`; null where there is none. Throws `JobError` when the file is not one of ours. */
export function storedState(file: string): PolicyState | null {
  if (!existsSync(file)) return null;
  try {
    return policyState.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new JobError(`${file} is no state of a policy; remove it to start afresh, or name another file.`);
  }
}

/** Not flushed: every cycle would wait for the disk, and a power failure ends the training that the state belongs to. */
export function writeState(file: string | undefined, state: PolicyState): void {
  if (file !== undefined) replaceFile(file, JSON.stringify(state), { flush: false });
}

export function toBase64(array: Float64Array | Float32Array | Int32Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}

/** A copy of the bytes, aligned for any element type. */
function fromBase64(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}

export const float64From = (text: string) => new Float64Array(fromBase64(text));
export const float32From = (text: string) => new Float32Array(fromBase64(text));
export const int32From = (text: string) => new Int32Array(fromBase64(text));
