/** Which tensors can be the head by shape, and how each would be read. */
import { isFloatType } from "../files/numbers.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import type { HeadLocation, HeadTensors } from "./head.ts";
import {
  biasName,
  headWord,
  isAdapter,
  isOptimizerState,
  storesColumns,
  weightNormNames,
} from "./headNames.ts";
import { HeadError, type HeadRequest, layerOf, tensorNamed, wantedClasses } from "./headRequest.ts";
import { headShape, vectorLength } from "./headShape.ts";

/** All tensors that fit features and labels by shape, best fit first: what a user may choose from. */
export function headCandidates(checkpoint: Checkpoint, request: HeadRequest): HeadLocation[] {
  const fitting = checkpoint.tensors
    .filter(({ name }) => !isOptimizerState(name) && !isAdapter(name))
    .flatMap((tensor) => locate(checkpoint, tensor, request, "it fits"));
  const wanted = wantedClasses(request);
  const exact = fitting.filter((one) => one.classes === wanted);
  return exact.length > 0 ? exact : fitting.filter((one) => !isConvolution(checkpoint, one));
}

/** The ways in which a tensor can be a head: none, or one (a square weight is read by its format's convention). */
export function locate(
  checkpoint: Checkpoint,
  tensor: TensorInfo,
  request: HeadRequest,
  reason: string,
): HeadLocation[] {
  if (!isFloatType(tensor.type)) return [];
  const normed = normedTensors(checkpoint, tensor);
  if (normed === null) return [];
  const { name } = tensor;
  const shape = headShape(tensor);
  if (shape.length === 1) return locateVector(checkpoint, tensor, request, reason);
  if (shape.length !== 2) return [];
  const [first = 0, second = 0] = shape;
  const layer = layerOf(checkpoint, name);
  const possible: HeadLocation["layout"][] = layer
    ? [layer.layout]
    : storesColumns(name)
      ? ["columns", "rows"]
      : ["rows", "columns"];
  for (const layout of normed === undefined ? possible : (["rows"] as const)) {
    const [outputs, size] = layout === "rows" ? [first, second] : [second, first];
    if (size !== request.featureSize || !isEnough(outputs, request)) continue;
    if (hasBiasOf(checkpoint, name, size, outputs)) continue;
    const bias = findBias(checkpoint, request, name, outputs);
    const classes = Math.max(outputs, 2);
    if (outputs === 1 && !layer && biasName(name) === null && request.weight !== name) continue;
    const one = outputs === 1 && { oneOutput: true };
    return [
      { weight: name, bias, ...(normed && { lengths: normed }), layout, classes, size, ...one, reason },
    ];
  }
  return [];
}

/** A vector is a layer of one output only where its name and a bias of one number say so: norms have vectors, too. */
function locateVector(
  checkpoint: Checkpoint,
  tensor: TensorInfo,
  request: HeadRequest,
  reason: string,
): HeadLocation[] {
  const { name, shape } = tensor;
  const isNamed = request.weight === name;
  if (shape[0] !== request.featureSize || !isEnough(1, request)) return [];
  const own = layerOf(checkpoint, name)?.bias ?? biasName(name);
  const beside = checkpoint.tensors.find((one) => one.name === own);
  const hasOneBias = beside !== undefined && vectorLength(beside.shape) === 1;
  if (!isNamed && !hasOneBias && !(beside === undefined && headWord(name) !== null)) return [];
  const bias = findBias(checkpoint, request, name, 1);
  return [
    { weight: name, bias, layout: "rows", classes: 2, size: request.featureSize, oneOutput: true, reason },
  ];
}

/**
 * The lengths beside directions under weight_norm; undefined for a weight that has none, null for a part of a weight that is no
 * weight by itself.
 */
function normedTensors(checkpoint: Checkpoint, { name, shape }: TensorInfo): string | null | undefined {
  const names = weightNormNames(name);
  if (names === null) return /(^|\.)(weight_g|weight_orig|weight_u|original0)$/.test(name) ? null : undefined;
  const lengths = checkpoint.tensors.find((one) => one.name === names.lengths);
  const isByRow = lengths?.shape[0] === shape[0] && vectorLength(lengths?.shape ?? []) === shape[0];
  return isByRow ? names.lengths : null;
}

/** The same layer in another copy of the network, by the name of its weight there. */
export function layerTensors(checkpoint: Checkpoint, weight: string, like: HeadTensors): HeadTensors {
  const has = (name: string | null | undefined) => checkpoint.tensors.some((one) => one.name === name);
  const bias = like.bias === null ? null : biasName(weight);
  const lengths = weightNormNames(weight)?.lengths;
  return {
    weight,
    bias: has(bias) ? bias : null,
    ...(like.lengths !== undefined && lengths !== undefined && has(lengths) && { lengths }),
  };
}

/** Whether a layer's own bias says that its outputs are the dimension taken for features: it is read the wrong way round. */
function hasBiasOf(checkpoint: Checkpoint, weight: string, size: number, outputs: number): boolean {
  const own = layerOf(checkpoint, weight)?.bias ?? biasName(weight);
  const bias = checkpoint.tensors.find(({ name }) => name === own);
  const length = bias && vectorLength(bias.shape);
  return length === size && length !== outputs;
}

export function isConvolution(checkpoint: Checkpoint, { weight }: HeadTensors): boolean {
  return tensorNamed(checkpoint, weight).shape.length > 2;
}

/** One output stands for two classes. */
function isEnough(outputs: number, request: HeadRequest): boolean {
  const classes = Math.max(outputs, 2);
  if (outputs < 1) return false;
  return request.classes === undefined ? classes >= wantedClasses(request) : classes === request.classes;
}

function findBias(
  checkpoint: Checkpoint,
  request: HeadRequest,
  weight: string,
  outputs: number,
): string | null {
  if (request.bias === null) return null;
  if (request.bias !== undefined && request.weight === weight) {
    const tensor = tensorNamed(checkpoint, request.bias);
    if (!isFloatType(tensor.type) || vectorLength(tensor.shape) !== outputs) {
      throw new HeadError(
        `${checkpoint.path} keeps ${request.bias} as ${describe(tensor)}, which is no bias of ${outputs} ${outputs === 1 ? "output" : "classes"}; ` +
          "name another tensor under head.bias, or null.",
      );
    }
    return request.bias;
  }
  const name = layerOf(checkpoint, weight)?.bias ?? biasName(weight);
  const bias = checkpoint.tensors.find((tensor) => tensor.name === name);
  return bias && isFloatType(bias.type) && vectorLength(bias.shape) === outputs ? bias.name : null;
}

/** "[10, 64] of F32". */
export function describe(tensor: TensorInfo): string {
  return `[${tensor.shape.join(", ")}] of ${tensor.type}`;
}
