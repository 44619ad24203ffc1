/** What computes an ONNX model's output, where it is no linear layer of floats. */
import { isFloatType } from "../../files/numbers.ts";
import type { OnnxModel } from "./model.ts";

const sklearnAgain = "tune the scikit-learn model itself (.joblib), and convert the tuned copy with skl2onnx";
const beforeQuantising = "tune the model from before quantisation, and quantise the tuned copy";

/** By operator, the last of these in the graph counts. */
const kinds: Readonly<Record<string, string>> = {
  LinearClassifier: `ends in a LinearClassifier (skl2onnx), without an intercept for each class; ${sklearnAgain}`,
  SVMClassifier: `ends in an SVMClassifier, which is no linear layer; ${sklearnAgain}`,
  TreeEnsembleClassifier:
    "is an ensemble of trees, which has no last layer; tune a table of its scores instead: the probabilities of each row",
  ...Object.fromEntries(
    ["QLinearMatMul", "MatMulInteger", "QGemm", "QLinearConv", "ConvInteger", "DequantizeLinear"].map(
      (operator) => [
        operator,
        `is quantised (${operator}), and whole numbers cannot be tuned; ${beforeQuantising}`,
      ],
    ),
  ),
};

/** Operators with graphs of their own. */
const branches = new Set(["If", "Loop", "Scan"]);

/** "is ...; do this instead", or null. Quantised layers before a last layer of floats are no reason. */
export function otherOutput({
  nodes,
  tensors,
}: {
  readonly nodes: readonly Pick<OnnxModel["nodes"][number], "operator">[];
  readonly tensors: readonly Pick<OnnxModel["tensors"][number], "shape" | "type">[];
}): string | null {
  const branch = nodes.find(({ operator }) => branches.has(operator));
  if (branch && !tensors.some(({ shape, type }) => shape.length > 1 && isFloatType(type))) {
    return `keeps its layers in a part of the graph that runs on a condition (${branch.operator}), and layers are looked for in the main part only; export it without one, or tune the model that it was made from`;
  }
  const last = nodes.findLast(({ operator }) => Object.hasOwn(kinds, operator));
  return (last && kinds[last.operator]) ?? null;
}
