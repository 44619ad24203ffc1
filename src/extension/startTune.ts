/** A tune that a person asked for. */
import * as vscode from "vscode";
import type { App } from "./app.ts";
import type { OpenProject } from "./projects.ts";

/** Starts it, or says why it cannot start now. Resolves when the tune has ended. */
export async function startTune(app: App, project: OpenProject, checkpoint: string | null): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    const manage = "Manage Trust";
    const message = "SelMix runs nothing in a workspace that is not trusted.";
    const answer = await vscode.window.showWarningMessage(message, manage);
    if (answer === manage) await vscode.commands.executeCommand("workbench.trust.manage");
    return;
  }
  const active = app.tuner.of(project.path);
  if (active) {
    const name = active.checkpoint ? app.projects.nameOf(project.path, active.checkpoint) : "A checkpoint";
    void vscode.window.showInformationMessage(`${name} is being tuned; wait for its end, or stop it.`);
    return;
  }
  if (checkpoint) app.retune.forgetCheckpoint(checkpoint);
  await app.tuner.tune(project, checkpoint, "user");
}
