/** Chooses what is raised; written to selmix.json. */
import * as vscode from "vscode";
import { shortName } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { objectiveChoices, objectiveSentence } from "../../metrics/objective.ts";
import { objectiveId } from "../../protocol/records.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";
import { pick } from "../tell.ts";

/** A weighted sum and a matrix of costs are written by hand: the file opens, where they are completed. */
const own = {
  label: "Weighted sum or costs…",
  description: "opens selmix.json",
  detail: "A weighted sum of these, or what each mistake costs.",
  id: null,
};

export const selectObjective: Command = {
  id: commandIds.selectObjective,
  async run(app) {
    const project = usableProject(app);
    if (!project) return;
    const objective = project.project?.configuration.objective;
    const current = objective && objectiveKey(objective);
    const items = objectiveChoices(objective).map((id) => ({
      label: shortName(id),
      description: id === current ? `${id}, chosen now` : id,
      detail: objectiveSentence(id),
      id,
    }));
    const picked = await pick([...items, own], {
      title: "Select Objective",
      placeHolder: "What tuning raises on validation",
    });
    if (!picked || picked.id === current) return;
    const chosen = objectiveId.safeParse(picked.id);
    if (chosen.success) await app.projects.edit(project, [{ path: ["objective"], value: chosen.data }]);
    else await vscode.commands.executeCommand(commandIds.openConfiguration);
  },
};
