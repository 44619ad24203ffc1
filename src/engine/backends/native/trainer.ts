/**
 * Training steps as one graph each: rows are gathered and mixed in it, from the table in memory, which stays where it is, or from
 * float16 numbers as a file has them, and the head goes from one pair of arrays into another and back.
 *
 *     X = beta F[first] + (1 - beta) F[second],  E = scale (onehot(y) - softmax(X W' + b)),  W <- W + E' X,  b <- b + E' 1
 */
import type { Tensor } from "onnxruntime-node";
import { elementTypes } from "../../../checkpoints/onnx/writing.ts";
import { MixedBatch, type MixedSample } from "../../../selmix/mixing/mixedBatch.ts";
import type { FeatureRows, Halves, Head } from "../../../selmix/problem.ts";
import type { HeadTrainer } from "../../../selmix/validation/evaluator.ts";
import { Graph, type Value } from "./graph.ts";
import { weightAndBias } from "./headTensors.ts";
import { type Form, featuresOf, formOf, linearTensors, rowsInput } from "./rows.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** Where a graph has its features from: it mixes rows of a table, or pairs in float16, or is given mixtures. */
type Source = "table" | Exclude<Form, "floats"> | "mixtures";

function stepGraph(source: Source, hasBias: boolean): Graph {
  const graph = new Graph();
  const features = featuresFrom(graph, source);
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

/** X [n,d]. */
function featuresFrom(graph: Graph, source: Source): Value {
  if (source === "mixtures") return graph.input("mixed", "float32", 2);
  if (source === "table") {
    const table = graph.input("table", "float32", 2);
    return mixture(graph, (name) =>
      graph.node("Gather", [table, graph.input(name, "int32", 1)], { axis: 0 }),
    );
  }
  return featuresOf(
    graph,
    mixture(graph, (name) => rowsInput(graph, name, source)),
    source,
  );
}

/** @param rows makes the rows [n,d] of the first and of the second samples */
function mixture(graph: Graph, rows: (name: string) => Value): Value {
  const [first, second] = ["first", "second"].map((name) =>
    graph.node("Mul", [rows(name), graph.input(`${name}Share`, "float32", 2)]),
  );
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
  /** Made for the first batch that is mixed here. */
  #batch: MixedBatch | null = null;
  /** Made for the first batch that is read in float16: the first rows of all pairs, then the second ones. */
  #bits: Uint16Array | null = null;
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
    const hasBias = this.#like.bias !== null;
    const { source, tensors } = this.#featuresOf(samples);
    const [now, next] = [this.#states[this.#current], this.#states[1 - this.#current]];
    await this.#runtime.run(
      `step from ${source}, bias ${hasBias}`,
      () => stepGraph(source, hasBias),
      {
        ...tensors,
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

  #featuresOf(samples: readonly MixedSample[]): { readonly source: Source; readonly tensors: Tensors } {
    const rows = onlyRowsOf(samples);
    if (rows?.values !== undefined) {
      return { source: "table", tensors: this.#gathered(samples, this.#tableOf(rows, rows.values)) };
    }
    const source = rows === null ? "floats" : formOf(rows);
    if (rows?.halves !== undefined && source !== "floats") {
      const linear = linearTensors(this.#runtime, rows, source);
      return { source, tensors: { ...this.#read(samples, rows.halves), ...linear } };
    }
    return { source: "mixtures", tensors: this.#mixedHere(samples) };
  }

  #shares(samples: readonly MixedSample[]): Tensors {
    const share = (values: Float32Array) => this.#runtime.floats(values, [samples.length, 1]);
    return {
      firstShare: share(Float32Array.from(samples, ({ beta }) => beta)),
      secondShare: share(Float32Array.from(samples, ({ beta }) => 1 - beta)),
    };
  }

  #gathered(samples: readonly MixedSample[], table: Tensor): Tensors {
    const rows = (numbers: Int32Array) => this.#runtime.integers(numbers, [samples.length]);
    return {
      table,
      first: rows(Int32Array.from(samples, ({ first }) => first.row)),
      second: rows(Int32Array.from(samples, ({ first, second }) => (second ?? first).row)),
      ...this.#shares(samples),
    };
  }

  /** The pairs' float16 numbers as they are, into arrays that are kept. */
  #read(samples: readonly MixedSample[], halves: Halves): Tensors {
    const { size } = this.#like;
    const length = samples.length * size;
    if (this.#bits === null || this.#bits.length < 2 * length) this.#bits = new Uint16Array(2 * length);
    const bits = this.#bits;
    samples.forEach(({ first, second }, at) => {
      halves.read(first.row, 1, bits, at * size);
      halves.read((second ?? first).row, 1, bits, length + at * size);
    });
    const rows = (from: number) =>
      this.#runtime.halves(bits.subarray(from, from + length), [samples.length, size]);
    return { first: rows(0), second: rows(length), ...this.#shares(samples) };
  }

  #mixedHere(samples: readonly MixedSample[]): Tensors {
    const { classes, size } = this.#like;
    this.#batch ??= new MixedBatch(this.#batchSize, size, classes);
    this.#batch.mix(samples);
    const features = this.#batch.features.subarray(0, samples.length * size);
    return { mixed: this.#runtime.floats(features, [samples.length, size]) };
  }

  #tableOf(rows: FeatureRows, values: Float32Array): Tensor {
    if (this.#table?.rows !== rows) {
      this.#table = { rows, tensor: this.#runtime.floats(values, [rows.count, rows.size]) };
    }
    return this.#table.tensor;
  }
}

/** The table that all rows of the samples come from; null where they come from several. */
function onlyRowsOf(samples: readonly MixedSample[]): FeatureRows | null {
  const { rows } = samples[0].first;
  const others = samples.some(({ first, second }) => first.rows !== rows || (second ?? first).rows !== rows);
  return others ? null : rows;
}
