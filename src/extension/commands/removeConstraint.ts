/** Removes a constraint from selmix.json. Called with its index, else the user picks. */
import type { Command } from "../app.ts";
import { pickConstraint } from "../constraintForm.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";

export const removeConstraint: Command = {
  id: commandIds.removeConstraint,
  async run(app, argument) {
    const project = usableProject(app);
    const configuration = project?.project?.configuration;
    if (!project || !configuration) return;
    const index = await pickConstraint("Remove Constraint", configuration, argument);
    if (index === null) return;
    await app.projects.edit(project, [{ path: ["constraints", index], value: undefined }]);
  },
};
