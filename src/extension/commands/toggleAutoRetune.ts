/** Turns tuning on save on or off; written to selmix.json. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usableProject } from "../targets.ts";
import { inform } from "../tell.ts";

export const toggleAutoRetune: Command = {
  id: commandIds.toggleAutoRetune,
  async run(app) {
    const project = usableProject(app);
    if (!project) return;
    const value = project.project?.configuration.autoRetune !== true;
    await app.projects.edit(project, [{ path: ["autoRetune"], value }]);
    const { command, network } = project.project?.configuration.features ?? {};
    if (value && !command && !network) await offerExport();
  },
};

/** Without a way to make features, those at hand fit only checkpoints whose body stays as it is. */
async function offerExport(): Promise<void> {
  const insert = "Insert Export Script";
  const answer = await inform(
    "Saved checkpoints are tuned on the features at hand as long as their body stays the same; with a script that exports features, all are.",
    insert,
  );
  if (answer === insert) await vscode.commands.executeCommand(commandIds.insertExportScript);
}
