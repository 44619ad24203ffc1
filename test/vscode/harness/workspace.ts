/** Workspaces for the tests: copies of the example, in folders of their own. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import { projectRoot } from "../../../scripts/vscode/install.ts";

const example = path.join(projectRoot, "examples/fashion-mnist-lt");

/** A new empty folder. */
export function emptyFolder(name = "workspace"): string {
  const folder = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), "selmix-test-"))), name);
  mkdirSync(folder);
  return folder;
}

/** Copies what the example has in git: a checkpoint, feature tables and selmix.json, with `changes` made to the latter. */
export function exampleWorkspace(changes: Record<string, unknown> = {}, folder = emptyFolder()): string {
  cpSync(path.join(example, "selmix.json"), path.join(folder, "selmix.json"));
  cpSync(path.join(example, "features"), path.join(folder, "features"), { recursive: true });
  const checkpoint = "checkpoints/epoch-10.safetensors";
  cpSync(path.join(example, checkpoint), path.join(folder, checkpoint), { recursive: true });
  changeConfiguration(folder, changes);
  return folder;
}

/** Sets keys of a workspace's selmix.json in place; keys may be paths such as "tuning.steps". */
export function changeConfiguration(folder: string, changes: Record<string, unknown>): void {
  const file = path.join(folder, "selmix.json");
  let text = readFileSync(file, "utf8");
  for (const [key, value] of Object.entries(changes)) {
    text = applyEdits(text, modify(text, key.split("."), value, {}));
  }
  writeFileSync(file, text);
}

/** selmix.json as it stands. */
export function configuration(folder: string): Record<string, unknown> {
  return parse(readFileSync(path.join(folder, "selmix.json"), "utf8"));
}

/** Where the example's checkpoint lies in a workspace. */
export function sourceCheckpoint(folder: string): string {
  return path.join(folder, "checkpoints/epoch-10.safetensors");
}
