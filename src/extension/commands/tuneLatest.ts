/** Tunes the checkpoint of the active configuration that was saved last. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { startTune } from "../startTune.ts";
import { usableProject } from "../targets.ts";

export const tuneLatest: Command = {
  id: commandIds.tuneLatest,
  async run(app) {
    const project = usableProject(app);
    if (project) await startTune(app, project, app.checkpoints.of(project.path)[0]?.path ?? null);
  },
};
