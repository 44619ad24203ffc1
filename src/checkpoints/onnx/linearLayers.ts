/** The linear layers of an ONNX graph, in the order of the network: Gemm, or MatMul with an Add. */
import type { LinearLayer } from "../checkpoint.ts";
import { vectorLength } from "../headShape.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "./model.ts";

/** Operators behind a head that do not make another layer of it. */
const tails = new Set([
  ...["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze"],
  ...["ArgMax", "TopK", "ZipMap"],
]);

/** A weight or bias as a node gets it: an initializer, straight or through Identity and Transpose. */
interface Source {
  readonly tensor: OnnxTensor;
  readonly transposed: boolean;
}

/** Finds the linear layers. A weight that other nodes use too is said to be so. */
export function findLinearLayers(model: OnnxModel): LinearLayer[] {
  const graph = new Graph(model);
  return model.nodes.flatMap((node) => graph.layer(node) ?? []);
}

class Graph {
  readonly #outputs: ReadonlySet<string>;
  readonly #sources = new Map<string, Source>();
  readonly #consumers = new Map<string, OnnxNode[]>();
  /** How many nodes use an initializer, through whatever Identity and Transpose. */
  readonly #uses = new Map<OnnxTensor, number>();

  constructor({ nodes, outputs, tensors }: OnnxModel) {
    this.#outputs = new Set(outputs);
    for (const tensor of tensors) this.#sources.set(tensor.name, { tensor, transposed: false });
    for (const node of nodes) {
      const [input = "", output = ""] = [node.inputs[0], node.outputs[0]];
      const source = this.#sources.get(input);
      const passes = node.operator === "Identity" || isMatrixTranspose(node, source);
      if (source && passes) {
        const transposed = source.transposed !== (node.operator === "Transpose");
        this.#sources.set(output, { tensor: source.tensor, transposed });
        continue;
      }
      for (const name of new Set(node.inputs)) {
        const consumers = this.#consumers.get(name);
        if (consumers) consumers.push(node);
        else this.#consumers.set(name, [node]);
        const used = this.#sources.get(name);
        if (used) this.#uses.set(used.tensor, (this.#uses.get(used.tensor) ?? 0) + 1);
      }
    }
  }

  layer(node: OnnxNode): LinearLayer | null {
    if (node.operator !== "Gemm" && node.operator !== "MatMul") return null;
    const weight = this.#sources.get(node.inputs[1] ?? "");
    if (weight?.tensor.shape.length !== 2 || this.#sources.has(node.inputs[0] ?? "")) return null;
    const { numbers } = node;
    if (numbers.get("transA") === 1 || (numbers.get("alpha") ?? 1) !== 1 || (numbers.get("beta") ?? 1) !== 1)
      return null;
    const isRows = weight.transposed !== (numbers.get("transB") === 1);
    const classes = weight.tensor.shape[isRows ? 0 : 1] ?? 0;
    const added = node.operator === "MatMul" ? this.#bias(node, classes) : null;
    const gemmBias = node.operator === "Gemm" ? this.#vector(node.inputs[2], classes) : null;
    const output = (added?.node ?? node).outputs[0] ?? "";
    return {
      weight: weight.tensor.name,
      bias: (added?.bias ?? gemmBias)?.name ?? null,
      layout: isRows ? "rows" : "columns",
      isOutput: this.#reachesOutput(output),
      input: node.inputs[0] ?? "",
      output,
      ...((this.#uses.get(weight.tensor) ?? 0) > 1 && { usedElsewhere: true }),
    };
  }

  /** The Add that takes what a MatMul gives, when it adds a vector of one number for each class. */
  #bias(node: OnnxNode, classes: number): { bias: OnnxTensor; node: OnnxNode } | null {
    const output = node.outputs[0] ?? "";
    const [add, ...others] = this.#consumers.get(output) ?? [];
    if (add?.operator !== "Add" || others.length > 0) return null;
    const bias = this.#vector(add.inputs[0] === output ? add.inputs[1] : add.inputs[0], classes);
    return bias && { bias, node: add };
  }

  #vector(name: string | undefined, classes: number): OnnxTensor | null {
    const tensor = this.#sources.get(name ?? "")?.tensor;
    return tensor && vectorLength(tensor.shape) === classes ? tensor : null;
  }

  /** Whether a value is an output of the model, as it is or through operators that only shape or normalise it. */
  #reachesOutput(start: string): boolean {
    const waiting = [start];
    const seen = new Set(waiting);
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (this.#outputs.has(name)) return true;
      for (const node of this.#consumers.get(name) ?? []) {
        if (!tails.has(node.operator)) continue;
        for (const output of node.outputs) {
          if (seen.has(output)) continue;
          seen.add(output);
          waiting.push(output);
        }
      }
    }
    return false;
  }
}

function isMatrixTranspose(node: OnnxNode, source: Source | undefined): boolean {
  if (node.operator !== "Transpose" || source?.tensor.shape.length !== 2) return false;
  return node.axes === null || (node.axes[0] === 1 && node.axes[1] === 0);
}
