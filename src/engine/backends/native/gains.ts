/** The gain as one graph (the formula stands in selmix/tensors/gain.ts): six products and what lies between them. */
import type { Tensor } from "onnxruntime-node";
import { MIXING_MEAN } from "../../../selmix/mixing/sampler.ts";
import type { Head } from "../../../selmix/problem.ts";
import { isSmallGain } from "../../../selmix/tensors/tensors.ts";
import { gainsInArrays } from "../../../selmix/validation/arrays.ts";
import type { Gains } from "../../../selmix/validation/evaluator.ts";
import { Graph, type Value } from "./graph.ts";
import { headTensors, weightAndBias } from "./headTensors.ts";
import type { Runtime, Tensors } from "./runtime.ts";

const [ownShare, otherShare] = [MIXING_MEAN, 1 - MIXING_MEAN];

/** Z Z' of prototypes Z [B,d], and 1 more for each where the bias is trained. */
function productsGraph(hasBias: boolean): Graph {
  const graph = new Graph();
  const prototypes = graph.input("prototypes", "float32", 2);
  const one = hasBias ? [graph.constant("float32", [1], [1])] : [];
  const products = graph.node("Gemm", [prototypes, prototypes, ...one], { transB: 1 });
  graph.output("products", products, "float32", 2);
  return graph;
}

function gainGraph(hasBias: boolean): Graph {
  const graph = new Graph();
  const prototypes = graph.input("prototypes", "float32", 2);
  const products = graph.input("products", "float32", 2);
  const derivative = graph.input("derivative", "float32", 2);
  const labels = graph.input("labels", "int32", 1);
  const times = (value: Value, factor: number) =>
    graph.node("Mul", [value, graph.constant("float32", [factor], [1])]);
  const logits = graph.node("Gemm", [prototypes, ...weightAndBias(graph, hasBias)], { transB: 1 });
  const largest = graph.node("ReduceMax", [logits], { axes: [1] });
  const below = graph.node("Sub", [logits, largest]);
  const [e1, e2] = [ownShare, otherShare].map((share) => graph.node("Exp", [times(below, share)]));
  // beta M [B,K]
  const moment = graph.node("Gemm", [products, derivative], { alpha: { float: ownShare } });
  const own = graph.node("Gemm", [graph.node("Mul", [moment, e1]), e2], { transB: 1 });
  const others = graph.node("Mul", [moment, e2]);
  const share = otherShare / ownShare;
  const weighted = graph.node("Gemm", [e1, others, own], { transB: 1, alpha: { float: share } });
  const total = graph.node("Gemm", [e1, e2], { transB: 1 });
  // beta M[j,label(i)] at [i,j]
  const ofLabels = graph.node("Gather", [graph.node("Transpose", [moment]), labels], { axis: 0 });
  const column = graph.node("Unsqueeze", [labels, graph.constant("int64", [1], [1])]);
  const ofOwn = graph.node("GatherElements", [moment, column], { axis: 1 });
  const terms = graph.node("Add", [times(ofLabels, share), ofOwn]);
  const gain = graph.node("Sub", [terms, graph.node("Div", [weighted, total])]);
  graph.output("gain", gain, "float32", 2);
  return graph;
}

/** Gains for prototypes that stay; small ones in arrays. */
export function nativeGains(
  runtime: Runtime,
  prototypes: Float32Array,
  labels: Int32Array,
  head: Head,
): Gains {
  return isSmallGain(labels.length, head)
    ? gainsInArrays(prototypes, labels, head)
    : new NativeGains(runtime, prototypes, labels, head);
}

class NativeGains implements Gains {
  readonly #runtime: Runtime;
  readonly #labels: Int32Array;
  readonly #hasBias: boolean;
  readonly #prototypes: Tensor;
  /** What the graph is given besides the head and the derivative. */
  #geometry: Promise<Tensors> | null = null;

  constructor(runtime: Runtime, prototypes: Float32Array, labels: Int32Array, head: Head) {
    this.#runtime = runtime;
    this.#labels = labels;
    this.#hasBias = head.bias !== null;
    this.#prototypes = runtime.floats(prototypes, [labels.length, head.size]);
  }

  async of(head: Head, derivative: ArrayLike<number>): Promise<Float32Array> {
    const buckets = this.#labels.length;
    this.#geometry ??= this.#products();
    const geometry = await this.#geometry;
    const result = new Float32Array(buckets * buckets);
    await this.#runtime.run(
      `gain, bias ${this.#hasBias}`,
      () => gainGraph(this.#hasBias),
      {
        ...geometry,
        ...headTensors(this.#runtime, head),
        derivative: this.#runtime.floats(Float32Array.from(derivative), [buckets, head.classes]),
      },
      { gain: this.#runtime.floats(result, [buckets, buckets]) },
    );
    return result;
  }

  dispose(): void {
    this.#geometry = null;
  }

  async #products(): Promise<Tensors> {
    const buckets = this.#labels.length;
    const prototypes = this.#prototypes;
    const products = this.#runtime.floats(new Float32Array(buckets * buckets), [buckets, buckets]);
    await this.#runtime.run(
      `products, bias ${this.#hasBias}`,
      () => productsGraph(this.#hasBias),
      { prototypes },
      { products },
    );
    return { prototypes, products, labels: this.#runtime.integers(this.#labels, [buckets]) };
  }
}
