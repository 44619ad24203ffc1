/** Chooses what is raised; written to selmix.json. */
import * as vscode from "vscode";
import { objectives } from "../../selmix/objectives.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";
import { objectiveNames } from "../words.ts";

export const selectObjective: Command = {
  id: commandIds.selectObjective,
  async run(app) {
    const project = usableProject(app);
    if (!project) return;
    const current = project.project?.configuration.objective;
    const picked = await vscode.window.showQuickPick(
      objectives.map(({ id, sentence }) => ({
        label: objectiveNames[id],
        description: id === current ? `${id}, chosen now` : id,
        detail: sentence,
        id,
      })),
      { title: "Select Objective", placeHolder: "What tuning raises on validation", matchOnDetail: true },
    );
    if (picked) await app.projects.edit(project, [{ path: ["objective"], value: picked.id }]);
  },
};
