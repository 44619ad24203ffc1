/** Features of an inner layer fit that layer's weight: it is never taken for the head while a later layer could be meant. */
import { isFloatType } from "../files/numbers.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { isConvolution } from "./fittingHeads.ts";
import type { HeadLocation } from "./head.ts";
import {
  biasName,
  compareByNumbers,
  headWord,
  isEmbedding,
  isOptimizerState,
  storesColumns,
} from "./headNames.ts";
import { HeadError, type HeadRequest, layerOf, tensorNamed, wantedClasses } from "./headRequest.ts";
import { headShape } from "./headShape.ts";

/** Formats that list tensors in the order in which the network was built. */
export const keepsOrder: ReadonlySet<string> = new Set(["pytorch", "npz", "sklearn", "keras", "keras-h5"]);

/**
 * Throws `HeadError` when a layer behind the chosen one gives as many classes as the labels could mean: the features are then those
 * of an inner layer, whose weight would be overwritten.
 */
export function refuseInnerLayer(checkpoint: Checkpoint, request: HeadRequest, chosen: HeadLocation): void {
  if (layerOf(checkpoint, chosen.weight)?.isOutput) return;
  const own = tensorNamed(checkpoint, chosen.weight);
  const isInside = isConvolution(checkpoint, chosen) && headWord(chosen.weight) === null;
  const behind = checkpoint.tensors.find(
    (other) => couldBeMeant(checkpoint, request, chosen, other) && isBehind(checkpoint, own, other),
  );
  if (behind) {
    throw new HeadError(
      `${checkpoint.path} has ${describe(behind)} behind ${describe(own)}, and it is what the labels could mean: these features enter an ` +
        "inner layer; make features of the last layer's own input, or name the head under head.weight in selmix.json.",
    );
  }
  if (isInside && layerOf(checkpoint, chosen.weight) === null) {
    throw new HeadError(
      `${checkpoint.path} has ${describe(own)}, a convolution inside the network as far as its name tells; if it is the head, name it ` +
        "under head.weight in selmix.json, else make features of the last layer's own input.",
      [chosen],
    );
  }
}

/** Whether a weight gives as many classes as are wanted, or fewer than the chosen one and still enough. */
function couldBeMeant(
  checkpoint: Checkpoint,
  request: HeadRequest,
  chosen: HeadLocation,
  tensor: TensorInfo,
): boolean {
  const { name, type, auxiliary = false } = tensor;
  const shape = headShape(tensor);
  if (name === chosen.weight || shape.length !== 2 || !isFloatType(type)) return false;
  if (auxiliary !== (tensorNamed(checkpoint, chosen.weight).auxiliary ?? false)) return false;
  if (isOptimizerState(name) || isEmbedding(name)) return false;
  const layer = layerOf(checkpoint, name);
  if (!layer && biasName(name) === null) return false;
  if (tensor.shape.length > 2 && headWord(name) === null) return false;
  const layout = layer?.layout ?? (storesColumns(name) ? "columns" : "rows");
  const [outputs = 0, size = 0] = layout === "rows" ? shape : [...shape].reverse();
  if (size === request.featureSize) return false;
  const wanted = wantedClasses(request);
  const classes = Math.max(outputs, 2);
  return classes === wanted || (classes > wanted && classes < chosen.classes);
}

/** Whether a layer stands behind another: by the network where the format knows it, else by numbers in names, by names, by place. */
function isBehind(checkpoint: Checkpoint, own: TensorInfo, other: TensorInfo): boolean {
  const order = checkpoint.linearLayers?.map((layer) => layer.weight) ?? [];
  const [here, there] = [order.indexOf(own.name), order.indexOf(other.name)];
  if (here >= 0 && there >= 0) return there > here;
  const numbers = compareByNumbers(own.name, other.name);
  if (numbers !== null && numbers !== 0) return numbers < 0;
  const [ownWord, otherWord] = [headWord(own.name), headWord(other.name)];
  if ((ownWord === null) !== (otherWord === null)) return ownWord === null;
  if (ownWord !== null || !keepsOrder.has(checkpoint.format)) return false;
  return checkpoint.tensors.indexOf(other) > checkpoint.tensors.indexOf(own);
}

function describe({ name, shape }: TensorInfo): string {
  return `${name} [${shape.join(", ")}]`;
}
