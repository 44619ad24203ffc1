/** Shows which pairs of classes a run mixed, and what it expected from them. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";

export const showGain: Command = {
  id: commandIds.showGain,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Show Gain");
    if (run) app.panels.show("gain", [run.folder]);
  },
};
