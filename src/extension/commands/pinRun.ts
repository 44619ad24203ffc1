/** Keeps runs whatever their age: `selmix.keepRuns` does not count them. */
import { keepRun } from "../../project/retention.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runsToChange } from "../targets.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const pinRun: Command = {
  id: commandIds.pinRun,
  async run(app, argument, selected) {
    if (!(await requireTrust(writesNothing))) return;
    const runs = await runsToChange(app, argument, selected, "Pin Run", ({ pinned }) => !pinned);
    for (const { folder } of runs) keepRun(folder, "pinned");
    app.runs.refresh();
  },
};
