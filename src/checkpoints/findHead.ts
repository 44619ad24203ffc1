/** Which tensor is the head: by name if told, else the one that fits features and labels; ties by names, then position. */
import { elementCount, isFloatType } from "../files/numbers.ts";
import { type Checkpoint, CheckpointError, type LinearLayer, type TensorInfo } from "./checkpoint.ts";
import type { HeadLocation } from "./head.ts";
import {
  biasName,
  compareByNumbers,
  headWord,
  isEmbedding,
  isOptimizerState,
  storesColumns,
} from "./headNames.ts";

/** What features, labels and configuration say about the head. */
export interface HeadRequest {
  readonly featureSize: number;
  /** Number of classes when it is certain, for example from the class names. */
  readonly classes?: number;
  /** At least so many classes: one more than the largest label. */
  readonly minimumClasses?: number;
  /** Configured tensor names; a bias of null means that there is none. */
  readonly weight?: string;
  readonly bias?: string | null;
}

/** No tensor could be chosen; `candidates` are those that the user can name. */
export class HeadError extends CheckpointError {
  override name = "HeadError";
  readonly candidates: readonly HeadLocation[];

  constructor(message: string, candidates: readonly HeadLocation[]) {
    super(message);
    this.candidates = candidates;
  }
}

/** Finds the head. Throws `HeadError` with one sentence that lists the tensors in question. Reads no tensor data. */
export function findHead(checkpoint: Checkpoint, request: HeadRequest): HeadLocation {
  const chosen =
    request.weight === undefined ? choose(checkpoint, request) : named(checkpoint, request, request.weight);
  refuseTied(checkpoint, chosen);
  return chosen;
}

/** All tensors that fit features and labels by shape, best fit first: what a user may choose from. */
export function headCandidates(checkpoint: Checkpoint, request: HeadRequest): HeadLocation[] {
  const fitting = fits(checkpoint, request).filter((one) => !isOptimizerState(one.weight));
  const wanted = request.classes ?? request.minimumClasses;
  const exact = fitting.filter((one) => one.classes === wanted);
  return exact.length > 0 ? exact : fitting;
}

function named(checkpoint: Checkpoint, request: HeadRequest, weight: string): HeadLocation {
  const tensor = tensorNamed(checkpoint, weight);
  const [location] = locate(checkpoint, tensor, request, "it is the one that selmix.json names");
  if (!location) {
    const wanted = request.classes ?? request.minimumClasses;
    const rows =
      wanted === undefined ? "classes" : request.classes === undefined ? `${wanted} or more` : `${wanted}`;
    throw new HeadError(
      `${checkpoint.path} keeps ${weight} as ${describe(tensor)}, which is no head of ${rows} by ${request.featureSize} ` +
        "features; name another tensor under head.weight, or features of its input.",
      headCandidates(checkpoint, request),
    );
  }
  return location;
}

/**
 * A layer with one output for two classes is the head, whatever inner layers fit them by shape.
 * @throws HeadError naming it
 */
function refuseOneOutput(checkpoint: Checkpoint, request: HeadRequest): void {
  if ((request.classes ?? 2) !== 2 || (request.minimumClasses ?? 2) > 2) return;
  const single = checkpoint.tensors.find(
    ({ name, type, shape, aside }) =>
      isFloatType(type) && !aside && !isOptimizerState(name) && isOneOutput(shape, request.featureSize),
  );
  if (single === undefined) return;
  throw new HeadError(
    `${checkpoint.path} has a head of one output (${listTensors([single])}, a sigmoid over one logit z), which is not read; ` +
      "save it as two outputs: rows [-w/2, w/2] and biases [-b/2, b/2] give the same predictions.",
    [],
  );
}

function isOneOutput(shape: readonly number[], size: number): boolean {
  return shape.length > 1 && shape.includes(1) && elementCount(shape) === size && shape.includes(size);
}

