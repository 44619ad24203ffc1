/**
 * Runs the export scripts for transformers and timm as a user would, on models that these libraries saved: the head's logits of
 * the features that a script writes are the model's own, and so is the hash of its body.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { bodyHash } from "../../src/checkpoints/identity.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import {
  type ExportKind,
  exportFacts,
  exportScript,
  likelyKind,
  possibleHeads,
} from "../../src/project/exportScripts/index.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { python } from "./environment.ts";

const splits = ["train", "validation", "test"];

let workspace = "";
beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), "selmix-libraries-"));
  await runPython(path.join(import.meta.dirname, "make_libraries.py"), workspace);
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

test.each([
  ["bert", "model.safetensors"],
  ["distilbert", "model.safetensors"],
  ["roberta", "model.safetensors.index.json"],
  ["llama", "model.safetensors"],
  ["vit", "model.safetensors"],
  ["resnet", "model.safetensors"],
])(
  "a %s that transformers saved: the script as it stands writes what enters the head",
  async (name, file) => {
    const checkpoint = `models/${name}/${file}`;
    expect(likelyKind(checkpoint, await readdir(path.join(workspace, "models", name)))).toBe("transformers");
    const { script, ...own } = await scriptFor("transformers", checkpoint);
    await expectFeatures(await runScript(name, script, checkpoint), own, name);
  },
);

test.each([
  ["test_vit", "pth"],
  ["test_convnext", "safetensors"],
  ["mobilenetv3_small_050", "pth"],
])("a %s of timm: the script, told the model's name, writes what enters the head", async (name, ending) => {
  const checkpoint = `models/${name}.${ending}`;
  const { script, ...own } = await scriptFor("timm", checkpoint);
  const adapted = script.replace(/^MODEL = .*$/m, `MODEL = "${name}"`);
  expect(adapted).not.toBe(script);
  await expectFeatures(await runScript(name, adapted, checkpoint), own, name);
});

/** The script that the command would insert before there are features, for the head that it would offer first. */
async function scriptFor(
  kind: ExportKind,
  file: string,
): Promise<{ script: string; head: Head; body: string }> {
  const checkpoint = await openCheckpoint(path.join(workspace, file));
  try {
    const [chosen] = possibleHeads(checkpoint.tensors);
    if (!chosen) throw new Error(`${file} has no head`);
    const names = checkpoint.tensors.map(({ name }) => name);
    const location = findHead(checkpoint, { featureSize: chosen.size, ...chosen });
    return {
      script: exportScript(kind, exportFacts(file, names, chosen)),
      head: await readHead(checkpoint, location),
      body: await bodyHash(checkpoint, location),
    };
  } finally {
    await checkpoint.close();
  }
}

/** Runs a script in the workspace and returns the folder of its tables. */
async function runScript(name: string, script: string, checkpoint: string): Promise<string> {
  const file = path.join(workspace, `export_${name}.py`);
  await writeFile(file, script);
  await runPython(file, checkpoint, `features-${name}`);
  return path.join(workspace, `features-${name}`);
}

function runPython(script: string, ...args: readonly string[]): Promise<unknown> {
  const start = path.join(import.meta.dirname, "with_torchvision.py");
  const env = { ...process.env, HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" };
  return promisify(execFile)(python, [start, script, ...args], { cwd: workspace, env });
}

async function expectFeatures(
  folder: string,
  { head, body }: { head: Head; body: string },
  model: string,
): Promise<void> {
  for (const split of splits) {
    const table = await openFeatureTable(path.join(folder, `${split}.safetensors`));
    const expected = await openFeatureTable(path.join(workspace, "logits", `${model}-${split}.safetensors`));
    expect(table.bodyHash).toBe(body);
    expect(table.labels).toEqual(expected.labels);
    expect(table.rows.size).toBe(head.size);
    const [row, logits] = [new Float32Array(head.size), new Float32Array(head.classes)];
    for (let i = 0; i < expected.rows.count; i++) {
      table.rows.read(i, 1, row, 0);
      expected.rows.read(i, 1, logits, 0);
      for (const [k, logit] of logits.entries()) {
        let own = head.bias?.[k] ?? 0;
        for (const [j, feature] of row.entries()) own += (head.weight[k * head.size + j] ?? 0) * feature;
        expect(Math.abs(own - logit)).toBeLessThan(1e-4 * Math.max(1, Math.abs(logit)));
      }
    }
    table.close();
    expected.close();
  }
}
