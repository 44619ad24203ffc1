/** Files and folders that the user shows where nothing was found, or not what is meant. */
import * as vscode from "vscode";
import { relativeIn } from "../../files/place.ts";
import { warn } from "../tell.ts";

/** Stands last wherever files are offered. */
export const browseItem = { icon: "folder-opened", label: "Browse…", description: "", detail: "" };

/** A file within the folder, relative to it with forward slashes; null where none was chosen, or one that lies elsewhere. */
export function browse(
  folder: string,
  title: string,
  filters: Record<string, string[]>,
): Promise<string | null> {
  return show(folder, { title, filters: { ...filters, "All files": ["*"] } });
}

/** The same for a folder; "." for the folder itself. */
export async function browseFolder(folder: string, title: string): Promise<string | null> {
  const shown = await show(folder, { title, canSelectFiles: false, canSelectFolders: true });
  return shown === "" ? "." : shown;
}

async function show(folder: string, options: vscode.OpenDialogOptions): Promise<string | null> {
  const chosen = await vscode.window.showOpenDialog({ ...options, defaultUri: vscode.Uri.file(folder) });
  const file = chosen?.[0]?.fsPath;
  if (file === undefined) return null;
  const inside = relativeIn(folder, file);
  if (inside === null)
    void warn(`${file} lies outside ${folder}; move it there, or open the folder that holds both.`);
  return inside;
}
