/** Shows the tensors of a checkpoint and which of them is the head, in an editor that changes nothing. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { checkpointEditorIds, commandIds } from "../ids.ts";
import { checkpointTarget } from "../targets.ts";

export const inspectCheckpoint: Command = {
  id: commandIds.inspectCheckpoint,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Inspect Checkpoint");
    if (!target) return;
    const file = vscode.Uri.file(target.path);
    // Whatever opens such files otherwise: here it was asked for.
    await vscode.commands.executeCommand("vscode.openWith", file, checkpointEditorIds.own);
  },
};
