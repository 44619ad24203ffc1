/** Pythons that a folder may mean, by what lies in it and what a shell has active. */
import { existsSync } from "node:fs";
import path from "node:path";
import { relativeIn } from "../files/place.ts";

export interface Interpreter {
  readonly label: string;
  readonly description: string;
  /** As it stands in selmix.json: relative to its folder where it lies in it. */
  readonly command: string;
}

const environments = [".venv", "venv", "env", ".conda"];
const inEnvironment = process.platform === "win32" ? ["Scripts/python.exe", "python.exe"] : ["bin/python"];

/** The Python of an environment; null where there is none. */
export function pythonIn(environment: string): string | null {
  return (
    inEnvironment.map((inside) => path.join(environment, inside)).find((file) => existsSync(file)) ?? null
  );
}

/** Those that are there, each once, the likeliest first. @param chosen what the user chose in the Python extension */
export function interpreters(
  folder: string,
  chosen: string | null,
  shell: Readonly<Record<string, string | undefined>>,
): Interpreter[] {
  const active = [
    { home: shell.VIRTUAL_ENV, why: "the virtual environment that is active" },
    { home: shell.CONDA_PREFIX, why: "the conda environment that is active" },
  ];
  const all = [
    { file: chosen, why: "chosen in the Python extension" },
    ...environments.map((name) => ({
      file: pythonIn(path.join(folder, name)),
      why: `the environment ${name}`,
    })),
    ...active.map(({ home, why }) => ({ file: home === undefined ? null : pythonIn(home), why })),
  ];
  const known = new Map<string, Interpreter>();
  for (const { file, why } of all) {
    if (file === null || !existsSync(file)) continue;
    const command = commandOf(folder, file);
    if (!known.has(command)) known.set(command, { label: command, description: why, command });
  }
  return [...known.values()];
}

/** How selmix.json names a program. */
export function commandOf(folder: string, file: string): string {
  const inside = relativeIn(folder, file);
  return inside === null ? file : `./${inside}`;
}
