/** Looks at configurations, checkpoints and runs again. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const refresh: Command = {
  id: commandIds.refresh,
  async run({ projects, checkpoints, runs }) {
    await projects.refresh();
    checkpoints.restart();
    runs.refresh();
  },
};
