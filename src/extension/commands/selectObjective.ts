/** Chooses what is raised; written to selmix.json. */
import { metricOf, objectiveIds, shortName } from "../../metrics/catalogue.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";
import { pick } from "../tell.ts";

export const selectObjective: Command = {
  id: commandIds.selectObjective,
  async run(app) {
    const project = usableProject(app);
    if (!project) return;
    const current = project.project?.configuration.objective;
    const picked = await pick(
      objectiveIds.map((id) => ({
        label: shortName(id),
        description: id === current ? `${id}, chosen now` : id,
        detail: metricOf(id).sentence,
        id,
      })),
      { title: "Select Objective", placeHolder: "What tuning raises on validation" },
    );
    if (picked) await app.projects.edit(project, [{ path: ["objective"], value: picked.id }]);
  },
};
