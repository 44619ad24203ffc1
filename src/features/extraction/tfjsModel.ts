/** Networks that tfjs-layers runs, from their files: model.json of TF.js, and .keras. */
import { LayersModel, type LayerVariable, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { FeatureTableError } from "../table.ts";
import { loadKerasModel } from "./kerasModel.ts";
import { freeWeights, type LoadedLayers } from "./loaded.ts";
import { loadModelJson } from "./modelJson.ts";

export interface TfjsRequest {
  readonly model: string;
  /** What it is: the model.json of TF.js, or a .keras file. */
  readonly kind: "tfjs" | "keras";
  /** Layer whose output the head sees; null when `headWeight` tells it, or for the network's output. */
  readonly layer: string | null;
  /** The tensor that is the head's weight: the head sees what enters its layer. */
  readonly headWeight: string | null;
}

/** A loaded model, and the places in it that matter here. */
export interface TfjsModel extends LoadedLayers {
  readonly input: SymbolicTensor;
  readonly output: SymbolicTensor;
  /** What the head sees. */
  readonly features: SymbolicTensor;
}

/** Loads a model onto tfjs' current backend. Throws `FeatureTableError` or `FileError` in one sentence. */
export async function loadTfjsModel(request: TfjsRequest): Promise<TfjsModel> {
  const { model: file, kind } = request;
  const loaded = await (kind === "keras" ? loadKerasModel : loadModelJson)(file);
  try {
    const { inputs, outputs } = loaded.network;
    const [input, ...moreInputs] = inputs;
    const [output] = outputs;
    if (!input || !output || moreInputs.length > 0) {
      throw new FeatureTableError(`${file} takes several inputs, so it is not run; use features.command.`);
    }
    return { ...loaded, input, output, features: featuresOf(request, loaded, output) };
  } catch (error) {
    freeWeights(loaded.network);
    throw error;
  }
}

function featuresOf(
  { model: file, layer, headWeight }: TfjsRequest,
  { network, tensorOf }: LoadedLayers,
  output: SymbolicTensor,
): SymbolicTensor {
  if (layer === null && headWeight === null) return output;
  const holds = (weight: LayerVariable) => tensorOf(weight) === headWeight;
  const found =
    layer === null
      ? network.layers.find((one) => !(one instanceof LayersModel) && one.weights.some(holds))
      : network.layers.find((one) => one.name === layer);
  // A model's first node is its own making.
  const calls = found?.inboundNodes.slice(found instanceof LayersModel ? 1 : 0) ?? [];
  const [symbol, ...more] = calls.flatMap((call) =>
    layer === null ? call.inputTensors : call.outputTensors,
  );
  if (!symbol || more.length > 0) {
    const what = layer === null ? `layer of its own for ${headWeight}` : `layer ${layer}`;
    const names = network.layers.map((one) => one.name).slice(-8);
    throw new FeatureTableError(
      `${file} has no ${what} with one input and output; name one of ${names.join(", ")} under features.network.layer.`,
    );
  }
  return symbol;
}
