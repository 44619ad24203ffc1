/** Tunes a checkpoint of each format and loads the result in its own framework. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { written } from "../support/written.ts";
import { python, root } from "./environment.ts";
import { makeLayersModel, runLayersModel } from "./layersModel.ts";

const run = promisify(execFile);
const size = 8;
const classes = 3;

let workspace = "";
beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), "selmix-interop-"));
  await run(python, [path.join(import.meta.dirname, "make.py"), workspace]);
  await makeLayersModel(
    path.join(workspace, "checkpoints/whole.safetensors"),
    path.join(workspace, "checkpoints/web"),
  );
  const configuration = {
    checkpoints: ["checkpoints/**/*"],
    features: Object.fromEntries(
      ["train", "validation", "test"].map((split) => [split, `features/${split}.safetensors`]),
    ),
    objective: "minRecall",
    tuning: { steps: 1000, controls: "trainingFree" },
  };
  await writeFile(path.join(workspace, "selmix.json"), JSON.stringify(configuration));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

const checked = z.object({
  logits: z.array(z.array(z.number())),
  changed: z.array(z.string()),
  same: z.boolean(),
});

/** Files, and what the framework calls the two tensors that may differ. */
const cases: [file: string, changed: string[]][] = [
  ["plain.pt", ["fc.weight", "fc.bias"]],
  ["lightning.ckpt", ["fc.weight", "fc.bias"]],
  ["resume.pth", ["fc.weight", "fc.bias"]],
  ["bfloat16.pt", ["fc.weight", "fc.bias"]],
  ["joined.pt", ["fc.weight", "fc.bias"]],
  ["whole.safetensors", ["fc.weight", "fc.bias"]],
  ["split.safetensors.index.json", ["fc.weight", "fc.bias"]],
  ["single.onnx", ["fc.weight", "fc.bias"]],
  ["parts.onnx", ["fc.weight", "fc.bias"]],
  ["flax.npz", ["params/fc/kernel", "params/fc/bias"]],
  ["native.keras", ["fc/kernel", "fc/bias"]],
  ["packed.keras", ["fc/kernel", "fc/bias"]],
  ["only.weights.h5", ["fc/kernel", "fc/bias"]],
];

test.each(cases)("%s, tuned, gives the same logits in its own framework", async (file, changed) => {
  const source = path.join(workspace, "checkpoints", file);
  const tuned = await tune(source);
  const check = path.join(import.meta.dirname, "check.py");
  const { stdout } = await run(python, [check, workspace, source, written(tuned)], { maxBuffer: 2 ** 26 });
  const loaded = checked.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  expect(loaded.same).toBe(true);
  expect(loaded.changed.toSorted()).toEqual(changed.toSorted());
  await expectSame(loaded.logits, tuned);
});

test("a TF.js layers model, tuned, gives the same logits in TF.js", async () => {
  const source = path.join(workspace, "checkpoints/web/model.json");
  const tuned = await tune(source);
  const inputs = path.join(workspace, "features/test.safetensors");
  const [before, after] = [
    await runLayersModel(source, inputs),
    await runLayersModel(written(tuned), inputs),
  ];
  const changed = [...before.weights].filter(
    ([name, values]) => values.join() !== after.weights.get(name)?.join(),
  );
  expect(changed.map(([name]) => name)).toEqual(["fc/kernel", "fc/bias"]);
  await expectSame(after.logits, tuned);
});

type Tuned = z.infer<typeof tuneResult>;

async function tune(checkpoint: string): Promise<Tuned> {
  const cli = path.join(root, "dist/cli.mjs");
  const args = ["tune", checkpoint, "--config", path.join(workspace, "selmix.json"), "--json"];
  await mkdir(path.join(workspace, "tuned"), { recursive: true });
  const { stdout } = await run(process.execPath, [cli, ...args], { cwd: workspace });
  return tuneResult.parse(JSON.parse(stdout));
}

/** The framework's logits are those of the tuned head on our features, and its recalls are those that the tune reported. */
async function expectSame(logits: readonly (readonly number[])[], tuned: Tuned): Promise<void> {
  const checkpoint = await openCheckpoint(written(tuned));
  const head = await readHead(checkpoint, findHead(checkpoint, { featureSize: size, classes }));
  await checkpoint.close();
  const table = await openFeatureTable(path.join(workspace, "features/test.safetensors"));
  const row = new Float32Array(size);
  const hits = new Array<number>(classes).fill(0);
  const counts = new Array<number>(classes).fill(0);
  for (const [i, given] of logits.entries()) {
    table.rows.read(i, 1, row, 0);
    for (let k = 0; k < classes; k++) {
      let own = head.bias?.[k] ?? 0;
      for (let j = 0; j < size; j++) own += (head.weight[k * size + j] ?? 0) * (row[j] ?? 0);
      expect(Math.abs(own - (given[k] ?? Number.NaN))).toBeLessThan(1e-4 * Math.max(1, Math.abs(own)));
    }
    const label = table.labels?.codes[i] ?? 0;
    counts[label] = (counts[label] ?? 0) + 1;
    if (given.indexOf(Math.max(...given)) === label) hits[label] = (hits[label] ?? 0) + 1;
  }
  table.close();
  const recalls = hits.map((hit, label) => hit / (counts[label] ?? 1));
  for (const [label, recall] of (tuned.after.test?.recall ?? []).entries())
    expect(recalls[label]).toBeCloseTo(recall ?? Number.NaN, 6);
}
