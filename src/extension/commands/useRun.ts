/** Puts the head of a run, or of a grid's tune, in its place, after a question where the verdict advises against it. */
import path from "node:path";
import { taskOfRun } from "../../project/gridFolder.ts";
import { runCheckpoint } from "../../words/names.ts";
import { keepsHead, keptHeadText } from "../../words/use.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { requireTrust, writesNothing } from "../trust.ts";
import { useHead } from "../useHead.ts";

export const useRun: Command = {
  id: commandIds.useRun,
  async run(app, argument) {
    if (!(await requireTrust(writesNothing))) return;
    const run = await runTarget(app, argument, "Use This Run", ({ folder, result }) =>
      result?.verdict ? keepsHead(result.verdict) && !app.runs.isInPlace(folder) : false,
    );
    if (!run) return;
    const { folder, configuration } = run;
    const verdict = run.result?.verdict;
    const task = taskOfRun(folder);
    const name =
      task === null ? path.basename(folder) : `a tune of ${runCheckpoint(run.run)}, seed ${run.run.seed}`;
    const scope = app.projects.scope(configuration);
    const start = (replace: boolean) =>
      task === null
        ? app.engine.start({ kind: "use", runFolder: folder, replace, ...scope }).result
        : app.engine.start({ kind: "useTask", configurationPath: configuration, task, replace, ...scope })
            .result;
    const question = verdict ? `Use ${keptHeadText(verdict)}, of ${name}?` : "";
    await useHead(app, { what: folder, question, verdict, start }, task === null);
  },
};
