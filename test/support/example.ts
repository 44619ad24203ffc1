/** A copy of the example workspace that a test may do with what it wants. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { editText } from "../../src/project/edit.ts";

const example = path.resolve("examples/fashion-mnist-lt");

export interface Workspace {
  readonly folder: string;
  readonly configuration: string;
  readonly checkpoint: string;
  readonly output: string;
}

/** Copies the example and sets values of its configuration. */
export function exampleWorkspace(values: Record<string, unknown> = {}): Workspace {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "selmix-example-")));
  for (const part of ["selmix.json", "checkpoints", "features"]) {
    cpSync(path.join(example, part), path.join(folder, part), { recursive: true });
  }
  const configuration = path.join(folder, "selmix.json");
  const edits = Object.entries(values).map(([key, value]) => ({ path: key.split("."), value }));
  writeFileSync(configuration, editText(readFileSync(configuration, "utf8"), edits));
  return {
    folder,
    configuration,
    checkpoint: path.join(folder, "checkpoints/epoch-10.safetensors"),
    output: path.join(folder, "tuned/epoch-10.selmix.safetensors"),
  };
}
