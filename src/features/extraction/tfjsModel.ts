/** TF.js layers models from their files, as any of their writers spells them. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import { FeatureTableError } from "../table.ts";

export interface TfjsRequest {
  /** model.json */
  readonly model: string;
  /** Layer whose output the head sees; null when `headLayer` tells it, or for the network's output. */
  readonly layer: string | null;
  /** The head's own layer: the head sees its input. */
  readonly headLayer: string | null;
}

/** A loaded model, and the places in it that matter here. */
export interface TfjsModel {
  readonly network: LayersModel;
  readonly input: SymbolicTensor;
  readonly output: SymbolicTensor;
  /** What the head sees. */
  readonly features: SymbolicTensor;
}

const maxWeightBytes = 1.5 * 1024 ** 3;
const maxJsonBytes = 100 * 1024 * 1024;

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
export async function loadTfjsModel({ model: file, layer, headLayer }: TfjsRequest): Promise<TfjsModel> {
  const network = await loadLayersModel({ load: () => readArtifacts(file) }).catch((error: unknown) => {
    if (error instanceof FeatureTableError) throw error;
    throw new FeatureTableError(`${file} cannot be loaded as a TF.js layers model: ${firstLine(error)}.`);
  });
  const [input, ...moreInputs] = network.inputs;
  const [output] = network.outputs;
  if (!input || !output || moreInputs.length > 0) {
    throw new FeatureTableError(`${file} takes several inputs, so it is not run; use features.command.`);
  }
  return { network, input, output, features: symbolOf(file, network, layer, headLayer) };
}

function symbolOf(
  file: string,
  network: LayersModel,
  layer: string | null,
  headLayer: string | null,
): SymbolicTensor {
  const name = layer ?? headLayer;
  const [output] = network.outputs;
  if (name === null && output) return output;
  const found = network.layers.find((one) => one.name === name);
  const symbol = layer === null ? found?.input : found?.output;
  if (!found || !symbol || Array.isArray(symbol)) {
    const names = network.layers.map((one) => one.name).slice(-8);
    throw new FeatureTableError(
      `${file} has no layer ${name} with one input and output; name one of ${names.join(", ")} under features.network.layer.`,
    );
  }
  return symbol;
}

async function readArtifacts(file: string): Promise<tf.io.ModelArtifacts> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size > maxJsonBytes)
    throw new FeatureTableError(`${file} is over the limit of 100 MB for a model.json.`);
  const parsed = modelJsonSchema.safeParse(await readJson(file));
  if (!parsed.success) throw new FeatureTableError(`${file} is no TF.js layers model; name its model.json.`);
  const { modelTopology, weightsManifest } = parsed.data;
  const shards: Buffer[] = [];
  let bytes = 0;
  for (const name of weightsManifest.flatMap((group) => group.paths)) {
    if (name !== path.basename(name))
      throw new FeatureTableError(`${file} names a shard ${name} elsewhere; keep shards beside it.`);
    const shard = path.join(path.dirname(file), name);
    bytes += (await stat(shard).catch(() => ({ size: 0 }))).size;
    if (bytes > maxWeightBytes)
      throw new FeatureTableError(`${file} has over 1.5 GB of weights; use features.command.`);
    shards.push(
      await readFile(shard).catch(() => {
        throw new FeatureTableError(`${file} names a shard ${name} that is not there; save the model again.`);
      }),
    );
  }
  const data = Buffer.concat(shards);
  const weightSpecs = weightsManifest.flatMap((group) =>
    // Scopes before the layer's own name differ between Keras 2, Keras 3 and TF.js.
    group.weights.map((weight) => ({ ...weight, name: weight.name.split("/").slice(-2).join("/") })),
  );
  return {
    modelTopology: spelledAsKeras2(modelTopology) as tf.io.ModelArtifacts["modelTopology"],
    weightSpecs,
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    throw new FeatureTableError(
      `${file} cannot be read as JSON; name the model.json of a TF.js layers model.`,
    );
  }
}

const historySchema = z.looseObject({ config: z.looseObject({ keras_history: z.array(z.unknown()) }) });
const nodeSchema = z.looseObject({ args: z.array(z.unknown()) });
const policySchema = z.looseObject({
  class_name: z.literal("DTypePolicy"),
  config: z.looseObject({ name: z.string() }),
});

/** Keras 3 spells shapes, types and connections in ways that tfjs-layers does not read. */
function spelledAsKeras2(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const isConnections =
      key === "inbound_nodes" &&
      value.length > 0 &&
      value.every((node) => nodeSchema.safeParse(node).success);
    return isConnections ? value.map(connectionsOf) : value.map((one) => spelledAsKeras2(one));
  }
  const policy = policySchema.safeParse(value);
  if (policy.success) return policy.data.config.name;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name === "batch_shape" ? "batch_input_shape" : name,
      spelledAsKeras2(inner, name),
    ]),
  );
}

/** [["dense", 0, 0, {}], ...] of a node's arguments. */
function connectionsOf(node: unknown): unknown[] {
  const args = nodeSchema.parse(node).args.flat();
  return args.flatMap((one) => {
    const history = historySchema.safeParse(one);
    return history.success ? [[...history.data.config.keras_history, {}]] : [];
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
