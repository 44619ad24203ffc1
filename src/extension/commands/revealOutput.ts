/** Shows the tuned copy that a run wrote. */
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { verdictLine } from "../../words/verdict.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { warn } from "../tell.ts";

export const revealOutput: Command = {
  id: commandIds.revealOutput,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Reveal Tuned Checkpoint", ({ result }) => result !== null);
    if (!run?.result) return;
    const output = run.run.copies?.at(-1)?.output ?? run.result.output;
    if (output === null) {
      void warn(`This run wrote nothing. ${verdictLine(run.result)}`);
    } else if (existsSync(output)) {
      const file = vscode.Uri.file(output);
      const inWorkspace = vscode.workspace.getWorkspaceFolder(file) !== undefined;
      await vscode.commands.executeCommand(inWorkspace ? "revealInExplorer" : "revealFileInOS", file);
    } else {
      void warn(`${output} is not there any more; use this run to write it again.`);
    }
  },
};
