/** Which tensor is the head, as far as graph, names and places tell before there are any features. */
import { isFloatType } from "../files/numbers.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { chooseCopy } from "./copies.ts";
import { findHead } from "./findHead.ts";
import { locate } from "./fittingHeads.ts";
import type { HeadLocation } from "./head.ts";
import { headWord, isAdapter, isEmbedding, isOptimizerState, storesColumns } from "./headNames.ts";
import { HeadError, layerOf } from "./headRequest.ts";
import { headShape } from "./headShape.ts";
import { keepsOrder } from "./innerLayers.ts";
import { noneFits, refuseOtherOutput } from "./otherHeads.ts";

/**
 * The likeliest head, with a reason that says what it was guessed by. Throws `HeadError` where nothing looks like one. Reads no tensor
 * data.
 */
export function guessHead(checkpoint: Checkpoint): HeadLocation {
  refuseOtherOutput(checkpoint);
  const layers = checkpoint.tensors.flatMap((tensor) => asLayer(checkpoint, tensor));
  const [chosen, why] = likeliest(checkpoint, layers);
  if (!chosen) {
    throw noneFits(checkpoint, { featureSize: 0 }, []);
  }
  const { classes, size, weight } = chosen;
  const found = findHead(checkpoint, { featureSize: size, classes, weight });
  return { ...found, reason: `guessed: ${why}` };
}

function likeliest(
  checkpoint: Checkpoint,
  all: readonly HeadLocation[],
): readonly [HeadLocation | null, string] {
  const layers = chooseCopy(checkpoint, all, undefined);
  const outputs = layers.filter(({ weight }) => layerOf(checkpoint, weight)?.isOutput);
  if (outputs.length === 1 && outputs[0]) return [outputs[0], "it computes the network's output"];
  const byName = layers.filter(({ weight }) => headWord(weight) !== null);
  const named = lastOf(checkpoint, byName);
  refuseParallel(checkpoint, byName, named);
  // Encoders end in a layer of their own width, whatever it is called.
  if (named && isOfOwnWidth(named)) return [null, ""];
  if (named) {
    const others = byName.length > 1 ? `, the last of ${byName.length} such` : "";
    return [named, `it is called ${headWord(named.weight)}${others}`];
  }
  const [only, ...others] = layers;
  if (only && others.length === 0) return [only, "it is the only layer"];
  const last = lastOf(checkpoint, layers);
  refuseParallel(checkpoint, layers, last);
  // Where nothing tells the order, and of an encoder that ends in a layer of its own width, the last one is no head.
  const isOrdered = keepsOrder.has(checkpoint.format) || layerOf(checkpoint, last?.weight ?? "") !== null;
  const isNumbered = new Set(layers.map(({ weight }) => weight.replace(/\d+/g, ""))).size === 1;
  if (!last || isOfOwnWidth(last) || !(isOrdered || isNumbered)) return [null, ""];
  return [last, `it is the last of ${layers.length} layers`];
}

const isOfOwnWidth = ({ classes, size, oneOutput }: HeadLocation) => !oneOutput && classes === size;

/**
 * Throws `HeadError` where several layers see the same features and give other numbers of outputs, none of which enters another
 * layer: a network with several heads, of which order tells nothing.
 */
function refuseParallel(
  checkpoint: Checkpoint,
  layers: readonly HeadLocation[],
  last: HeadLocation | null,
): void {
  if (last === null || keepsGraph(checkpoint)) return;
  const sizes = new Set(layers.map(({ size }) => size));
  const beside = layers.filter(
    ({ size, classes }) => size === last.size && classes !== size && !sizes.has(classes),
  );
  if (new Set(beside.map(({ classes }) => classes)).size < 2) return;
  const names = beside.map(({ weight, classes }) => `${weight} (${classes} outputs)`).join(", ");
  throw new HeadError(
    `${checkpoint.path} has several layers that could be the last (${names}); name the classifier's under head.weight in selmix.json.`,
    beside,
  );
}

/** Whether the format knows what enters which layer. */
const keepsGraph = ({ linearLayers = [] }: Checkpoint) => linearLayers.length > 0;

/** The last in the order of the network where the format knows it, else in that of the file, with numbers in names counted. */
function lastOf(checkpoint: Checkpoint, layers: readonly HeadLocation[]): HeadLocation | null {
  const order = (checkpoint.linearLayers ?? []).map(({ weight }) => weight);
  const known = layers.filter(({ weight }) => order.includes(weight));
  const byGraph = known.sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight)).at(-1);
  if (byGraph) return byGraph;
  const counted = [...layers].sort((a, b) => a.weight.localeCompare(b.weight, "en", { numeric: true }));
  const isNumbered = new Set(layers.map(({ weight }) => weight.replace(/\d+/g, ""))).size === 1;
  return (isNumbered ? counted : layers).at(-1) ?? null;
}

/** A tensor read as a layer by its format's convention; none where it cannot be one. */
function asLayer(checkpoint: Checkpoint, tensor: TensorInfo): HeadLocation[] {
  const { name, type } = tensor;
  if (!isFloatType(type) || isOptimizerState(name) || isEmbedding(name) || isAdapter(name)) return [];
  const shape = headShape(tensor);
  const layout = layerOf(checkpoint, name)?.layout ?? (storesColumns(name) ? "columns" : "rows");
  const [outputs = 0, size = 0] = layout === "rows" ? shape : [...shape].reverse();
  const isVector = shape.length === 1 && headWord(name) !== null;
  if (isVector) return locate(checkpoint, tensor, { featureSize: shape[0] ?? 0, classes: 2 }, "it fits");
  if (shape.length !== 2 || size < 2 || outputs < 1) return [];
  if (tensor.shape.length > 2 && headWord(name) === null) return [];
  return locate(checkpoint, tensor, { featureSize: size, classes: Math.max(outputs, 2) }, "it fits");
}
