/** Takes back what a run wrote: the copy of the run before it stands there again, or none. */
import { errorText } from "../../words/errors.ts";
import type { Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { fail, inform } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const discardRun: Command = {
  id: commandIds.discardRun,
  async run(app, argument) {
    if (!(await requireTrust(writesNothing))) return;
    const run = await runTarget(
      app,
      argument,
      "Discard This Run",
      ({ run: { state } }) => state !== "running",
    );
    if (!run) return;
    const { folder, configuration } = run;
    const scope = app.projects.scope(configuration);
    try {
      const { sentence } = await app.engine.start({ kind: "discard", runFolder: folder, ...scope }).result;
      app.log.info(sentence);
      app.runs.refresh();
      await inform(sentence);
    } catch (error) {
      if (error instanceof JobCancelled) return;
      app.log.error(`Discarding ${folder} failed: ${errorText(error)}`);
      void fail(errorText(error));
    }
  },
};
