/** The line of the table of runs to the extension host. */
import * as z from "zod";
import { type FromRunsTable, type ToRunsTable, toRunsTable } from "../../protocol/runsTable.ts";
import { keepState, keptState, lineTo } from "../shared/line.ts";

export const { send: post, listen } = lineTo<FromRunsTable, ToRunsTable>(toRunsTable);

const state = z.object({
  order: z.object({ column: z.string(), falling: z.boolean() }),
  sought: z.string(),
});

/** How the table was looked at before the last reload; null where that is not known. */
export function kept(): z.infer<typeof state> | null {
  return keptState(state);
}

export function keep(now: z.infer<typeof state>): void {
  keepState(now);
}
