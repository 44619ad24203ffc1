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
  possibleHeads,
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
    const names = checkpoint.tensors.filter(({ auxiliary }) => !auxiliary).map(({ name }) => name);
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

/** Fits and saves a classifier, and says how to see that features are what enters its last layer. */
const sklearnModule = `
import numpy as np

def dataset(split):
    random = np.random.default_rng(["train", "validation", "test"].index(split))
    labels = np.repeat(np.arange(3), 30)
    return random.normal(size=(90, 5)) + 2 * np.eye(3, 5)[labels], labels, labels % 2
`;
const sklearnFit = `
import pickle, sys
import joblib, skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from data import dataset

X, y, _ = dataset("train")
pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
mlp = make_pipeline(StandardScaler(), MLPClassifier((6, 4), activation="tanh", max_iter=300)).fit(X, y)
joblib.dump(pipe, "pipe.joblib")
skops.io.dump(mlp, "mlp.skops")
with open("plain.pkl", "wb") as file:
    pickle.dump(LogisticRegression().fit(X, y), file, protocol=4)
`;
const sklearnCheck = `
import sys
import numpy as np
import joblib, pickle, skops.io
from data import dataset

name = sys.argv[1]
model = {"pipe.joblib": lambda: joblib.load(name), "plain.pkl": lambda: pickle.load(open(name, "rb")),
    "mlp.skops": lambda: skops.io.load(name, trusted=skops.io.get_untrusted_types(file=name))}[name]()
last = model[-1] if hasattr(model, "steps") else model
weight, bias = (last.coefs_[-1], last.intercepts_[-1]) if hasattr(last, "coefs_") else (last.coef_.T, last.intercept_)
for split in ("train", "validation", "test"):
    X, y, groups = dataset(split)
    table = np.load(f"features/{split}.npz")
    assert (table["labels"] == y).all() and (table["groups"] == groups).all()
    assert ((table["features"] @ weight + bias).argmax(1) == model.predict(X)).all(), split
print("same")
`;

test.each(["pipe.joblib", "plain.pkl", "mlp.skops"])(
  "%s: the scikit-learn script writes what enters its last layer, with groups",
  async (file) => {
    const home = path.join(workspace, `sklearn-${file}`);
    await mkdir(home);
    const write = (name: string, text: string) => writeFile(path.join(home, name), text);
    await Promise.all([
      write("data.py", sklearnModule),
      write("fit.py", sklearnFit),
      write("check.py", sklearnCheck),
    ]);
    await run(python, ["fit.py"], { cwd: home });
    const checkpoint = await openCheckpoint(path.join(home, file));
    const { tensors } = checkpoint;
    await checkpoint.close();
    const [head] = possibleHeads(tensors);
    if (!head) throw new Error(`${file} has no head`);
    await write(
      "export_features.py",
      exportScript(
        "sklearn",
        exportFacts(
          file,
          tensors.map(({ name }) => name),
          head,
        ),
      ),
    );
    await run(python, ["export_features.py", file, "features"], { cwd: home });
    const { stdout } = await run(python, ["check.py", file], { cwd: home });
    expect(stdout.trim()).toBe("same");
  },
);
