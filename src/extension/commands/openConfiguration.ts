/** Opens a selmix.json in the editor, the active one unless another is named; at its first error, if there is one. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const openConfiguration: Command = {
  id: commandIds.openConfiguration,
  async run({ projects }, argument) {
    const project = (typeof argument === "string" && projects.find(argument)) || projects.active;
    if (!project) return;
    const {
      path,
      problems: [problem],
    } = project;
    const at = problem && new vscode.Position(problem.line - 1, problem.column - 1);
    await vscode.window.showTextDocument(
      vscode.Uri.file(path),
      at ? { selection: new vscode.Range(at, at) } : undefined,
    );
  },
};
