/** Files that the user shows where nothing was found, or not what is meant. */
import path from "node:path";
import * as vscode from "vscode";
import { warn } from "../tell.ts";

/** Stands last wherever files are offered. */
export const browseItem = { icon: "folder-opened", label: "Browse…", description: "", detail: "" };

/** A file within the folder, relative to it with forward slashes; null where none was chosen, or one that lies elsewhere. */
export async function browse(
  folder: string,
  title: string,
  filters: Record<string, string[]>,
): Promise<string | null> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    defaultUri: vscode.Uri.file(folder),
    filters: { ...filters, "All files": ["*"] },
  });
  const file = chosen?.[0]?.fsPath;
  if (file === undefined) return null;
  const relative = path.relative(folder, file);
  if (!relative.startsWith("..") && !path.isAbsolute(relative)) return relative.split(path.sep).join("/");
  void warn(`${file} lies outside ${folder}; move it there, or open the folder that holds both.`);
  return null;
}
