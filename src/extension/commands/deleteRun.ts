/** Deletes the folders of runs, after a question. The tuned checkpoints stay. */
import path from "node:path";
import { deleteRun as deleteRunFolder } from "../../project/readRuns.ts";
import { errorText } from "../../words/errors.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runsToChange } from "../targets.ts";
import { agrees, fail } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const deleteRun: Command = {
  id: commandIds.deleteRun,
  async run(app, argument, selected) {
    if (!(await requireTrust(writesNothing))) return;
    const runs = await runsToChange(app, argument, selected, "Delete Run");
    if (runs.length === 0) return;
    const what = runs.length === 1 ? path.basename(runs[0]?.folder ?? "") : `${runs.length} runs`;
    if (!(await agrees(`Delete ${what}?`, "Its history and panels go; tuned checkpoints stay.", "Delete")))
      return;
    for (const { folder, configuration } of runs) {
      try {
        deleteRunFolder(folder, app.projects.reach(configuration));
        app.log.info(`Deleted ${folder}.`);
      } catch (error) {
        void fail(`${folder} cannot be deleted: ${errorText(error)}`);
      }
    }
    app.runs.refresh();
  },
};
