/** TF.js layers models from model.json and its shards, as any of their writers spells them. */

import path from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import { groupBy } from "../../files/groupBy.ts";
import { FileError, openSource, readLong } from "../../files/ranges.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { FeatureTableError } from "../table.ts";
import { spelledAsKeras2 } from "./keras2.ts";
import { type LoadedLayers, notLoaded, requireWeightsFit } from "./loaded.ts";

const modelJsonSchema = z.looseObject({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(
    z.looseObject({
      paths: z.array(z.string()),
      weights: z.array(
        z.looseObject({
          name: z.string(),
          shape: z.array(z.number()),
          dtype: z.enum(["float32", "int32", "bool"]),
        }),
      ),
    }),
  ),
});

/** Loads a model onto tfjs' current backend. Throws `FeatureTableError` in one sentence. */
export async function loadModelJson(file: string): Promise<LoadedLayers> {
  const { names, artifacts } = await readArtifacts(file);
  const network = await loadLayersModel({ load: async () => artifacts }).catch((error: unknown) => {
    throw notLoaded(file, "TF.js layers model", error);
  });
  const byEnd = groupBy(names, ownName);
  return {
    network,
    tensorOf({ originalName }) {
      const [name, ...more] = byEnd.get(ownName(originalName)) ?? [];
      return name !== undefined && more.length === 0 ? name : null;
    },
  };
}

/** "dense_1/kernel": scopes before the layer's own name differ between Keras 2, Keras 3 and TF.js. */
const ownName = (name: string) => name.split("/").slice(-2).join("/");

/** The model, and the names that the file itself gives to the weights. */
async function readArtifacts(file: string): Promise<{ names: string[]; artifacts: tf.io.ModelArtifacts }> {
  const parsed = modelJsonSchema.safeParse(readJson(file));
  if (!parsed.success) throw new FeatureTableError(`${file} is no TF.js layers model; name its model.json.`);
  const { modelTopology, weightsManifest } = parsed.data;
  const shards: Uint8Array[] = [];
  let bytes = 0;
  for (const name of weightsManifest.flatMap((group) => group.paths)) {
    if (name !== path.basename(name))
      throw new FeatureTableError(`${file} names a shard ${name} elsewhere; keep shards beside it.`);
    const shard = path.join(path.dirname(file), name);
    const source = await openSource(shard).catch(() => {
      throw new FeatureTableError(`${file} names a shard ${name} that is not there; save the model again.`);
    });
    try {
      bytes += source.size;
      requireWeightsFit(file, bytes);
      shards.push(await readLong(source, 0, source.size));
    } finally {
      await source.close();
    }
  }
  const data = Buffer.concat(shards);
  const weights = weightsManifest.flatMap((group) => group.weights);
  const artifacts = {
    modelTopology: spelledAsKeras2(modelTopology) as tf.io.ModelArtifacts["modelTopology"],
    weightSpecs: weights.map((weight) => ({ ...weight, name: ownName(weight.name) })),
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
  };
  return { names: weights.map(({ name }) => name), artifacts };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readSmallText(file, sizeLimits.network));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FeatureTableError(
      `${file} cannot be read as JSON; name the model.json of a TF.js layers model.`,
    );
  }
}
