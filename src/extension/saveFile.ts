/** Saves what a page or a command made where the user says. */
import path from "node:path";
import * as vscode from "vscode";
import { realPlace } from "../files/place.ts";
import { replaceFile } from "../files/replace.ts";
import { errorText } from "../words/errors.ts";
import type { Log } from "./log.ts";
import { fail } from "./tell.ts";

/**
 * Asks where, proposing a place; null where the user gives up, or the file cannot be written, which is said.
 * @param make what is saved, made once it is known that it is wanted
 */
export async function saveFile(
  proposed: string,
  make: () => string | Uint8Array,
  log: Log,
): Promise<vscode.Uri | null> {
  const extension = path.extname(proposed).slice(1);
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(proposed),
    filters: extension ? { [extension.toUpperCase()]: [extension] } : {},
  });
  if (!target) return null;
  try {
    replaceFile(realPlace(target.fsPath) ?? target.fsPath, make(), { flush: false });
  } catch (error) {
    void fail(`${target.fsPath} cannot be written: ${errorText(error)}`);
    return null;
  }
  log.info(`Saved ${target.fsPath}.`);
  return target;
}
