/** What runs Python in a workspace: its own environment, the one that the Python extension or a shell has chosen, or one picked. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { commandOf, interpreters, pythonIn } from "./interpreters.ts";
import { pick } from "./tell.ts";

/** What the Python extension tells of the environment that is chosen for a folder. */
interface PythonApi {
  readonly environments: { getActiveEnvironmentPath(resource: vscode.Uri): unknown };
}
const shapeOfApi = z.object({
  environments: z.object({ getActiveEnvironmentPath: z.custom((value) => typeof value === "function") }),
});
/** Checked without a copy, which would part the methods from their object. */
const pythonApi = z.custom<PythonApi>((value) => shapeOfApi.safeParse(value).success);
const chosenEnvironment = z.object({ path: z.string().min(1) });

/** The interpreter that a folder means where just one is meant, else one that the user picks; null where the user gives up. */
export async function askPython(folder: string, title: string): Promise<string | null> {
  const chosen = await chosenInPythonExtension(folder);
  const found = interpreters(folder, chosen, process.env);
  const [first, ...others] = found;
  const isChosen = chosen !== null && first?.command === commandOf(folder, chosen);
  if (first && (isChosen || others.length === 0)) return first.command;
  const onPath = { label: "python", description: "the one that is on the path", command: "python" };
  const browse = { icon: "folder-opened", label: "Browse…", command: "" };
  const picked = await pick([...found, onPath, browse], {
    title,
    placeHolder: "Which Python has your network's packages",
  });
  if (picked?.command !== "") return picked?.command ?? null;
  const shown = await vscode.window.showOpenDialog({
    title: `${title}: Python`,
    defaultUri: vscode.Uri.file(folder),
    openLabel: "Use This Python",
  });
  const file = shown?.[0]?.fsPath;
  return file === undefined ? null : commandOf(folder, file);
}

/** Null without the Python extension, or where it has nothing chosen but a name. */
async function chosenInPythonExtension(folder: string): Promise<string | null> {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (!extension) return null;
  const api = pythonApi.safeParse(await extension.activate());
  if (!api.success) return null;
  const { environments: all } = api.data;
  const chosen = chosenEnvironment.safeParse(all.getActiveEnvironmentPath(vscode.Uri.file(folder)));
  if (!chosen.success || !path.isAbsolute(chosen.data.path)) return null;
  const file = chosen.data.path;
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? pythonIn(file) : file;
}
