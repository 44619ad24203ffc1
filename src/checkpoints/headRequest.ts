/** What is asked for when a head is looked for, and the answer that there is none. */
import { type Checkpoint, CheckpointError, type LinearLayer, type TensorInfo } from "./checkpoint.ts";
import type { HeadLocation } from "./head.ts";
import { headShape } from "./headShape.ts";

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
  /** The scale of the head, where it is said to be a cosine head. */
  readonly cosine?: number;
  /** Which of several copies of the network in one file. */
  readonly copies?: CopyChoice;
}

/** `raw`: the network as it was trained. `ema`: the averaged copy. `all`: the head is written into every copy. */
export type CopyChoice = "raw" | "ema" | "all";

/** No tensor could be chosen; `candidates` are those that the user can name. */
export class HeadError extends CheckpointError {
  override name = "HeadError";
  readonly candidates: readonly HeadLocation[];

  constructor(message: string, candidates: readonly HeadLocation[] = []) {
    super(message);
    this.candidates = candidates;
  }
}

/** `head` of selmix.json. */
export interface HeadSettings extends Pick<HeadRequest, "weight" | "bias" | "copies"> {
  readonly kind?: "linear" | "cosine" | undefined;
  readonly scale?: number | undefined;
}

/** LDAM's scale (Cao et al., NeurIPS 2019), and that of many others. */
export const defaultScale = 30;

/** What the configuration asks of a head. */
export function requestOf({
  kind,
  scale = defaultScale,
  ...names
}: HeadSettings): Omit<HeadRequest, "featureSize"> {
  return { ...names, ...(kind === "cosine" && { cosine: scale }) };
}

/** How many classes the head has: exactly so many where that is certain, else at least. */
export function wantedClasses({ classes, minimumClasses }: HeadRequest): number {
  return classes ?? Math.max(2, minimumClasses ?? 2);
}

/** "64 features and 10 classes", as far as it is known. */
export function wish({ featureSize, classes, minimumClasses }: HeadRequest): string {
  const wanted =
    classes !== undefined
      ? `${classes} classes`
      : minimumClasses !== undefined
        ? `${minimumClasses} classes or more`
        : "classes";
  return `${featureSize} features and ${wanted}`;
}

/** The layer that a format itself describes under this weight; null where it describes none. */
export function layerOf(checkpoint: Checkpoint, weight: string): LinearLayer | null {
  return checkpoint.linearLayers?.find((layer) => layer.weight === weight) ?? null;
}

/** Throws `HeadError` where there is no tensor of that name. */
export function tensorNamed(checkpoint: Checkpoint, name: string): TensorInfo {
  const tensor = checkpoint.tensors.find((one) => one.name === name);
  if (tensor) return tensor;
  const matrices = checkpoint.tensors.filter((one) => headShape(one).length === 2);
  throw new HeadError(`${checkpoint.path} has no tensor ${name}; its matrices are ${listTensors(matrices)}.`);
}

/** The last few of them: heads are at the end. */
export function listTensors(tensors: readonly TensorInfo[]): string {
  const shown = tensors.slice(-8).map((tensor) => `${tensor.name} [${tensor.shape.join(", ")}]`);
  return (tensors.length > shown.length ? `${tensors.length}, the last of them ` : "") + shown.join(", ");
}
