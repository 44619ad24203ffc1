import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { interpreters } from "../../src/extension/interpreters.ts";

let [folder, elsewhere] = ["", ""];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-python-"));
  elsewhere = mkdtempSync(path.join(os.tmpdir(), "selmix-conda-"));
});
afterEach(() => {
  for (const one of [folder, elsewhere]) rmSync(one, { recursive: true, force: true });
});

const inside = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";

function environment(home: string): string {
  const file = path.join(home, inside);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
  return file;
}

const commands = (chosen: string | null, shell = {}) =>
  interpreters(folder, chosen, shell).map(({ command }) => command);

test("nothing is found where nothing is", () => {
  expect(commands(null, { CONDA_PREFIX: path.join(elsewhere, "gone") })).toEqual([]);
  expect(commands(path.join(folder, "gone/python"))).toEqual([]);
});

test("an environment in the folder is named from there, so that the file means the same elsewhere", () => {
  environment(path.join(folder, ".venv"));
  expect(commands(null)).toEqual([`./.venv/${inside}`]);
});

test("the user's choice comes first, then the folder's own, then the shell's; each once", () => {
  environment(path.join(folder, "venv"));
  const own = environment(path.join(folder, ".venv"));
  const conda = environment(elsewhere);
  expect(commands(own, { CONDA_PREFIX: elsewhere, VIRTUAL_ENV: path.join(folder, ".venv") })).toEqual([
    `./.venv/${inside}`,
    `./venv/${inside}`,
    conda,
  ]);
});
