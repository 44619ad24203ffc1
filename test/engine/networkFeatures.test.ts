import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-network-job-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context: JobContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

/** Evaluates a checkpoint that is a network itself, with features from the network. */
async function evaluate(checkpoint: string, more: object = {}): Promise<number> {
  for (const [at, name] of ["train", "validation"].entries()) {
    const values = Array.from({ length: 36 }, (_, i) => Math.sin(3 * i + at));
    const samples = makeSafetensors({
      images: { dtype: "F32", shape: [9, 4], values },
      labels: { dtype: "I64", shape: [9], values: [0, 1, 2, 0, 1, 2, 0, 1, 2] },
    });
    writeFileSync(path.join(folder, `${name}.safetensors`), samples);
  }
  const data = { train: "train.safetensors", validation: "validation.safetensors" };
  const configuration = {
    checkpoints: [path.basename(checkpoint)],
    features: {
      train: "features/train.safetensors",
      validation: "features/validation.safetensors",
      network: { data, batchSize: 4, ...more },
    },
  };
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify(configuration));
  const result = await runJob({ kind: "evaluate", configurationPath, checkpoint, trusted: true }, context);
  return result.evaluation.validation.support.reduce((sum, count) => sum + count, 0);
}

it.each(["torchscript.onnx", "dynamo.onnx", "matmul.onnx"])(
  "evaluates %s by its own network",
  async (name) => {
    cpSync(path.join(fixtures, "onnx", name), path.join(folder, name));
    expect(await evaluate(path.join(folder, name))).toBe(9);
  },
);

it.each(["keras3", "sequential", "functional"])(
  "evaluates the TF.js model %s by its own network",
  async (name) => {
    cpSync(path.join(fixtures, "tfjs", name), folder, { recursive: true });
    expect(await evaluate(path.join(folder, "model.json"))).toBe(9);
  },
);

it("says in the tables whose network made them, as a script in Python would", async () => {
  cpSync(path.join(fixtures, "tfjs/sequential"), folder, { recursive: true });
  await evaluate(path.join(folder, "model.json"));
  const expected = JSON.parse(readFileSync(path.join(fixtures, "identity/expected.json"), "utf8"));
  for (const name of ["train", "validation"]) {
    const table = readFileSync(path.join(folder, `features/${name}.safetensors`));
    const header = JSON.parse(table.toString("utf8", 8, 8 + Number(table.readBigUInt64LE(0))));
    expect(header.__metadata__).toEqual({
      "selmix.bodyHash": expected["tfjs/sequential/model.json"].bodyHash,
    });
  }
});

it("evaluates a Keras model by its own network", async () => {
  cpSync(path.join(fixtures, "keras/model.keras"), path.join(folder, "model.keras"));
  expect(await evaluate(path.join(folder, "model.keras"))).toBe(9);
});

it("says when a network cannot be run", async () => {
  const checkpoint = path.join(folder, "c.safetensors");
  writeFileSync(
    checkpoint,
    makeSafetensors({ "fc.weight": { dtype: "F32", shape: [2, 2], values: [1, 0, 0, 1] } }),
  );
  await expect(evaluate(checkpoint)).rejects.toThrow(/neither ONNX nor/);
  await expect(evaluate(checkpoint, { model: "backbone.pt" })).rejects.toThrow(/neither ONNX nor/);
  await expect(evaluate(checkpoint, { model: "backbone.onnx" })).rejects.toThrow(/does not exist/);
});
