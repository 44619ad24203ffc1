/** Shows a run's folder: in the explorer of the editor where it lies in the workspace, else in the system's. */
import path from "node:path";
import * as vscode from "vscode";
import { runFiles } from "../../project/runFolder.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";

export const openRunFolder: Command = {
  id: commandIds.openRunFolder,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Open Run Folder");
    if (!run) return;
    const file = vscode.Uri.file(path.join(run.folder, runFiles.run));
    const inWorkspace = vscode.workspace.getWorkspaceFolder(file) !== undefined;
    await vscode.commands.executeCommand(inWorkspace ? "revealInExplorer" : "revealFileInOS", file);
  },
};
