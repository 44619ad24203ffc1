/** What runs Python in a workspace: its own environment, the one that the Python extension or a shell has chosen, or one picked. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { type Item, pick } from "./tell.ts";

interface Interpreter extends Item {
  /** As it stands in selmix.json: relative to its folder where it lies in it. */
  readonly command: string;
}

const environments = [".venv", "venv", "env", ".conda"];
const inEnvironment = process.platform === "win32" ? ["Scripts/python.exe", "python.exe"] : ["bin/python"];

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
  const found = await interpreters(folder);
  const [only, ...others] = found;
  if (only && others.length === 0) return only.command;
  const onPath = { label: "python", description: "the one that is on the path", command: "python" };
  const browse = { icon: "folder-opened", label: "Browse…", command: "" };
  const picked = await pick([...found, onPath, browse], {
    title,
    placeHolder: "Which Python has your network's packages",
  });
  if (picked?.command !== "") return picked?.command ?? null;
  const chosen = await vscode.window.showOpenDialog({
    title: `${title}: Python`,
    defaultUri: vscode.Uri.file(folder),
    openLabel: "Use This Python",
  });
  const file = chosen?.[0]?.fsPath;
  return file === undefined ? null : commandOf(folder, file);
}

/** The likeliest first: the user's choice in the Python extension, an environment in the folder, the shell's. */
async function interpreters(folder: string): Promise<Interpreter[]> {
  const chosen = await chosenInPythonExtension(folder);
  const own = environments.flatMap((name) =>
    inEnvironment.map((inside) => ({
      file: path.join(folder, name, inside),
      why: `the environment ${name}`,
    })),
  );
  const active = [
    { home: process.env.VIRTUAL_ENV, why: "the virtual environment that is active" },
    { home: process.env.CONDA_PREFIX, why: "the conda environment that is active" },
  ].flatMap(({ home, why }) =>
    home === undefined ? [] : inEnvironment.map((inside) => ({ file: path.join(home, inside), why })),
  );
  const all = [
    ...(chosen === null ? [] : [{ file: chosen, why: "chosen in the Python extension" }]),
    ...own,
    ...active,
  ];
  const known = new Map<string, Interpreter>();
  for (const { file, why } of all) {
    const command = commandOf(folder, file);
    if (existsSync(file) && !known.has(command))
      known.set(command, { label: command, description: why, command });
  }
  return [...known.values()];
}

function commandOf(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  const isInside = !relative.startsWith("..") && !path.isAbsolute(relative);
  return isInside ? `./${relative.split(path.sep).join("/")}` : file;
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
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true) return file;
  return inEnvironment.map((inside) => path.join(file, inside)).find((one) => existsSync(one)) ?? null;
}
