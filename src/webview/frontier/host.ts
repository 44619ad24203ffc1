/** The frontier panel's line to the extension host. */
import * as z from "zod";
import { type FromFrontier, type ToFrontier, toFrontier } from "../../protocol/sweep.ts";
import { keepState, keptState, lineTo } from "../shared/line.ts";

export const { send: post, listen } = lineTo<FromFrontier, ToFrontier>(toFrontier);

const state = z.object({ folder: z.string(), point: z.number().int(), set: z.enum(["validation", "test"]) });

/** How the panel was looked at before the last reload; null where that is not known. */
export function kept(): z.infer<typeof state> | null {
  return keptState(state);
}

export function keep(now: z.infer<typeof state>): void {
  keepState(now);
}
