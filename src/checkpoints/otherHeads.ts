/** Heads that are not one plain linear layer, named for what they are, with the way out. */
import { isFloatType } from "../files/numbers.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import type { HeadLocation } from "./head.ts";
import { biasName, headWord, isAdapter, isEmbedding, isOptimizerState, storesColumns } from "./headNames.ts";
import {
  defaultScale,
  HeadError,
  type HeadRequest,
  layerOf,
  listTensors,
  tensorNamed,
  wish,
} from "./headRequest.ts";
import { headShape } from "./headShape.ts";

/** Throws `HeadError` when the format knows that no linear layer computes the output. */
export function refuseOtherOutput({ otherHead, path: file }: Checkpoint): void {
  if (otherHead !== undefined) throw new HeadError(`${file} ${otherHead}.`);
}

/** Throws `HeadError` when the tensor is a part of something else than the one linear layer that is the head. */
export function refuseOtherKinds(
  checkpoint: Checkpoint,
  { weight, bias, layout }: HeadLocation,
  { cosine }: Pick<HeadRequest, "cosine">,
): void {
  const { path: file } = checkpoint;
  const layer = weight.replace(/\.weight$/, "");
  const twin = checkpoint.tensors.find(({ name }) => name === `${layer}_dist.weight`);
  if (twin) {
    throw new HeadError(
      `${file} has two heads, ${layer} and ${layer}_dist (a distilled DeiT), whose mean is what it predicts; make one of them for ` +
        `features torch.cat([class_token, distillation_token], 1): torch.cat([model.${layer}.weight, model.${layer}_dist.weight], 1) / 2 with the mean of the biases.`,
    );
  }
  const isTorch = /(^|\.)weight$/.test(weight) && layerOf(checkpoint, weight) === null;
  if (isTorch && layout === "columns" && bias === null && cosine === undefined) {
    throw new HeadError(
      `${file} keeps ${weight} as [${tensorNamed(checkpoint, weight).shape.join(", ")}] without a bias, the other way round than torch.nn.Linear: ` +
        "that is how cosine heads (LDAM's NormedLinear) are stored; if it is one, set " +
        `"head": { "weight": "${weight}", "kind": "cosine", "scale": ${defaultScale} } in selmix.json, with the scale that the loss multiplies by; ` +
        "if not, save its transpose as the weight of a torch.nn.Linear.",
    );
  }
}

/** Why nothing fits, as an error to throw. */
export function noneFits(
  checkpoint: Checkpoint,
  request: HeadRequest,
  embeddings: readonly HeadLocation[],
): HeadError {
  const { path: file } = checkpoint;
  if (embeddings.length > 0) {
    const names = listTensors(embeddings.map((one) => tensorNamed(checkpoint, one.weight)));
    return new HeadError(
      `${file} has only ${names} that fits ${wish(request)}, which is an embedding; ` +
        "save the model with a head of its own, or name it under head.weight in selmix.json.",
      embeddings,
    );
  }
  const kind = otherKind(checkpoint, request);
  if (kind) return new HeadError(`${file} ${kind}.`);
  const matrices = checkpoint.tensors
    .filter((tensor) => isFloatType(tensor.type) && headShape(tensor).length === 2)
    .filter((tensor) => !isOptimizerState(tensor.name));
  const there = matrices.length === 0 ? "it holds no matrix" : `its matrices are ${listTensors(matrices)}`;
  if (request.featureSize === 0) {
    return new HeadError(
      `${file} has nothing that looks like a last layer: ${there}; name its weight under head.weight in selmix.json, or, where it is an ` +
        "encoder without a head, fit one on what it gives and tune that.",
    );
  }
  return new HeadError(
    `${file} has no tensor that fits ${wish(request)}: ${there}; ` +
      "use features of the head's own input, or the checkpoint that they were made with.",
  );
}

/** What the head is instead of a linear layer, and the way out; null where nothing tells. */
function otherKind({ tensors }: Checkpoint, { featureSize }: HeadRequest): string | null {
  const named = (pattern: RegExp) => tensors.find(({ name }) => pattern.test(name));
  if (tensors.length > 0 && tensors.every(({ name }) => isAdapter(name))) {
    return 'is an adapter (peft) without a head in it; add modules_to_save=["classifier"] to its LoraConfig, or tune the model after merge_and_unload()';
  }
  const packed = named(/_packed_params(\._packed_params)?(\.\w+)?$|(^|\.)weight_quantized$|_quantized$/);
  if (packed) {
    return `is quantised (${packed.name}), and whole numbers cannot be tuned; tune the checkpoint from before quantisation, and quantise the tuned copy`;
  }
  const spectral = named(/(^|\.)(weight_orig|parametrizations\.weight\.original)$/);
  if (spectral) {
    return `keeps its weight under a parametrization (${spectral.name}); take it off with torch.nn.utils.parametrize.remove_parametrizations(layer, "weight"), or torch.nn.utils.remove_spectral_norm(layer), and save again`;
  }
  const normed = named(/(^|\.)(weight_v|parametrizations\.weight\.original1)$/);
  if (normed && headShape(normed).includes(featureSize)) {
    return `keeps ${normed.name} under weight_norm along another dimension than that of the classes; take it off with torch.nn.utils.remove_weight_norm(layer), and save again`;
  }
  const convolution = lastConvolution(tensors);
  if (convolution) {
    return `ends in a convolution (${convolution.name} [${convolution.shape.join(", ")}]), which looks at several pixels and is no linear layer of pooled features; train it with a 1 x 1 convolution or a linear layer behind the pooling`;
  }
  const whole = tensors.findLast(
    ({ type, name, shape, quantised }) =>
      (quantised !== undefined || /^[IU]8$/.test(type)) &&
      shape.length > 1 &&
      (shape.includes(featureSize) || featureSize === 0) &&
      (quantised !== undefined || biasName(name) !== null),
  );
  if (!whole) return null;
  const stored = whole.quantised ?? (whole.type === "U8" ? "uint8" : "int8");
  return `keeps ${whole.name} as ${stored}, which is quantised and cannot be tuned; tune the model from before quantisation, and quantise the tuned copy`;
}

/** The convolution over more than one pixel that a network without linear layers ends in; null where another layer may be last. */
function lastConvolution(tensors: readonly TensorInfo[]): TensorInfo | null {
  const layers = tensors.filter(
    ({ type, shape, name, auxiliary }) =>
      isFloatType(type) &&
      shape.length >= 2 &&
      !auxiliary &&
      !isEmbedding(name) &&
      !isOptimizerState(name) &&
      !/(pointwise|depthwise)_kernel/.test(name),
  );
  if (layers.some(({ shape }) => shape.length === 2)) return null;
  const named = layers.filter(({ name }) => headWord(name) !== null);
  // "conv2d" comes before "conv2d_1", whatever stands behind it.
  const key = ({ name }: TensorInfo) => name.replace(/[./]/g, " ");
  const counted = [...layers].sort((a, b) => key(a).localeCompare(key(b), "en", { numeric: true }));
  const last = named.at(-1) ?? counted.at(-1);
  return last && isWide(last) ? last : null;
}

/** A convolution over more than one pixel. */
function isWide({ name, shape }: TensorInfo): boolean {
  const window = storesColumns(name) ? shape.slice(0, -2) : shape.slice(2);
  return shape.length > 2 && window.some((size) => size > 1);
}
