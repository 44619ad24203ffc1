/** The topology of a layers model as Keras 2 spells it, which tfjs-layers reads, from any writer's spelling. */
import * as z from "zod";

const placeSchema = z.tuple([z.string(), z.number(), z.number()]);
const tensorSchema = z.looseObject({ config: z.looseObject({ keras_history: placeSchema }) });
const callSchema = z.looseObject({ args: z.array(z.unknown()) });
const policySchema = z.looseObject({
  class_name: z.literal("DTypePolicy"),
  config: z.looseObject({ name: z.string() }),
});
const slopeSchema = z.looseObject({ negative_slope: z.number() });
const modelSchema = z.looseObject({
  layers: z.array(z.looseObject({ name: z.string().optional(), config: z.unknown() })),
});
const containerSchema = z.looseObject({ layers: z.array(z.unknown()) });

type Place = z.infer<typeof placeSchema>;

/**
 * Keras 3 spells shapes, types, connections and some settings in ways that tfjs-layers does not read. `models` are the names
 * of the models among the layers around `value`.
 */
export function spelledAsKeras2(value: unknown, key = "", models: ReadonlySet<string> = new Set()): unknown {
  if (Array.isArray(value)) return spelledList(value, key, models);
  // Numbers come from the file and are kept as they are, so how they began and what would bind them is left out.
  if (key.endsWith("_initializer")) return "zeros";
  if (/_(regularizer|constraint)$/.test(key)) return null;
  if (key === "activation" && value === "silu") return "swish";
  const policy = policySchema.safeParse(value);
  if (policy.success)
    return policy.data.config.name.startsWith("mixed_") ? "float32" : policy.data.config.name;
  if (typeof value !== "object" || value === null) return value;
  const inside = key === "config" ? modelsAmong(value) : models;
  const slope = slopeSchema.safeParse(value);
  return {
    ...Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name === "batch_shape" ? "batch_input_shape" : name,
        spelledAsKeras2(inner, name, inside),
      ]),
    ),
    ...(slope.success && { alpha: slope.data.negative_slope }),
  };
}

function spelledList(values: readonly unknown[], key: string, models: ReadonlySet<string>): unknown[] {
  const calls = z.array(callSchema).safeParse(values);
  if (key === "inbound_nodes" && calls.success)
    return calls.data.map(({ args }) => connectionsOf(args, models));
  const place = placeSchema.safeParse(values);
  if ((key === "input_layers" || key === "output_layers") && place.success)
    return [counted(place.data, models)];
  return values.map((one) => spelledAsKeras2(one, "", models));
}

/** [["dense", 0, 0, {}], ...] of a call's arguments. */
function connectionsOf(args: readonly unknown[], models: ReadonlySet<string>): unknown[] {
  return args.flat().flatMap((one) => {
    const tensor = tensorSchema.safeParse(one);
    return tensor.success ? [[...counted(tensor.data.config.keras_history, models), {}]] : [];
  });
}

/** Where a model is called, Keras 2 counted its own making as the first call. */
function counted([name, call, tensor]: Place, models: ReadonlySet<string>): Place {
  return [name, models.has(name) ? call + 1 : call, tensor];
}

/** Names of the models among a model's layers. */
function modelsAmong(config: unknown): ReadonlySet<string> {
  const layers = modelSchema.safeParse(config).data?.layers ?? [];
  const models = layers.filter((layer) => containerSchema.safeParse(layer.config).success);
  return new Set(models.flatMap(({ name }) => name ?? []));
}
