/** Shows the recall of every class before and after a run. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";

export const showRecall: Command = {
  id: commandIds.showRecall,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Show Recall");
    if (run) app.panels.show("recall", [run.folder]);
  },
};
