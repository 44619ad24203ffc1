/** A layers model as its file's loader gives it. */
import type { LayersModel, LayerVariable } from "@tensorflow/tfjs-layers";
import { FeatureTableError } from "../table.ts";

export interface LoadedLayers {
  readonly network: LayersModel;
  /** What the file calls the tensor of a weight; null when it does not say it clearly. */
  tensorOf(weight: LayerVariable): string | null;
}

const maxWeightBytes = 1.5 * 1024 ** 3;

/** Throws `FeatureTableError` for a file with more weights than may be held in memory. */
export function requireWeightsFit(file: string, bytes: number): void {
  if (bytes > maxWeightBytes)
    throw new FeatureTableError(`${file} has over 1.5 GB of weights; use features.command.`);
}

/** Frees the weights; those of a layer that is called more than once are left by the model's own `dispose`. */
export function freeWeights(network: LayersModel): void {
  for (const weight of network.weights) weight.dispose();
}

/** The error of a file that tfjs-layers could not load. */
export function notLoaded(file: string, kind: string, error: unknown): Error {
  if (error instanceof FeatureTableError) return error;
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new FeatureTableError(`${file} cannot be loaded as a ${kind}: ${line?.replace(/\.$/, "")}.`);
}
