/** The part of a layers model below its head, to be trained: its weights are known by the checkpoint's names. */
import * as tf from "@tensorflow/tfjs-core";
import { model as modelOf } from "@tensorflow/tfjs-layers";
import type { Backbone } from "../../selmix/whole/backbone.ts";
import { FeatureTableError } from "../table.ts";
import type { InputForm } from "./fit.ts";
import { freeWeights } from "./loaded.ts";
import { loadTfjsModel, type TfjsRequest } from "./tfjsModel.ts";

export interface TfjsBackbone extends Backbone {
  readonly input: InputForm;
  /** What the file calls the tensor of each weight, in their order; null where it does not say it clearly. */
  readonly names: readonly (string | null)[];
  close(): void;
}

/**
 * Loads the model onto tfjs' current backend. Layers run as at inference, whatever is trained; weights of layers that the
 * model keeps from training stay as they are. Throws `FeatureTableError` in one sentence.
 */
export async function openTfjsBackbone(request: TfjsRequest): Promise<TfjsBackbone> {
  const { network, input, features, tensorOf } = await loadTfjsModel(request);
  const file = request.model;
  const cut = modelOf({ inputs: input, outputs: features });
  const weights = cut.trainableWeights.map((weight) => ({
    name: tensorOf(weight),
    variable: weight.read(),
  }));
  const size = features.shape.at(-1);
  if (weights.length === 0 || input.shape[0] !== null || features.shape.length !== 2 || !size) {
    freeWeights(network);
    const what =
      weights.length === 0
        ? "has no weights before its head that may be trained"
        : input.shape[0] !== null
          ? `takes ${input.shape[0]} samples at once and no other number`
          : `gives its head features of shape [${features.shape.join(", ")}], not one row for each sample`;
    throw new FeatureTableError(`${file} ${what}; set "train" to "head".`);
  }
  return {
    input: { shape: input.shape.slice(1), channels: "last" },
    names: weights.map(({ name }) => name),
    weights: weights.map(({ variable }) => {
      if (!(variable instanceof tf.Variable)) throw new Error("a layer's weight is a variable");
      return variable;
    }),
    features(samples) {
      const [seen] = [cut.apply(samples, { training: false })].flat();
      if (!(seen instanceof tf.Tensor)) throw new Error("numbers in, numbers out");
      return tf.reshape<tf.Rank.R2>(seen, [samples.shape[0], size]);
    },
    close: () => freeWeights(network),
  };
}
