/** Trains a whole Keras network without Python, and has Keras run what was written. */
import { execFile } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { z } from "zod";
import { openTfjsNetwork } from "../../src/features/extraction/tfjsNetwork.ts";
import { openSource, readLong } from "../../src/files/ranges.ts";
import { readSafetensors } from "../../src/files/safetensors.ts";
import { editText } from "../../src/project/edit.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { wholeWorkspace } from "../support/wholeWorkspace.ts";
import { written } from "../support/written.ts";
import { python, root } from "./environment.ts";

const run = promisify(execFile);
const fromKeras = z.object({
  outputs: z.array(z.array(z.number())),
  changed: z.array(z.string()),
  labels: z.array(z.number()),
});

test("a Keras network, trained whole, computes in Keras what it computes here", async () => {
  await tf.setBackend("cpu");
  const { folder, configuration } = await wholeWorkspace();
  const checkpoint = path.join(folder, "images.keras");
  cpSync(path.join(root, "test/fixtures/kerasNetworks/images.keras"), checkpoint);
  const changes = [
    { path: ["checkpoints"], value: ["images.keras"] },
    { path: ["tuning", "start"], value: "checkpoint" },
  ];
  writeFileSync(configuration, editText(readFileSync(configuration, "utf8"), changes));
  const cli = path.join(root, "dist/cli.mjs");
  const args = [cli, "tune", "--config", configuration, "--backend", "cpu", "--json"];
  const tuned = tuneResult.parse(JSON.parse((await run(process.execPath, args, { cwd: folder })).stdout));
  const table = path.join(folder, "validation.safetensors");
  const script = path.join(import.meta.dirname, "with_keras.py");
  const { stdout } = await run(python, [script, checkpoint, written(tuned), table], { maxBuffer: 2 ** 26 });
  const { outputs, changed, labels } = fromKeras.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));

  expect(changed.filter((name) => /moving/.test(name))).toEqual([]);
  expect(changed).toHaveLength(13);
  const own = await outputsOf(written(tuned), table);
  expect(own).toHaveLength(outputs.flat().length);
  for (const [i, value] of outputs.flat().entries())
    expect(Math.abs(value - (own[i] ?? 0))).toBeLessThan(1e-5);
  const recall = [0, 1, 2].map((label) => {
    const rows = outputs.filter((_, i) => labels[i] === label);
    return rows.filter((row) => row.indexOf(Math.max(...row)) === label).length / rows.length;
  });
  for (const [label, value] of tuned.after.validation.recall.entries())
    expect(recall[label]).toBeCloseTo(value ?? Number.NaN, 6);
  rmSync(folder, { recursive: true });
});

/** What the network computes here, of the images of a table. */
async function outputsOf(model: string, table: string): Promise<readonly number[]> {
  const source = await openSource(table);
  const images = (await readSafetensors(source)).find(({ name }) => name === "images");
  if (!images) throw new Error("no images");
  const bytes = Uint8Array.from(await readLong(source, images.offset, images.bytes));
  await source.close();
  const [count = 0, ...shape] = images.shape;
  const network = await openTfjsNetwork({ model, kind: "keras", layer: null, headWeight: null });
  const { features } = await network.run(new Float32Array(bytes.buffer), count, shape);
  await network.close();
  return [...features];
}
