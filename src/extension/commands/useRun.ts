/** Puts the head of a run in its place, after a question where the verdict advises against it. */
import path from "node:path";
import { adviceText, keepsHead, keptHeadText } from "../../words/use.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { agrees, inform, warn } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";
import { useHead } from "../useHead.ts";

export const useRun: Command = {
  id: commandIds.useRun,
  async run(app, argument) {
    if (!(await requireTrust(writesNothing))) return;
    const run = await runTarget(app, argument, "Use This Run", ({ folder, result }) =>
      result?.verdict ? keepsHead(result.verdict) && !app.runs.isInPlace(folder) : false,
    );
    const verdict = run?.result?.verdict;
    if (!run) return;
    const against = verdict ? adviceText(verdict) : null;
    if (verdict && against !== null) {
      const question = `Use ${keptHeadText(verdict)}, of ${path.basename(run.folder)}?`;
      if (!(await agrees(question, against, "Use It Anyway"))) return;
    }
    const { folder, configuration } = run;
    const scope = app.projects.scope(configuration);
    const request = { kind: "use" as const, runFolder: folder, ...scope };
    const used = await useHead(app, folder, (replace) => app.engine.start({ ...request, replace }).result);
    if (used === null) return;
    app.log.info(used.sentence);
    app.runs.refresh();
    await (used.advised ? inform : warn)(used.sentence);
  },
};
