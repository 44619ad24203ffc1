/** Opens the table of runs. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const showRuns: Command = {
  id: commandIds.showRuns,
  run: ({ panels }) => panels.showRuns(),
};
