/** A network's weights: on the device, and as numbers that can be kept. */
import * as tf from "@tensorflow/tfjs-core";
import type { WholeProblem } from "./backbone.ts";

/** All weights of a network on the device. */
export interface NetworkTensors {
  /** H [d (+1), K] */
  readonly matrix: tf.Tensor2D;
  /** In the order of `Backbone.weights`. */
  readonly weights: readonly tf.Tensor[];
}

/** The same as numbers; `weights` is null for a backbone that is the checkpoint's. */
export interface KeptNetwork {
  readonly matrix: Float32Array;
  readonly weights: readonly Float32Array[] | null;
}

export async function keptOf({ matrix, weights }: NetworkTensors): Promise<KeptNetwork> {
  return { matrix: await numbersOf(matrix), weights: await Promise.all(weights.map(numbersOf)) };
}

/** A copy: what a backend hands over may be its own memory. */
export async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}

/** The network again, the caller's to dispose of. */
export function tensorsOf(
  { backbone, head }: WholeProblem,
  { matrix, weights }: KeptNetwork,
): NetworkTensors {
  return {
    matrix: tf.tensor2d(matrix, [matrix.length / head.classes, head.classes]),
    weights: backbone.weights.map((weight, at) =>
      weights === null ? tf.clone(weight) : tf.tensor(weights[at], weight.shape),
    ),
  };
}

export function copyOf({ matrix, weights }: NetworkTensors): NetworkTensors {
  return { matrix: tf.clone(matrix), weights: weights.map((weight) => tf.clone(weight)) };
}
