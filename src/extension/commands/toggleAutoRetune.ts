/** Turns tuning on save on or off; written to selmix.json. */
import type { Command } from "../app.ts";
import { setAutoRetune } from "../autoRetune.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";

export const toggleAutoRetune: Command = {
  id: commandIds.toggleAutoRetune,
  async run(app) {
    const project = usableProject(app);
    if (project) await setAutoRetune(app, project, project.project?.configuration.autoRetune !== true);
  },
};
