/** Which layers of Keras 3 compute the same in tfjs-layers, and with which settings. */
import * as z from "zod";
import { type KerasLayer, listsLayers } from "../../files/kerasArchive.ts";

type Settings = Readonly<Record<string, readonly unknown[]>>;

/** By class: settings that tfjs-layers leaves out or does otherwise, with the values for which that makes no difference. */
const layers: ReadonlyMap<string, Settings> = new Map([
  ...plain("InputLayer", "Dense", "Activation", "Flatten", "Reshape", "Permute", "RepeatVector"),
  ...plain("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout"),
  ...plain("Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D"),
  ...plain("MaxPooling2D", "AveragePooling2D"),
  ...plain("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"),
  ...plain("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
  ...plain("ZeroPadding2D", "Cropping2D", "Rescaling", "BatchNormalization"),
  ...plain("LeakyReLU", "PReLU", "ELU", "Softmax"),
  ["Conv1D", { padding: ["valid", "same"] }],
  ["MaxPooling1D", { padding: ["valid"] }],
  ["AveragePooling1D", { padding: ["valid"] }],
  ["ReLU", { negative_slope: [0], threshold: [0] }],
  ["LayerNormalization", { rms_scaling: [false] }],
  ["UpSampling2D", { interpolation: ["nearest"] }],
  ["Embedding", { mask_zero: [false] }],
]);

const everywhere: Settings = {
  data_format: ["channels_last", null],
  keepdims: [false],
  groups: [1],
  output_padding: [null],
  activation: [
    ...["linear", "relu", "relu6", "elu", "selu", "gelu", "silu", "mish"],
    ...["sigmoid", "tanh", "softmax", "softplus", "softsign"],
  ],
};

const callSchema = z.looseObject({ args: z.unknown(), kwargs: z.record(z.string(), z.unknown()).optional() });
const tensorSchema = z.looseObject({ class_name: z.literal("__keras_tensor__") });

/** Why a layer would not run here as it does in Keras, as the end of a sentence; null when it would. */
export function differenceOf(layer: KerasLayer): string | null {
  const { module, class_name, config } = layer;
  const calls = takesTensorsOnly(layer.inbound_nodes) ? null : "takes more than the outputs of other layers";
  if (listsLayers(layer)) return calls;
  const settings = layers.get(class_name);
  if (module !== "keras.layers" || settings === undefined) return `is of the class ${class_name}`;
  for (const [name, same] of Object.entries({ ...everywhere, ...settings })) {
    const value = config[name];
    if (value !== undefined && !same.includes(value)) return `has the ${name} ${JSON.stringify(value)}`;
  }
  return calls;
}

/** Constants and masks in a call are settings that tfjs-layers does not hear of. */
function takesTensorsOnly(nodes: unknown): boolean {
  const calls = z.array(callSchema).safeParse(nodes ?? []).data ?? [];
  return calls.every(
    ({ args, kwargs }) =>
      [args].flat(3).every((one) => tensorSchema.safeParse(one).success) &&
      Object.values(kwargs ?? {}).every((one) => one === null || one === false),
  );
}

function plain(...names: readonly string[]): [string, Settings][] {
  return names.map((name) => [name, {}]);
}
