/** Adds a bound to keep while the objective is raised; written to selmix.json. */
import type { Command } from "../app.ts";
import { askConstraint, askedAbout } from "../constraintForm.ts";
import { commandIds } from "../ids.ts";
import { measuredReport } from "../measuredReport.ts";
import { usableProject } from "../targets.ts";

export const addConstraint: Command = {
  id: commandIds.addConstraint,
  async run(app) {
    const project = usableProject(app);
    const configuration = project?.project?.configuration;
    if (!project || !configuration) return;
    const report = await measuredReport(app, project);
    const constraint = await askConstraint(askedAbout("Add Constraint", configuration, report));
    if (!constraint) return;
    // A list that does not exist yet cannot be appended to.
    const edit =
      configuration.constraints.length === 0
        ? { path: ["constraints"], value: [constraint] }
        : { path: ["constraints", -1], value: constraint };
    await app.projects.edit(project, [edit]);
  },
};
