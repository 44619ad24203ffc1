/** Copies the path of a run's folder. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";

export const copyRunPath: Command = {
  id: commandIds.copyRunPath,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Copy Path of Run");
    if (run) await vscode.env.clipboard.writeText(run.folder);
  },
};
