/** Dense layers of a Keras topology, as Keras 2, Keras 3 and TF.js itself spell it. */

import * as z from "zod";
import { groupBy } from "../../files/groupBy.ts";
import type { LinearLayer } from "../checkpoint.ts";

const layerSchema = z.looseObject({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.unknown(),
  inbound_nodes: z.unknown().optional(),
});
type Layer = z.infer<typeof layerSchema>;

const containerSchema = z.looseObject({
  layers: z.array(layerSchema),
  output_layers: z.unknown().optional(),
});
const namedSchema = z.looseObject({ name: z.string() });
const topologySchema = z.looseObject({
  model_config: z.looseObject({ config: z.unknown() }).optional(),
  config: z.unknown().optional(),
});

/** Layers behind a head that do not make another layer of it. */
const tails = new Set(["Activation", "Softmax", "Dropout", "Flatten", "Reshape"]);
const deepest = 8;

/** The name of a layer's weight; null when there is none. `path` are the names of the models around the layer and its own. */
type FindWeight = (path: readonly string[], part: "kernel" | "bias") => string | null;

/** The Dense layers whose weights are found, in the order of the topology. */
export function findDenseLayers(topology: unknown, find: FindWeight): LinearLayer[] {
  const parsed = topologySchema.safeParse(topology);
  if (!parsed.success) return [];
  return denseLayers(parsed.data.model_config?.config ?? parsed.data.config, find, true, []);
}

function denseLayers(
  config: unknown,
  find: FindWeight,
  isOutput: boolean,
  within: readonly string[],
): LinearLayer[] {
  // Keras 1 and 2.0 gave a Sequential's layers without a wrapper.
  const container = containerSchema.safeParse(Array.isArray(config) ? { layers: config } : config);
  if (!container.success || within.length > deepest) return [];
  const { layers } = container.data;
  const outputs = isOutput ? outputLayers(layers, container.data.output_layers) : new Set<string>();
  return layers.flatMap((layer): LinearLayer[] => {
    const name = nameOf(layer);
    const path = [...within, name];
    if (layer.class_name !== "Dense") return denseLayers(layer.config, find, outputs.has(name), path);
    const weight = find(path, "kernel");
    if (weight === null) return [];
    const uses = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes.length : 1;
    return [
      {
        weight,
        bias: find(path, "bias"),
        layout: "columns",
        isOutput: outputs.has(name),
        ...(uses > 1 && { usedElsewhere: true }),
      },
    ];
  });
}

/** Names of the layers that compute the output, as it is or before layers that only shape or normalise it. */
function outputLayers(layers: readonly Layer[], given: unknown): Set<string> {
  const byName = new Map(layers.map((layer) => [nameOf(layer), layer]));
  const waiting = textsIn(given).filter((name) => byName.has(name));
  if (waiting.length === 0) {
    const last = layers.findLast((layer) => !tails.has(layer.class_name));
    return new Set(last ? [nameOf(last)] : []);
  }
  const outputs = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const layer = byName.get(name);
    if (!layer || outputs.has(name)) continue;
    outputs.add(name);
    if (tails.has(layer.class_name)) waiting.push(...textsIn(layer.inbound_nodes));
  }
  return outputs;
}

/** All texts in nested lists and objects: the spellings agree on the names, not on what is around them. */
function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one === "string") texts.push(one);
    else if (typeof one === "object" && one !== null)
      for (const inner of Object.values(one)) waiting.push(inner);
  }
  return texts;
}

function nameOf(layer: Layer): string {
  const config = namedSchema.safeParse(layer.config);
  return config.success ? config.data.name : (layer.name ?? "");
}

/** Finds weights that are called by their layer, "dense_1/kernel", when there is just one such, whatever scopes are before. */
export function namedByLayer(names: readonly string[]): FindWeight {
  const byEnd = groupBy(names, (name) => name.split("/").slice(-2).join("/"));
  return (path, part) => {
    const name = `${path.at(-1)}/${part}`;
    const found = byEnd.get(name) ?? [];
    return found.length === 1 ? (found[0] ?? null) : (found.find((one) => one === name) ?? null);
  };
}
