/** Gives a run a name, and a note: lists, picks and the table show them. */
import { longestRunName, writeNaming } from "../../project/runNaming.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { ask } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const nameRun: Command = {
  id: commandIds.nameRun,
  async run(app, argument) {
    if (!(await requireTrust(writesNothing))) return;
    const entry = await runTarget(app, argument, "Name Run");
    if (!entry) return;
    const checkpoint = runCheckpoint(entry.run);
    const name = await ask({
      title: `Name Run (1/2): ${checkpoint}`,
      prompt: `A name of at most ${longestRunName} characters; empty for none`,
      value: entry.name,
    });
    if (name === undefined) return;
    const note = await ask({
      title: `Name Run (2/2): ${checkpoint}`,
      prompt: "A note; empty for none",
      value: entry.note,
    });
    if (note === undefined) return;
    writeNaming(entry.folder, { name, note });
    app.runs.refresh();
  },
};
