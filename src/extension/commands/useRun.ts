/** Puts the head of a run in its place, after a question where the verdict advises against it. */
import path from "node:path";
import type { UseResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import { adviceText, keepsHead, keptHeadText } from "../../words/use.ts";
import type { App, Command } from "../app.ts";
import { JobCancelled, JobFailed } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import type { RunEntry } from "../runList.ts";
import { runTarget } from "../targets.ts";
import { agrees, fail, inform, warn } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

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
    const used = await write(app, run, false);
    if (used === null) return;
    app.log.info(used.sentence);
    app.runs.refresh();
    await (used.advised ? inform : warn)(used.sentence);
  },
};

/** Null where it could not be, which was said. A file in the way may be the user's: it is theirs to say. */
async function write(app: App, run: RunEntry, replace: boolean): Promise<UseResult | null> {
  const { folder, configuration } = run;
  const scope = app.projects.scope(configuration);
  try {
    return await app.engine.start({ kind: "use", runFolder: folder, replace, ...scope }).result;
  } catch (error) {
    if (error instanceof JobCancelled) return null;
    app.log.error(`Using ${folder} failed: ${errorText(error)}`);
    const remedy = error instanceof JobFailed && error.remedy === "replace" ? ["Replace It"] : [];
    const answer = await fail(errorText(error), ...remedy);
    return answer === undefined ? null : write(app, run, true);
  }
}
