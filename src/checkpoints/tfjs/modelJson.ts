/** The model.json of TF.js: which weights lie in which shards, and what the topology says about them. */
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import * as z from "zod";
import { bytesPerElement, elementCount } from "../../files/numbers.ts";
import { CheckpointError, type TensorType } from "../checkpoint.ts";

const weightSchema = z.looseObject({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  dtype: z.string(),
  quantization: z.looseObject({ dtype: z.string() }).optional(),
});
const modelSchema = z.looseObject({
  modelTopology: z.unknown(),
  weightsManifest: z
    .array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSchema) }))
    .min(1),
});

/** A weight and where it lies in its group: the group's shards, one after the other. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly offset: number;
  readonly bytes: number;
  /** The type of whole numbers that stand for others by a scale. */
  readonly quantised?: string;
}

export interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly Weight[];
  readonly bytes: number;
}

export interface ModelJson {
  readonly topology: unknown;
  readonly groups: readonly Group[];
}

const types = new Map<string, TensorType>([
  ["float32", "F32"],
  ["float16", "F16"],
  ["int32", "I32"],
  ["uint8", "U8"],
  ["uint16", "U16"],
  ["bool", "BOOL"],
]);

/** Throws `CheckpointError` when the text is no model with weights. */
export function parseModelJson(file: string, text: string): ModelJson {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CheckpointError(
      `${file} is not JSON; it is incomplete or no TF.js model: save the model again.`,
    );
  }
  const parsed = modelSchema.safeParse(content);
  if (Array.isArray(content) && content.every((group) => "weights" in Object(group))) {
    throw new CheckpointError(
      `${file} lists weights without a model (as face-api.js has them), so nothing tells its layers; tune the model that they were taken from, or a table of its scores.`,
    );
  }
  if (!parsed.success) {
    throw new CheckpointError(
      `${file} has no weightsManifest, so it is no TF.js model; name a model.json with weights.`,
    );
  }
  const groups = parsed.data.weightsManifest.map(({ paths, weights }) => {
    let bytes = 0;
    const placed = weights.map((weight) => {
      const one = placeWeight(file, weight, bytes);
      bytes += one.bytes;
      return one;
    });
    return { paths, weights: placed, bytes };
  });
  return { topology: parsed.data.modelTopology, groups };
}

function placeWeight(file: string, weight: z.infer<typeof weightSchema>, offset: number): Weight {
  const { name, shape, dtype, quantization } = weight;
  const stored = types.get(quantization?.dtype ?? dtype);
  const width = stored ? bytesPerElement(stored) : dtype === "complex64" ? 8 : null;
  if (width === null) {
    throw new CheckpointError(
      `${file} keeps ${name} as ${dtype}, which has no fixed size; convert the model without it.`,
    );
  }
  // Whole numbers that stand for others by a scale are no numbers to tune.
  const isScaled = quantization !== undefined && stored !== "F16";
  return {
    name,
    shape,
    type: isScaled || stored === undefined ? "OTHER" : stored,
    ...(isScaled && { quantised: quantization.dtype }),
    offset,
    bytes: elementCount(shape) * width,
  };
}

/** Where the texts of the shards' paths stand in model.json, quotes included, in bytes. */
export function findPaths(
  text: string,
): { readonly path: string; readonly offset: number; readonly length: number }[] {
  const tree = parseTree(text);
  const groups = tree ? (findNodeAtLocation(tree, ["weightsManifest"])?.children ?? []) : [];
  const nodes = groups.flatMap((group): Node[] => findNodeAtLocation(group, ["paths"])?.children ?? []);
  return nodes.map((node) => ({
    path: String(node.value),
    offset: Buffer.byteLength(text.slice(0, node.offset)),
    length: Buffer.byteLength(text.slice(node.offset, node.offset + node.length)),
  }));
}
