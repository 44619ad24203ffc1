/** A checkpoint as the engine tells of it, made up. */
import type { JobResult } from "../../src/protocol/engine.ts";

export const tensor = (name: string, shape = [2, 3], type = "F32") => ({ name, shape, type, bytes: 24 });
/** The tensors of a small network. */
export const resnet = [
  tensor("conv1.weight", [64, 3, 7, 7]),
  ...["layer1", "layer2"].flatMap((layer) =>
    ["0", "1"].flatMap((block) =>
      ["conv1.weight", "bn1.bias"].map((part) => tensor(`${layer}.${block}.${part}`)),
    ),
  ),
  tensor("fc.weight", [10, 512]),
  tensor("fc.bias", [10], "F16"),
];

const head = {
  weight: "fc.weight",
  bias: "fc.bias",
  classes: 3,
  size: 512,
  reason: "it fits features and labels",
};
/** What inspecting one says. */
export const inspected: JobResult<"inspect"> = {
  ...{
    checkpoint: "/ws/epoch.pt",
    format: "pytorch",
    tensors: resnet,
    head,
    headProblem: null,
    candidates: [],
  },
  ...{ headNotes: ["ema copies are tuned alike"], hook: "model.fc.register_forward_pre_hook(keep)" },
};

/** Its classes. */
export const headRows: JobResult<"headRows"> = {
  rows: ["nevus", "melanoma", "keratosis"].map((name, at) => ({
    ...{ class: name, norm: 3 - at, bias: 0.1 * at - 0.1, samples: 1000 / (at + 1) },
  })),
};
