/** Puts the lines on the clipboard that load the tuned copy of a run. */
import path from "node:path";
import * as vscode from "vscode";
import { loadingSnippet } from "../../project/loadingSnippet.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import type { RunEntry } from "../runList.ts";
import { runTarget } from "../targets.ts";
import { inform, warn } from "../tell.ts";

export const copyLoadingSnippet: Command = {
  id: commandIds.copyLoadingSnippet,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Copy Loading Snippet", (entry) => outputOf(entry) !== null);
    if (!run) return;
    const output = outputOf(run);
    if (output === null) {
      void warn("This run has no tuned copy; use it first.");
      return;
    }
    const { language, code } = loadingSnippet(output, path.dirname(run.configuration));
    await vscode.env.clipboard.writeText(code);
    void inform(`Copied: ${language} that loads ${path.basename(output)}.`);
  },
};

function outputOf({ run, result }: RunEntry): string | null {
  return run.discardedAt === undefined ? (run.copies?.at(-1)?.output ?? result?.output ?? null) : null;
}
