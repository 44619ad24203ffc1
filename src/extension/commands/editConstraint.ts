/** Changes a constraint; written to selmix.json. Called with its index, else the user picks. */
import type { Command } from "../app.ts";
import { askChange, askedAbout, pickConstraint } from "../constraintForm.ts";
import { commandIds } from "../ids.ts";
import { measuredReport } from "../measuredReport.ts";
import { usableProject } from "../targets.ts";

export const editConstraint: Command = {
  id: commandIds.editConstraint,
  async run(app, argument) {
    const project = usableProject(app);
    const configuration = project?.project?.configuration;
    if (!project || !configuration) return;
    const index = await pickConstraint("Edit Constraint", configuration, argument);
    if (index === null) return;
    const from = configuration.constraints[index];
    if (!from) return;
    const report = await measuredReport(app, project);
    const constraint = await askChange(askedAbout("Edit Constraint", configuration, report), from);
    if (constraint) await app.projects.edit(project, [{ path: ["constraints", index], value: constraint }]);
  },
};
