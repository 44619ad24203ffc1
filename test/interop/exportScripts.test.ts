/** Runs the export scripts as a user would, and compares their tables with the features that the framework gives. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { bodyHash } from "../../src/checkpoints/identity.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import {
  type ExportKind,
  exportFacts,
  exportKinds,
  exportScript,
} from "../../src/project/exportScripts/index.ts";
import { python } from "./environment.ts";

const run = promisify(execFile);
let workspace = "";
beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), "selmix-export-"));
  await run(python, [path.join(import.meta.dirname, "make.py"), workspace]);
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

/** What the user has: a network and data. */
const torchModule = `
from collections import OrderedDict
import torch
from safetensors.torch import load_file
from torch import nn

def Net():
    return nn.Sequential(OrderedDict(body=nn.Linear(5, 8), act=nn.ReLU(), fc=nn.Linear(8, 3)))

def dataset(split):
    table = load_file(f"../features/{split}.safetensors")
    return torch.utils.data.TensorDataset(table["inputs"], table["labels"])
`;
const kerasModule = `
import keras
from safetensors.numpy import load_file

def build_model():
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])

def dataset(split):
    table = load_file(f"../features/{split}.safetensors")
    return table["inputs"], table["labels"]
`;

test.each<[string, ExportKind, string]>([
  ["plain.pt", "pytorch", torchModule],
  ["lightning.ckpt", "pytorch", torchModule],
  ["resume.pth", "pytorch", torchModule],
  ["whole.safetensors", "pytorch", torchModule],
  ["native.keras", "keras", kerasModule],
  ["only.weights.h5", "keras", kerasModule],
])(
  "%s: the %s script writes the features that enter its head, and whose they are",
  async (file, kind, module) => {
    const source = path.join(workspace, "checkpoints", file);
    const checkpoint = await openCheckpoint(source);
    const head = findHead(checkpoint, { featureSize: 8, classes: 3 });
    const names = checkpoint.tensors.filter(({ aside }) => !aside).map(({ name }) => name);
    const body = await bodyHash(checkpoint, head);
    await checkpoint.close();
    const home = path.join(workspace, `run-${file}`);
    await mkdir(home);
    await writeFile(path.join(home, "model.py"), module);
    const script = exportScript(kind, exportFacts(`../checkpoints/${file}`, names, head));
    await writeFile(path.join(home, "export_features.py"), script);
    await run(python, ["export_features.py", `../checkpoints/${file}`, "features"], { cwd: home });
    const ending = exportKinds.find((one) => one.kind === kind)?.tables ?? "";
    for (const split of ["train", "validation", "test"]) {
      const written = await openFeatureTable(path.join(home, "features", split + ending));
      const known = await openFeatureTable(path.join(workspace, "features", `${split}.safetensors`));
      expect([written.bodyHash, written.unused]).toEqual([body, []]);
      expect(written.labels).toEqual(known.labels);
      expect(written.rows.count).toBe(known.rows.count);
      const [a, b] = [new Float32Array(written.rows.count * 8), new Float32Array(written.rows.count * 8)];
      written.rows.read(0, written.rows.count, a, 0);
      known.rows.read(0, known.rows.count, b, 0);
      expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))))).toBeLessThan(1e-5);
      written.close();
      known.close();
    }
  },
);

test("all scripts are sound Python", async () => {
  const facts = exportFacts("a b.pt", ["model.fc.weight"], {
    weight: "model.fc.weight",
    size: 8,
    classes: 3,
  });
  for (const { kind } of exportKinds) {
    const file = path.join(workspace, `${kind}.py`);
    await writeFile(file, exportScript(kind, facts));
    await run(python, ["-m", "py_compile", file]);
  }
});
