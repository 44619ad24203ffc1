/** Puts the parts together; nothing else happens here. */
import type * as vscode from "vscode";
import { commands } from "vscode";
import { commandIds } from "./extension/ids.ts";
import { Log } from "./extension/log.ts";

export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  context.subscriptions.push(
    log,
    commands.registerCommand(commandIds.showLog, () => log.show()),
  );
}
