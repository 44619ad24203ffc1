/** Layers models from `.keras` files of Keras 3. Nothing in them is ever run: only layers that tfjs-layers has itself. */
import * as tf from "@tensorflow/tfjs-core";
import { LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { type Hdf5Array, readHdf5, readHdf5Floats } from "../../files/hdf5.ts";
import {
  kerasModelOf,
  kerasWeightsMember,
  listsLayers,
  type PlacedLayer,
  placedLayers,
  readKerasConfig,
} from "../../files/kerasArchive.ts";
import { isFloatType } from "../../files/numbers.ts";
import { type ByteSource, openSource } from "../../files/ranges.ts";
import { openMember, openZip } from "../../files/zip.ts";
import { FeatureTableError } from "../table.ts";
import { spelledAsKeras2 } from "./keras2.ts";
import { differenceOf } from "./kerasLayers.ts";
import { freeWeights, type LoadedLayers, notLoaded, requireWeightsFit } from "./loaded.ts";

type Layer = LayersModel["layers"][number];

const instead =
  'make the features by features.command and set "train" to "head", or save a model without that layer';

/** Loads a model onto tfjs' current backend. Throws `FeatureTableError` or `FileError` in one sentence. */
export async function loadKerasModel(file: string): Promise<LoadedLayers> {
  const source = await openSource(file);
  try {
    const archive = await openZip(source);
    const config = await readKerasConfig(archive);
    const member = archive.members.get(kerasWeightsMember);
    if (config === null || !member) {
      throw new FeatureTableError(
        `${file} lacks config.json or ${kerasWeightsMember}; save the model with model.save of Keras 3.`,
      );
    }
    const placed = layersOf(file, config);
    const network = await loadLayersModel({
      load: async () => ({ modelTopology: spelledAsKeras2(config) as tf.io.ModelArtifacts["modelTopology"] }),
    }).catch((error: unknown) => {
      throw notLoaded(file, "Keras model", error);
    });
    try {
      const names = await fill(network, placed, await openMember(archive, member));
      await source.assertUnchanged();
      return { network, tensorOf: (weight) => names.get(weight.id) ?? null };
    } catch (error) {
      freeWeights(network);
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** The model's layers, when all of them compute the same here. */
function layersOf(file: string, config: unknown): PlacedLayer[] {
  const model = kerasModelOf(config);
  if (!model || !listsLayers(model)) {
    throw new FeatureTableError(
      `${file} is a model of a class of its own, so its layers are not known; build it as a Functional or Sequential model, or use features.command.`,
    );
  }
  const placed = placedLayers(model);
  for (const { path, layer } of placed) {
    const difference = differenceOf(layer);
    if (difference !== null) {
      throw new FeatureTableError(
        `${file} has the layer ${path}, which cannot be run here because it ${difference}; ${instead}.`,
      );
    }
  }
  return placed;
}

/** Gives each layer its arrays. Returns the arrays' names by the ids of the weights. */
async function fill(network: LayersModel, placed: readonly PlacedLayer[], source: ByteSource) {
  const arrays = new Map(readHdf5(source).map((array) => [array.name, array]));
  const names = new Map<number, string>();
  let bytes = 0;
  for (const { path, place, layer: described } of placed) {
    if (listsLayers(described) || described.class_name === "InputLayer") continue;
    const layer = layerAt(network, path.split("/"));
    const found = arraysAt(arrays, place);
    if (!layer)
      throw new FeatureTableError(`${source.name} has no name for the layer ${path}; save the model again.`);
    requireFit(source.name, path, layer, found);
    bytes += found.reduce((sum, array) => sum + array.bytes, 0);
    requireWeightsFit(source.name, bytes);
    const values = await Promise.all(found.map((array) => readArray(source, array)));
    layer.setWeights(values);
    tf.dispose(values);
    for (const [at, weight] of layer.weights.entries()) names.set(weight.id, found[at]?.name ?? "");
  }
  return names;
}

/** A layer by the names of the models around it and its own. */
function layerAt(network: LayersModel, [name, ...more]: readonly string[]): Layer | null {
  const found = network.layers.find((layer) => layer.name === name);
  if (!found || more.length === 0) return found ?? null;
  return found instanceof LayersModel ? layerAt(found, more) : null;
}

function arraysAt(arrays: ReadonlyMap<string, Hdf5Array>, place: string): Hdf5Array[] {
  const found: Hdf5Array[] = [];
  for (let array = arrays.get(`${place}/0`); array; array = arrays.get(`${place}/${found.length}`))
    found.push(array);
  return found;
}

function requireFit(file: string, path: string, layer: Layer, found: readonly Hdf5Array[]): void {
  const text = (shapes: readonly (readonly (number | null)[])[]) =>
    shapes.map((shape) => `[${shape.join(", ")}]`).join(", ") || "none";
  const [taken, given] = [
    text(layer.weights.map(({ shape }) => shape)),
    text(found.map(({ shape }) => shape)),
  ];
  if (taken === given) return;
  throw new FeatureTableError(
    `${file} has arrays of shapes ${given} for the layer ${path}, which takes ${taken}; save the model again.`,
  );
}

async function readArray(source: ByteSource, array: Hdf5Array): Promise<tf.Tensor> {
  const { name, shape, type, offset } = array;
  if (!isFloatType(type) || offset === null) {
    throw new FeatureTableError(
      `${source.name} keeps ${name} in a form that is not read; save the model as Keras does.`,
    );
  }
  return tf.tensor(await readHdf5Floats(source, array, type, offset), [...shape]);
}
