/**
 * Training steps as one graph each: rows are gathered and mixed in it from the table, which stays where it is, and the head goes
 * from one pair of arrays into another and back.
 *
 *     X = beta F[first] + (1 - beta) F[second],  E = scale (onehot(y) - softmax(X W' + b)),  W <- W + E' X,  b <- b + E' 1
 */
import type { Tensor } from "onnxruntime-node";
import { elementTypes } from "../../../checkpoints/onnx/writing.ts";
import type { HeadTrainer } from "../../../selmix/evaluator.ts";
import { MixedBatch, type MixedSample } from "../../../selmix/mixedBatch.ts";
import type { FeatureRows, Head } from "../../../selmix/problem.ts";
import { Graph, type Value } from "./graph.ts";
import { weightAndBias } from "./headTensors.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** @param gathers whether rows are gathered and mixed in the graph, or come mixed. */
function stepGraph(gathers: boolean, hasBias: boolean): Graph {
  const graph = new Graph();
  const features = gathers ? mixed(graph) : graph.input("mixed", "float32", 2);
  const [weight, ...bias] = weightAndBias(graph, hasBias);
  const scale = graph.input("scale", "float32", 1);
  const labels = graph.node("Cast", [graph.input("labels", "int32", 1)], { to: elementTypes.int64 });
  const logits = graph.node("Gemm", [features, weight, ...bias], { transB: 1 });
  const predicted = graph.node("Mul", [graph.node("Softmax", [logits], { axis: 1 }), scale]);
  const classes = graph.node("Shape", [weight], { start: 0, end: 1 });
  const values = graph.node("Concat", [graph.constant("float32", [0], [1]), scale], { axis: 0 });
  const error = graph.node("Sub", [graph.node("OneHot", [labels, classes, values], { axis: 1 }), predicted]);
  graph.output("nextWeight", graph.node("Gemm", [error, features, weight], { transA: 1 }), "float32", 2);
  if (hasBias) {
    const sums = graph.node("ReduceSum", [error, graph.constant("int64", [0], [1])], { keepdims: 0 });
    graph.output("nextBias", graph.node("Add", [...bias, sums]), "float32", 1);
  }
  return graph;
}

/** X [n,d] of rows of a table [N,d]. */
function mixed(graph: Graph): Value {
  const table = graph.input("table", "float32", 2);
  const [first, second] = ["first", "second"].map((name) => {
    const rows = graph.node("Gather", [table, graph.input(name, "int32", 1)], { axis: 0 });
    return graph.node("Mul", [rows, graph.input(`${name}Share`, "float32", 2)]);
  });
  return graph.node("Add", [first, second]);
}

/** A head in tensors of its own. */
interface State {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

export class NativeTrainer implements HeadTrainer {
  readonly #runtime: Runtime;
  readonly #like: Omit<Head, "weight">;
  /** The arrays behind the states, and which of both holds the head. */
  readonly #arrays: readonly { readonly weight: Float32Array; readonly bias: Float32Array | null }[];
  readonly #states: readonly State[];
  #current = 0;
  readonly #batchSize: number;
  /** Made for the first batch whose rows do not lie in one table in memory. */
  #batch: MixedBatch | null = null;
  #table: { readonly rows: FeatureRows; readonly tensor: Tensor } | null = null;

  constructor(runtime: Runtime, head: Head, batchSize: number) {
    this.#runtime = runtime;
    this.#like = { classes: head.classes, size: head.size, bias: head.bias };
    this.#batchSize = batchSize;
    this.#arrays = [head, head].map(({ weight, bias }) => ({
      weight: weight.slice(),
      bias: bias?.slice() ?? null,
    }));
    this.#states = this.#arrays.map(({ weight, bias }) => ({
      weight: runtime.floats(weight, [head.classes, head.size]),
      bias: bias && runtime.floats(bias, [head.classes]),
    }));
  }

  set(head: Head): void {
    const { weight, bias } = this.#arrays[this.#current];
    weight.set(head.weight);
    if (head.bias !== null) bias?.set(head.bias);
  }

  async head(): Promise<Head> {
    const { weight, bias } = this.#arrays[this.#current];
    return { ...this.#like, weight: weight.slice(), bias: bias?.slice() ?? null };
  }

  /** A step has ended when it returns. */
  async settled(): Promise<void> {}

  async step(samples: readonly MixedSample[], rate: number): Promise<void> {
    const table = this.#tableOf(samples);
    const [name, hasBias] = [table === null ? "step on mixed rows" : "step", this.#like.bias !== null];
    const features = table === null ? this.#mixedHere(samples) : this.#gathered(samples, table);
    const [now, next] = [this.#states[this.#current], this.#states[1 - this.#current]];
    await this.#runtime.run(
      `${name}, bias ${hasBias}`,
      () => stepGraph(table !== null, hasBias),
      {
        ...features,
        weight: now.weight,
        ...(now.bias && { bias: now.bias }),
        labels: this.#runtime.integers(
          Int32Array.from(samples, ({ label }) => label),
          [samples.length],
        ),
        scale: this.#runtime.floats(Float32Array.of(rate / samples.length), [1]),
      },
      { nextWeight: next.weight, ...(next.bias && { nextBias: next.bias }) },
    );
    this.#current = 1 - this.#current;
  }

  dispose(): void {}

  #gathered(samples: readonly MixedSample[], table: Tensor): Tensors {
    const count = samples.length;
    const [rows, shares] = [new Int32Array(2 * count), new Float32Array(2 * count)];
    samples.forEach(({ first, second, beta }, at) => {
      rows[at] = first.row;
      rows[count + at] = (second ?? first).row;
      shares[at] = beta;
      shares[count + at] = 1 - beta;
    });
    const runtime = this.#runtime;
    return {
      table,
      first: runtime.integers(rows.subarray(0, count), [count]),
      second: runtime.integers(rows.subarray(count), [count]),
      firstShare: runtime.floats(shares.subarray(0, count), [count, 1]),
      secondShare: runtime.floats(shares.subarray(count), [count, 1]),
    };
  }

  #mixedHere(samples: readonly MixedSample[]): Tensors {
    const { classes, size } = this.#like;
    this.#batch ??= new MixedBatch(this.#batchSize, size, classes);
    this.#batch.mix(samples);
    const features = this.#batch.features.subarray(0, samples.length * size);
    return { mixed: this.#runtime.floats(features, [samples.length, size]) };
  }

  /** The table that all rows of the samples come from; null where they come from several, or from one that is not in memory. */
  #tableOf(samples: readonly MixedSample[]): Tensor | null {
    const { rows } = samples[0].first;
    if (rows.values === undefined) return null;
    if (samples.some(({ first, second }) => first.rows !== rows || (second ?? first).rows !== rows))
      return null;
    if (this.#table?.rows !== rows) {
      this.#table = { rows, tensor: this.#runtime.floats(rows.values, [rows.count, rows.size]) };
    }
    return this.#table.tensor;
  }
}
