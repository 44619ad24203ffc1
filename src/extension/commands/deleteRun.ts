/** Deletes the folders of runs, after a question. The tuned checkpoints stay. */
import path from "node:path";
import { deleteRun as deleteRunFolder } from "../../project/readRuns.ts";
import { errorText } from "../../words/errors.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { RunNode } from "../sidebar/nodes.ts";
import { runTarget } from "../targets.ts";
import { agrees, fail } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const deleteRun: Command = {
  id: commandIds.deleteRun,
  async run(app, argument, selected) {
    if (!(await requireTrust(writesNothing))) return;
    const nodes: readonly unknown[] = Array.isArray(selected) ? selected : [];
    const several = nodes.flatMap((node) => (node instanceof RunNode ? [node.entry] : []));
    const one = several.length > 0 ? null : await runTarget(app, argument, "Delete Run", isOver);
    const runs = (one ? [one] : several).filter(isOver);
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

function isOver({ run }: { run: { state: string } }): boolean {
  return run.state !== "running";
}
