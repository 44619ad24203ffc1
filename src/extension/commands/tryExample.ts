/** Copies the example that comes with SelMix into a folder of the user's choice, and opens it. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { copyFolder } from "../../files/copyFolder.ts";
import { errorText } from "../../words/errors.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { fail } from "../tell.ts";

const name = "fashion-mnist-lt";

export const tryExample: Command = {
  id: commandIds.tryExample,
  async run(app) {
    const chosen = await vscode.window.showOpenDialog({
      title: "Try the Example: a folder for it (4 MB)",
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: "Copy It Here",
    });
    const parent = chosen?.[0]?.fsPath;
    if (parent === undefined) return;
    const target = freeFolder(parent);
    try {
      // What a run of the example wrote in a working tree is not part of it.
      const made = [".selmix", "tuned", "__pycache__"];
      const source = path.join(app.extensionUri.fsPath, "examples", name);
      copyFolder(source, target, (file) => !made.includes(path.basename(file)));
    } catch (error) {
      app.log.error(`The example could not be copied to ${target}: ${errorText(error)}`);
      void fail(`The example could not be copied to ${target}: ${errorText(error)}`);
      return;
    }
    app.log.info(`Copied the example to ${target}.`);
    const isEmpty = (vscode.workspace.workspaceFolders ?? []).length === 0;
    const options = { forceNewWindow: !isEmpty, forceReuseWindow: isEmpty };
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(target), options);
  },
};

/** selmix-example, or the first name like it that is not taken. */
function freeFolder(parent: string): string {
  for (let copy = 1; ; copy++) {
    const folder = path.join(parent, copy === 1 ? "selmix-example" : `selmix-example-${copy}`);
    if (!existsSync(folder)) return folder;
  }
}
