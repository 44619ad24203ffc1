/**
 * Measures WebGPU on the machine it is started on: the vectors, then gain, steps and validation beside plain products
 * and beside wasm. Prints one JSON object. Started by run.sh in the folder that build.ts makes.
 */
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { GainGeometry, gain } from "../../src/selmix/tensors/gain.ts";
import vectors from "../../test/selmix/vectors.json" with { type: "json" };
import { benchGain, benchSteps, benchValidation } from "../kernels.ts";
import type { Row } from "../measure.ts";
import { productOfTensors } from "../products.ts";

const sizes = [
  { classes: 10, size: 128, batch: 64 },
  { classes: 100, size: 512, batch: 128 },
  { classes: 1000, size: 2048, batch: 256 },
];

/** The largest error of a vector's gain on the backend that is set, as a share of its largest entry. */
async function worstGain(): Promise<number> {
  let worst = 0;
  for (const { prototypes, label, weight, bias, objectives } of vectors.cases) {
    const geometry = new GainGeometry(Float32Array.from(prototypes.flat()), Int32Array.from(label), true);
    const logits: tf.Tensor2D = tf.tidy(() =>
      tf.add(tf.matMul(tf.tensor2d(prototypes), tf.transpose(tf.tensor2d(weight))), tf.tensor1d(bias)),
    );
    for (const { dPsi, gain: expected } of Object.values(objectives)) {
      const found = await gain(geometry, logits, dPsi.flat(), vectors.beta);
      const wanted: number[] = expected.flat();
      const scale = Math.max(...wanted.map(Math.abs));
      worst = Math.max(worst, ...wanted.map((value, at) => Math.abs(found[at] - value) / scale));
    }
    logits.dispose();
    geometry.dispose();
  }
  return worst;
}

async function measured(backend: string) {
  const { record, compute } = await chooseBackend({
    forced: backend,
    storage: path.join(os.tmpdir(), "selmix-gpu-bench"),
  });
  const worst = await worstGain();
  const rows: Row[] = [];
  for (const { classes, size } of sizes)
    rows.push(...(await benchGain(compute, productOfTensors, classes, size)));
  for (const { classes, size, batch } of sizes) {
    rows.push(...(await benchSteps(compute, productOfTensors, classes, size, batch, null)));
  }
  rows.push(...(await benchValidation(compute, productOfTensors, 5000, 1000, 2048)));
  return { ...record, worstGain: worst, rows };
}

/** The driver's own words, where there are any. */
function driver(): string | null {
  try {
    return readFileSync("/proc/driver/nvidia/version", "utf8").split("\n")[0];
  } catch {
    return null;
  }
}

const results = [];
for (const backend of ["webgpu", "wasm"]) {
  try {
    results.push(await measured(backend));
  } catch (error) {
    results.push({ name: backend, error: error instanceof Error ? error.message : String(error) });
  }
}
const about = { date: new Date().toISOString(), processor: os.cpus()[0]?.model, driver: driver() };
process.stdout.write(`${JSON.stringify({ ...about, results }, null, 1)}\n`, () => process.exit(0));
