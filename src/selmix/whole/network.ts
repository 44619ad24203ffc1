/** A network's weights as numbers that can be kept, and where its training stands. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Backbone } from "./backbone.ts";

/** `weights` are in the order of `Backbone.weights`; null for those of the checkpoint. */
export interface KeptNetwork {
  /** H [d (+1), K] */
  readonly matrix: Float32Array;
  readonly weights: readonly Float32Array[] | null;
}

/** One number for each of a network's. */
export interface NetworkNumbers extends KeptNetwork {
  readonly weights: readonly Float32Array[];
}

export const standingParts = ["live", "average", "firstMoment", "secondMoment"] as const;

/** Where training stands: the network as it is trained, its average over the last steps, and the optimiser's moments. */
export type Standing = Readonly<Record<(typeof standingParts)[number], NetworkNumbers>>;

/** The backbone as it stands below a head, before the first step. */
export async function standingAt(backbone: Backbone, matrix: Float32Array): Promise<Standing> {
  const network = { matrix, weights: await Promise.all(backbone.weights.map(numbersOf)) };
  const zero = {
    matrix: new Float32Array(matrix.length),
    weights: network.weights.map(({ length }) => new Float32Array(length)),
  };
  return { live: network, average: network, firstMoment: zero, secondMoment: zero };
}

/** A copy: what a backend hands over may be its own memory. */
export async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}
