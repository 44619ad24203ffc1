/** The table's end of the line to the extension host. */
import * as z from "zod";
import type { FromRunsTable } from "../../protocol/runsTable.ts";

interface HostApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): HostApi;

const api = acquireVsCodeApi();

const state = z.object({
  order: z.object({ column: z.string(), falling: z.boolean() }),
  sought: z.string(),
});

export function post(message: FromRunsTable): void {
  api.postMessage(message);
}

/** How the table was looked at before the last reload; null where that is not known. */
export function kept(): z.infer<typeof state> | null {
  return state.safeParse(api.getState()).data ?? null;
}

export function keep(now: z.infer<typeof state>): void {
  api.setState(now);
}