function choose(checkpoint: Checkpoint, request: HeadRequest): HeadLocation {
  refuseOneOutput(checkpoint, request);
  const all = headCandidates(checkpoint, request);
  const main = all.filter((one) => !tensorNamed(checkpoint, one.weight).aside);
  const candidates = withoutAliases(checkpoint, main.length > 0 ? main : all);
  const usable = candidates.filter((one) => !isEmbedding(one.weight));
  const [only, ...others] = usable;
  if (!only) throw noneFits(checkpoint, request, candidates);
  const shape = `[${only.layout === "rows" ? [only.classes, only.size] : [only.size, only.classes]}]`;
  if (others.length === 0) {
    return {
      ...only,
      reason: `it is the only tensor that fits ${wish(request)}, ${shape.replace(",", ", ")}`,
    };
  }
  const outputs = usable.filter((one) => layerOf(checkpoint, one.weight)?.isOutput);
  if (outputs.length === 1 && outputs[0]) {
    return { ...outputs[0], reason: `${usable.length} tensors fit and it computes the network's output` };
  }
  const byName = usable.filter((one) => headWord(one.weight) !== null);
  if (byName.length === 1 && byName[0]) {
    const word = headWord(byName[0].weight);
    return { ...byName[0], reason: `${usable.length} tensors fit and it is the one called ${word}` };
  }
  const last = lastInOrder(checkpoint, byName.length > 1 ? byName : usable);
  if (last) return { ...last, reason: `${usable.length} tensors fit and it is the last of them` };
  throw new HeadError(
    `${checkpoint.path} has ${usable.length} tensors that could be the head (${list(checkpoint, usable)}); ` +
      "name one under head.weight in selmix.json.",
    usable,
  );
}

/** The last layer, when the format knows the order or when numbers in otherwise equal names tell it. */
function lastInOrder(checkpoint: Checkpoint, candidates: readonly HeadLocation[]): HeadLocation | null {
  const order = checkpoint.linearLayers?.map((layer) => layer.weight) ?? [];
  if (order.length > 0 && candidates.every((one) => order.includes(one.weight))) {
    return [...candidates].sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight)).at(-1) ?? null;
  }
  const isLast = (one: HeadLocation) =>
    candidates.every((other) => other === one || (compareByNumbers(one.weight, other.weight) ?? 0) > 0);
  return candidates.find(isLast) ?? null;
}

function fits(checkpoint: Checkpoint, request: HeadRequest): HeadLocation[] {
  return checkpoint.tensors.flatMap((tensor) => locate(checkpoint, tensor, request, "it fits"));
}

/** The ways in which a tensor can be a head: none, or one (a square weight is read by its format's convention). */
function locate(
  checkpoint: Checkpoint,
  tensor: TensorInfo,
  request: HeadRequest,
  reason: string,
): HeadLocation[] {
  if (!isFloatType(tensor.type)) return [];
  const [first = 0, second = 0, ...rest] = headShape(tensor.shape);
  if (rest.length > 0) return [];
  const { name } = tensor;
  const layer = layerOf(checkpoint, name);
  const possible: HeadLocation["layout"][] = layer
    ? [layer.layout]
    : storesColumns(name)
      ? ["columns", "rows"]
      : ["rows", "columns"];
  for (const layout of possible) {
    const [classes, size] = layout === "rows" ? [first, second] : [second, first];
    if (size !== request.featureSize || !enough(classes, request)) continue;
    if (hasBiasOf(checkpoint, name, size, classes)) continue;
    return [
      { weight: name, bias: findBias(checkpoint, request, name, classes), layout, classes, size, reason },
    ];
  }
  return [];
}

/** Whether a layer's own bias says that its outputs are the dimension taken for features: it is read the wrong way round. */
function hasBiasOf(checkpoint: Checkpoint, weight: string, size: number, classes: number): boolean {
  const own = layerOf(checkpoint, weight)?.bias ?? biasName(weight);
  const bias = checkpoint.tensors.find(({ name }) => name === own);
  const length = bias && headLength(bias);
  return length === size && length !== classes;
}

/** A convolution of one pixel is a linear layer: [K,d,1,1] and [1,1,d,K] count as two-dimensional. */
function headShape(shape: readonly number[]): readonly number[] {
  return shape.length > 2 ? shape.filter((size) => size !== 1) : shape;
}

function enough(classes: number, request: HeadRequest): boolean {
  return request.classes === undefined
    ? classes >= Math.max(2, request.minimumClasses ?? 2)
    : classes === request.classes;
}

function findBias(
  checkpoint: Checkpoint,
  request: HeadRequest,
  weight: string,
  classes: number,
): string | null {
  if (request.bias === null) return null;
  if (request.bias !== undefined && request.weight === weight) {
    const tensor = tensorNamed(checkpoint, request.bias);
    if (!isFloatType(tensor.type) || headLength(tensor) !== classes) {
      throw new HeadError(
        `${checkpoint.path} keeps ${request.bias} as ${describe(tensor)}, which is no bias of ${classes} classes; ` +
          "name another tensor under head.bias, or null.",
        [],
      );
    }
    return request.bias;
  }
  const name = layerOf(checkpoint, weight)?.bias ?? biasName(weight);
  const bias = checkpoint.tensors.find((tensor) => tensor.name === name);
  return bias && isFloatType(bias.type) && headLength(bias) === classes ? bias.name : null;
}

