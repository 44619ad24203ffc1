/** Opens the active selmix.json in the editor. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const openConfiguration: Command = {
  id: commandIds.openConfiguration,
  async run({ projects }) {
    const { active } = projects;
    if (active) await vscode.window.showTextDocument(vscode.Uri.file(active.path));
  },
};
