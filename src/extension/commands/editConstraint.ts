/** Changes a constraint; written to selmix.json. Called with its index, else the user picks. */
import type { Command } from "../app.ts";
import { askConstraint, pickConstraint } from "../constraintForm.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";

export const editConstraint: Command = {
  id: commandIds.editConstraint,
  async run(app, argument) {
    const project = usableProject(app);
    const configuration = project?.project?.configuration;
    if (!project || !configuration) return;
    const index = await pickConstraint("Edit Constraint", configuration, argument);
    if (index === null) return;
    const constraint = await askConstraint(
      "Edit Constraint",
      configuration,
      configuration.constraints[index],
    );
    if (constraint) await app.projects.edit(project, [{ path: ["constraints", index], value: constraint }]);
  },
};
