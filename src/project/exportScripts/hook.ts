/** The one line that catches what enters the head, in the framework that the checkpoint is of. */
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { withoutCopy } from "../../checkpoints/copies.ts";
import type { HeadLocation } from "../../checkpoints/head.ts";
import { layerOf } from "../../checkpoints/headRequest.ts";
import { exportFacts, quoted } from "./facts.ts";

/** Python (JavaScript for TF.js) that makes `features`, or collects them, from a `model` that is loaded. */
export function hookLine(checkpoint: Checkpoint, head: HeadLocation): string {
  const { path: file, format, tensors } = checkpoint;
  const side = tensors.find(({ name }) => name === head.weight)?.auxiliary ?? false;
  const names = tensors.filter(({ auxiliary = false }) => auxiliary === side).map(({ name }) => name);
  const { layer } = exportFacts(file, names.map(withoutCopy), { ...head, weight: withoutCopy(head.weight) });
  switch (format) {
    case "keras":
    case "keras-h5": {
      const own = layer
        .replace(/^(layers|_layer_checkpoint_dependencies)\//, "")
        .replace(/\/(vars\/\d+|cell)$/, "");
      return `features = keras.Model(model.inputs, model.get_layer(${quoted(own.split("/").at(-1) ?? own)}).input).predict(x)`;
    }
    case "tfjs":
      return `const features = tf.model({ inputs: model.inputs, outputs: model.getLayer(${quoted(layer.split("/").at(-1) ?? layer)}).input }).predict(x)`;
    case "onnx": {
      const input = layerOf(checkpoint, head.weight)?.input;
      return input === undefined
        ? "features = the input of the last layer"
        : `m = onnx.load(path); m.graph.output.append(onnx.ValueInfoProto(name=${quoted(input)}))  # one more output: the features`;
    }
    case "sklearn":
    case "skops":
      return sklearnLine(head.weight);
    case "npz":
      return `features = the rows that ${head.weight} is multiplied with`;
    default:
      return `model.get_submodule(${quoted(layer)}).register_forward_pre_hook(lambda _, inputs: features.append(inputs[0].detach().cpu()))`;
  }
}

function sklearnLine(weight: string): string {
  const parts = weight.split(".");
  const isNetwork = parts.includes("coefs_");
  const isPipeline = parts.length > (isNetwork ? 2 : 1);
  if (isNetwork) {
    const input = isPipeline ? "model[:-1].transform(X)" : "X";
    return `features = ${input}  # then relu(features @ W + b) for each of coefs_[:-1], intercepts_[:-1]`;
  }
  return isPipeline
    ? "features = model[:-1].transform(X)"
    : "features = X  # as it is given to fit and predict";
}
