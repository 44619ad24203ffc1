/** Workspaces for the tests: copies of the example, in folders of their own. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import { projectRoot } from "../../../scripts/vscode/install.ts";
import { makeSafetensors } from "../../files/makeSafetensors.ts";

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

/** A folder with a TF.js model and samples of its three classes, and no selmix.json. */
export function networkWorkspace(): string {
  const folder = emptyFolder();
  cpSync(path.join(projectRoot, "test/fixtures/tfjs/keras3"), path.join(folder, "web"), { recursive: true });
  mkdirSync(path.join(folder, "data"));
  // No sample of one is in the other.
  for (const [name, { count, from }] of Object.entries({
    train: { count: 90, from: 0 },
    val: { count: 60, from: 90 },
  })) {
    const labels = Array.from({ length: count }, (_, i) => i % 3);
    const values = labels.flatMap((label, at) => {
      const i = from + at;
      return [label, Math.sin(i), Math.cos(3 * i), label * Math.sin(7 * i)];
    });
    const arrays = {
      images: { dtype: "F32", shape: [count, 4], values },
      labels: { dtype: "I64", shape: [count], values: labels },
    };
    writeFileSync(path.join(folder, `data/${name}.safetensors`), makeSafetensors(arrays));
  }
  return folder;
}

/** A folder with a linear head of three classes whose validation and test are too small to tell whether anything helps. */
export function fewSamplesWorkspace(): string {
  const folder = emptyFolder();
  const write = (file: string, tensors: Parameters<typeof makeSafetensors>[0]) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), makeSafetensors(tensors));
  };
  for (const [at, [name, counts]] of Object.entries({
    train: [120, 60, 12],
    validation: [12, 12, 12],
    test: [14, 14, 14],
  }).entries()) {
    const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
    const values = labels.flatMap((label, row) =>
      [0, 1, 2].map((d) => Number(d === label) + 0.6 * Math.sin(7919 * (row + 1) * (d + 2) + 31 * at)),
    );
    write(`features/${name}.safetensors`, {
      features: { dtype: "F32", shape: [labels.length, 3], values },
      labels: { dtype: "I64", shape: [labels.length], values: labels },
    });
  }
  write("checkpoints/epoch-10.safetensors", {
    "fc.weight": { dtype: "F32", shape: [3, 3], values: [4, 0, 0, 0, 4, 0, 0, 0, 4] },
    "fc.bias": { dtype: "F32", shape: [3], values: [1, 0, -1] },
  });
  const configuration = {
    checkpoints: ["checkpoints/*.safetensors"],
    features: Object.fromEntries(
      ["train", "validation", "test"].map((name) => [name, `features/${name}.safetensors`]),
    ),
    classes: ["cat", "dog", "eel"],
    objective: "minRecall",
    tuning: { steps: 200 },
  };
  writeFileSync(path.join(folder, "selmix.json"), JSON.stringify(configuration, null, 2));
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
