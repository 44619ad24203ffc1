/** The interop network as a TF.js layers model: saved in shards, loaded, run. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { openSource, readLong } from "../../src/files/ranges.ts";
import { readSafetensors } from "../../src/files/safetensors.ts";

const shardBytes = 100;

/** Saves the network of a safetensors checkpoint as model.json and shards in `folder`. */
export async function makeLayersModel(checkpoint: string, folder: string): Promise<void> {
  const source = await openCheckpoint(checkpoint);
  const values = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const { name, shape } of source.tensors)
    values.set(name, { shape: [...shape], values: await source.read(name) });
  await source.close();
  const tensorOf = (name: string): tf.Tensor => {
    const found = values.get(name);
    if (!found) throw new Error(`no tensor ${name}`);
    return tf.tensor(found.values, found.shape);
  };
  const dense = (name: string, more: object) =>
    layers.layers.dense({ name, units: values.get(`${name}.bias`)?.shape[0] ?? 0, ...more });
  const inputs = values.get("body.weight")?.shape[1] ?? 0;
  const model = layers.sequential({
    layers: [dense("body", { inputShape: [inputs], activation: "relu" }), dense("fc", {})],
  });
  const order = ["body", "fc"].flatMap((name) => [
    tf.transpose(tensorOf(`${name}.weight`)),
    tensorOf(`${name}.bias`),
  ]);
  model.setWeights(order);
  await mkdir(folder, { recursive: true });
  await model.save({
    async save({ modelTopology, weightSpecs, weightData }) {
      if (!(weightData instanceof ArrayBuffer)) throw new Error("no weights");
      const count = Math.ceil(weightData.byteLength / shardBytes);
      const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
      for (const [i, name] of paths.entries())
        await writeFile(
          path.join(folder, name),
          new Uint8Array(weightData.slice(i * shardBytes, (i + 1) * shardBytes)),
        );
      const json = {
        format: "layers-model",
        modelTopology,
        weightsManifest: [{ paths, weights: weightSpecs }],
      };
      await writeFile(path.join(folder, "model.json"), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
  });
}

const modelJson = z.looseObject({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.literal("float32") }),
      ),
    }),
  ),
});

/** Loads a layers model with TF.js alone and runs it on the `inputs` of a table. */
export async function runLayersModel(file: string, table: string) {
  const model = await layers.loadLayersModel({
    async load() {
      const { modelTopology, weightsManifest } = modelJson.parse(JSON.parse(await readFile(file, "utf8")));
      const shards = weightsManifest.flatMap(({ paths }) =>
        paths.map((name) => path.join(path.dirname(file), name)),
      );
      const bytes = Buffer.concat(await Promise.all(shards.map((name) => readFile(name))));
      return {
        modelTopology,
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData: Uint8Array.from(bytes).buffer,
      };
    },
  });
  const source = await openSource(table);
  const inputs = (await readSafetensors(source)).find(({ name }) => name === "inputs");
  if (!inputs) throw new Error("no inputs");
  const bytes = Uint8Array.from(await readLong(source, inputs.offset, inputs.bytes));
  await source.close();
  const output = model.predict(tf.tensor(new Float32Array(bytes.buffer), [...inputs.shape]));
  if (!(output instanceof tf.Tensor)) throw new Error("more than one output");
  const logits = await output.array();
  return {
    logits: z.array(z.array(z.number())).parse(logits),
    weights: new Map(model.weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]])),
  };
}
