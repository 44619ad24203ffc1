/** What a policy remembers between calls, in one JSON file. */

import { existsSync } from "node:fs";
import * as z from "zod";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { replaceFile } from "../../files/replace.ts";
import { startRecord } from "../../protocol/records.ts";
import { JobError } from "../errors.ts";
import { int32s } from "../training/arrays.ts";
import { courseState, memoryState } from "../training/courseState.ts";

const recordedRun = z.object({
  folder: z.string(),
  kept: z.object({ records: z.number().int(), nextStep: z.number() }),
  /** When the cycle began that is running; milliseconds since the epoch. */
  cycleBegan: z.number(),
  /** Predictions [N] of the network as it came. */
  before: z.object({ validation: int32s, test: int32s.nullable() }),
});
export type RecordedRun = z.infer<typeof recordedRun>;

const policyState = z.object({
  version: z.literal(3),
  /** `objectiveKey`. */
  objective: z.string(),
  course: courseState,
  memory: memoryState,
  start: startRecord,
  run: recordedRun.nullable(),
});
export type PolicyState = z.infer<typeof policyState>;

/** The state in `file`; null before the first call. Throws `JobError` when the file is not one of ours, or of another objective. */
export function readState(file: string | undefined, objective: string): PolicyState | null {
  const state = file === undefined ? null : storedState(file);
  if (state !== null && state.objective !== objective) {
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
    return z.decode(policyState, JSON.parse(readSmallText(file, sizeLimits.state)));
  } catch {
    throw new JobError(`${file} is no state of a policy; remove it to start afresh, or name another file.`);
  }
}

/** Not flushed: every cycle would wait for the disk, and a power failure ends the training that the state belongs to. */
export function writeState(file: string | undefined, state: PolicyState): void {
  if (file === undefined) return;
  const text = z.safeEncode(policyState, state);
  if (!text.success) {
    throw new JobError(
      `The head's logits are beyond all numbers, so that ${file} cannot go on; start afresh.`,
    );
  }
  replaceFile(file, JSON.stringify(text.data), { flush: false });
}
