/** Tunes one checkpoint: the one clicked, or picked. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { startTune } from "../startTune.ts";
import { checkpointTarget, usable } from "../targets.ts";

export const tuneCheckpoint: Command = {
  id: commandIds.tuneCheckpoint,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Tune Checkpoint");
    const project = target ? usable(target.project) : null;
    if (target && project) await startTune(app, project, target.path);
  },
};
