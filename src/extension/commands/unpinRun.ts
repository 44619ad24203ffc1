/** Lets pinned runs go when they are old. */
import { releaseRun } from "../../project/retention.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runsToChange } from "../targets.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const unpinRun: Command = {
  id: commandIds.unpinRun,
  async run(app, argument, selected) {
    if (!(await requireTrust(writesNothing))) return;
    const runs = await runsToChange(app, argument, selected, "Unpin Run", ({ pinned }) => pinned);
    for (const { folder } of runs) releaseRun(folder, "pinned");
    app.runs.refresh();
  },
};
