/** Turns tuning on save on or off; written to selmix.json. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";

export const toggleAutoRetune: Command = {
  id: commandIds.toggleAutoRetune,
  async run(app) {
    const project = usableProject(app);
    if (!project) return;
    const value = project.project?.configuration.autoRetune !== true;
    await app.projects.edit(project, [{ path: ["autoRetune"], value }]);
  },
};
