/** Layers models, run on tfjs' current backend. */
import * as tf from "@tensorflow/tfjs-core";
import { model as modelOf } from "@tensorflow/tfjs-layers";
import { FeatureTableError } from "../table.ts";
import { freeWeights } from "./loaded.ts";
import type { Network } from "./network.ts";
import { loadTfjsModel, type TfjsRequest } from "./tfjsModel.ts";

/** Loads a model cut off where the head begins. Throws `FeatureTableError` in one sentence. */
export async function openTfjsNetwork(request: TfjsRequest): Promise<Network> {
  const { network, input, output, features } = await loadTfjsModel(request);
  const cut = modelOf({ inputs: input, outputs: features === output ? [features] : [features, output] });
  return {
    input: { shape: input.shape.slice(1), channels: "last" },
    batchSize: input.shape[0] ?? null,
    async run(batch, count, shape) {
      const taken = tf.tensor(batch, [count, ...shape]);
      const given = tf.tidy(() => [cut.predict(taken)].flat());
      try {
        const [seen, outputs] = await Promise.all(
          given.map(async (one) => Float32Array.from(await one.data())),
        );
        if (!seen) throw new FeatureTableError(`${request.model} gives no features; name another layer.`);
        return { features: seen, outputs: outputs ?? seen };
      } finally {
        tf.dispose([taken, ...given]);
      }
    },
    close: async () => freeWeights(network),
  };
}