/** Elements of a tensor that is a vector but for dimensions of 1; null otherwise. */
function headLength(tensor: TensorInfo): number | null {
  const long = tensor.shape.filter((size) => size !== 1);
  return long.length === 1 ? (long[0] ?? null) : null;
}

function layerOf(checkpoint: Checkpoint, weight: string): LinearLayer | null {
  return checkpoint.linearLayers?.find((layer) => layer.weight === weight) ?? null;
}

/** Keeps one name of a weight that goes by several: the first that sounds like a head, else the first. */
function withoutAliases(checkpoint: Checkpoint, candidates: readonly HeadLocation[]): HeadLocation[] {
  const kept: HeadLocation[] = [];
  const preferred = [...candidates].sort(
    (a, b) => Number(headWord(b.weight) !== null) - Number(headWord(a.weight) !== null),
  );
  for (const one of preferred) {
    const aliases = tensorNamed(checkpoint, one.weight).sharedWith ?? [];
    if (!kept.some((other) => aliases.includes(other.weight))) kept.push(one);
  }
  return candidates.filter((one) => kept.includes(one));
}

function refuseTied(checkpoint: Checkpoint, { weight, classes, size }: HeadLocation): void {
  if (layerOf(checkpoint, weight)?.usedElsewhere) {
    throw new HeadError(
      `${checkpoint.path} uses ${weight} in other parts of the network too, so that tuning the head would change them; ` +
        "save the model with a head of its own.",
      [],
    );
  }
  const { sharedWith = [] } = tensorNamed(checkpoint, weight);
  const tied = sharedWith.find((other) => {
    const shape = headShape(tensorNamed(checkpoint, other).shape);
    return isEmbedding(other) || shape.length !== 2 || !shape.includes(classes) || !shape.includes(size);
  });
  if (tied === undefined) return;
  throw new HeadError(
    `${checkpoint.path} ties ${weight} to ${tied}, so that tuning the head would change the network before it; ` +
      "save the model with a head of its own.",
    [],
  );
}

function noneFits(
  checkpoint: Checkpoint,
  request: HeadRequest,
  embeddings: readonly HeadLocation[],
): HeadError {
  if (embeddings.length > 0) {
    return new HeadError(
      `${checkpoint.path} has only ${list(checkpoint, embeddings)} that fits ${wish(request)}, which is an embedding; ` +
        "save the model with a head of its own, or name it under head.weight in selmix.json.",
      embeddings,
    );
  }
  const matrices = checkpoint.tensors
    .filter((tensor) => isFloatType(tensor.type) && headShape(tensor.shape).length === 2)
    .filter((tensor) => !isOptimizerState(tensor.name));
  const there = matrices.length === 0 ? "it holds no matrix" : `its matrices are ${listTensors(matrices)}`;
  return new HeadError(
    `${checkpoint.path} has no tensor that fits ${wish(request)}: ${there}; ` +
      "use features of the head's own input, or the checkpoint that they were made with.",
    [],
  );
}

function wish(request: HeadRequest): string {
  const classes =
    request.classes !== undefined
      ? `${request.classes} classes`
      : request.minimumClasses !== undefined
        ? `${request.minimumClasses} classes or more`
        : "classes";
  return `${request.featureSize} features and ${classes}`;
}

function tensorNamed(checkpoint: Checkpoint, name: string): TensorInfo {
  const tensor = checkpoint.tensors.find((one) => one.name === name);
  if (!tensor) {
    const matrices = checkpoint.tensors.filter((one) => headShape(one.shape).length === 2);
    throw new HeadError(
      `${checkpoint.path} has no tensor ${name}; its matrices are ${listTensors(matrices)}.`,
      [],
    );
  }
  return tensor;
}

function describe(tensor: TensorInfo): string {
  return `[${tensor.shape.join(", ")}] of ${tensor.type}`;
}

function list(checkpoint: Checkpoint, locations: readonly HeadLocation[]): string {
  return listTensors(locations.map((one) => tensorNamed(checkpoint, one.weight)));
}

/** The last few of them: heads are at the end. */
function listTensors(tensors: readonly TensorInfo[]): string {
  const shown = tensors.slice(-8).map((tensor) => `${tensor.name} [${tensor.shape.join(", ")}]`);
  return (tensors.length > shown.length ? `${tensors.length}, the last of them ` : "") + shown.join(", ");
}
