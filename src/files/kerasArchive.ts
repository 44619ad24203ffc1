/** The `.keras` archive of Keras 3: what describes the layers, and where in the weights the arrays of each layer lie. */
import * as z from "zod";
import { FileError, readLong } from "./ranges.ts";
import { openMember, type ZipArchive, type ZipMember } from "./zip.ts";

export const kerasWeightsMember = "model.weights.h5";
const configMember = "config.json";
const maxConfigBytes = 100 * 1024 * 1024;
const deepest = 16;

const layerSchema = z.looseObject({
  module: z.string().nullish(),
  class_name: z.string(),
  registered_name: z.string().nullish(),
  config: z.looseObject({ name: z.string().optional(), layers: z.array(z.unknown()).optional() }),
  inbound_nodes: z.unknown().optional(),
});
export type KerasLayer = z.infer<typeof layerSchema>;

export interface PlacedLayer {
  /** Names of the models around it and its own, joined by slashes: "block/dense". */
  readonly path: string;
  /** Where its arrays lie: "layers/sequential/layers/dense/vars" for the arrays "…/vars/0", "…/vars/1". */
  readonly place: string;
  readonly layer: KerasLayer;
}

/** What the archive says about the model; null when it says nothing. Throws `FileError` when that is no JSON or too long. */
export async function readKerasConfig(archive: ZipArchive): Promise<unknown> {
  const member: ZipMember | undefined = archive.members.get(configMember);
  if (!member) return null;
  const name = `${archive.source.name}:${configMember}`;
  if (member.size > maxConfigBytes) throw new FileError(`${name} is over the limit of 100 MB.`);
  const source = await openMember(archive, member, maxConfigBytes);
  const bytes = await readLong(source, 0, source.size);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FileError(`${name} cannot be read as JSON; it is damaged: save the model again.`);
  }
}

/** Whether the model consists of layers that are listed: a Sequential or Functional one, not a class of the user's own. */
export function listsLayers({ class_name, registered_name, config }: KerasLayer): boolean {
  const isOwn = registered_name != null && registered_name !== class_name;
  return ["Sequential", "Functional", "Model"].includes(class_name) && !isOwn && config.layers !== undefined;
}

/** The model itself, as far as it is described as one. */
export function kerasModelOf(config: unknown): KerasLayer | null {
  return layerSchema.safeParse(config).data ?? null;
}

/**
 * All layers of a model, models within it and their layers among them, in the order in which Keras numbers them. A place is called by
 * classes, "dense" and "dense_1", each model counting anew. Throws `FileError` for what is no layer and for models nested too deep.
 */
export function placedLayers(model: KerasLayer, path = "", within = "", depth = 0): PlacedLayer[] {
  if (depth > deepest) throw new FileError("The models of a Keras file are nested too deep.");
  const numbers = new Map<string, number>();
  return (model.config.layers ?? []).flatMap((one) => {
    const layer = layerSchema.safeParse(one).data;
    if (!layer)
      throw new FileError("A layer of a Keras file has no class or settings; save the model again.");
    const word = snakeCase(layer.class_name);
    const number = numbers.get(word) ?? 0;
    numbers.set(word, number + 1);
    const place = `${within}layers/${word}${number === 0 ? "" : `_${number}`}/`;
    const own = `${path}${layer.config.name ?? ""}`;
    const inner = listsLayers(layer) ? placedLayers(layer, `${own}/`, place, depth + 1) : [];
    return [{ path: own, place: `${place}vars`, layer }, ...inner];
  });
}

/** As Keras makes names of classes: "BatchNormalization" to "batch_normalization", "Conv2D" to "conv2d". */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
