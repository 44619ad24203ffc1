/** Heads on a set of features: rows in memory are seen where they lie, others are read some at a time. */
import type { Tensor } from "onnxruntime-node";
import { elementTypes } from "../../../checkpoints/onnx/writing.ts";
import type { FeatureRows, Head } from "../../../selmix/problem.ts";
import type { Rivals } from "../../../selmix/steering/rivals.ts";
import type { FeatureSet } from "../../../selmix/validation/evaluator.ts";
import { Graph, type Value } from "./graph.ts";
import { headTensors, weightAndBias } from "./headTensors.ts";
import { type Form, featuresOf, formOf, linearTensors, rowsInput } from "./rows.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** Numbers of features, or of logits, handled at a time. Four times as many are no faster, and every graph holds them in float32. */
const CHUNK = 2 ** 19;
/** But so many rows, for the head is packed for each product anew, where they come to no more numbers than this. */
const CHUNK_ROWS = 512;
const LARGEST_CHUNK = 2 ** 22;

function logitsIn(graph: Graph, hasBias: boolean, form: Form): Value {
  const features = featuresOf(graph, rowsInput(graph, "features", form), form);
  return graph.node("Gemm", [features, ...weightAndBias(graph, hasBias)], { transB: 1 });
}

function logitsGraph(hasBias: boolean, form: Form): Graph {
  const graph = new Graph();
  graph.output("logits", logitsIn(graph, hasBias, form), "float32", 2);
  return graph;
}

const integer = (graph: Graph, value: Value) => graph.node("Cast", [value], { to: elementTypes.int32 });

/** Of equal logits the first class wins. */
function winnersGraph(hasBias: boolean, form: Form): Graph {
  const graph = new Graph();
  const winners = graph.node("ArgMax", [logitsIn(graph, hasBias, form)], { axis: 1, keepdims: 0 });
  graph.output("winners", integer(graph, winners), "int32", 1);
  return graph;
}

/** The best rival is the best class, or the second where the best is the label; of equal ones ONNX's TopK takes the first. */
function rivalsGraph(hasBias: boolean, form: Form): Graph {
  const graph = new Graph();
  const logits = logitsIn(graph, hasBias, form);
  const labels = graph.input("labels", "int32", 2);
  const [values, classes] = graph.nodes("TopK", [logits, graph.constant("int64", [2], [1])], 2, { axis: 1 });
  const halves = graph.constant("int64", [1, 1], [2]);
  const [best, second] = graph.nodes("Split", [values, halves], 2, { axis: 1 });
  const [winner, next] = graph.nodes("Split", [integer(graph, classes), halves], 2, { axis: 1 });
  const isLabel = graph.node("Equal", [winner, labels]);
  const own = graph.node("GatherElements", [logits, labels], { axis: 1 });
  const margins = graph.node("Sub", [own, graph.node("Where", [isLabel, second, best])]);
  graph.output("margins", margins, "float32", 2);
  graph.output("rivals", graph.node("Where", [isLabel, next, winner]), "int32", 2);
  return graph;
}

export class NativeSet implements FeatureSet {
  readonly rows: FeatureRows;
  readonly #runtime: Runtime;
  readonly #form: Form;
  readonly #linear: Tensors;

  constructor(runtime: Runtime, rows: FeatureRows) {
    this.#runtime = runtime;
    this.rows = rows;
    this.#form = formOf(rows);
    this.#linear = linearTensors(runtime, rows, this.#form);
  }

  async predict(heads: readonly Head[]): Promise<Int32Array[]> {
    const results = heads.map(() => new Int32Array(this.rows.count));
    for (const { features, start, count } of this.#chunks(heads[0])) {
      for (const [at, head] of heads.entries()) {
        const winners = this.#runtime.integers(results[at].subarray(start, start + count), [count]);
        await this.#run("winners", winnersGraph, head, { features }, { winners });
      }
    }
    return results;
  }

  async logits(head: Head, use: (logits: ArrayLike<number>, start: number) => void): Promise<void> {
    let values = new Float32Array(0);
    for (const { features, start, count } of this.#chunks(head)) {
      // All parts but the last are as long as the first: they share its array.
      if (values.length !== count * head.classes) values = new Float32Array(count * head.classes);
      const logits = this.#runtime.floats(values, [count, head.classes]);
      await this.#run("logits", logitsGraph, head, { features }, { logits });
      use(values, start);
    }
  }

  async rivals(head: Head, labels: Int32Array, use: (rivals: Rivals, start: number) => void): Promise<void> {
    for (const { features, start, count } of this.#chunks(head)) {
      const found = { margins: new Float32Array(count), rivals: new Int32Array(count) };
      await this.#run(
        "rivals",
        rivalsGraph,
        head,
        { features, labels: this.#runtime.integers(labels.subarray(start, start + count), [count, 1]) },
        {
          margins: this.#runtime.floats(found.margins, [count, 1]),
          rivals: this.#runtime.integers(found.rivals, [count, 1]),
        },
      );
      use(found, start);
    }
  }

  dispose(): void {}

  #run(
    name: string,
    graph: (hasBias: boolean, form: Form) => Graph,
    head: Head,
    feeds: Tensors,
    results: Tensors,
  ) {
    const [hasBias, form] = [head.bias !== null, this.#form];
    const all = { ...feeds, ...this.#linear, ...headTensors(this.#runtime, head) };
    return this.#runtime.run(`${name}, ${form}, bias ${hasBias}`, () => graph(hasBias, form), all, results);
  }

  *#chunks({ classes }: Head) {
    const { count, size, values } = this.rows;
    const width = Math.max(values ? 1 : size, classes);
    const fewest = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(LARGEST_CHUNK / width)));
    const most = Math.max(fewest, Math.floor(CHUNK / width));
    const chunk = this.#reader(Math.min(most, count));
    for (let start = 0; start < count; start += most) {
      const many = Math.min(most, count - start);
      yield { features: chunk(start, many), start, count: many };
    }
  }

  /** Reads up to `most` rows at a time. */
  #reader(most: number): (start: number, many: number) => Tensor {
    const { rows } = this;
    const { size, values, halves } = rows;
    if (values !== undefined) {
      return (start, many) =>
        this.#runtime.floats(values.subarray(start * size, (start + many) * size), [many, size]);
    }
    if (halves !== undefined) {
      const bits = new Uint16Array(most * size);
      return (start, many) => {
        halves.read(start, many, bits, 0);
        return this.#runtime.halves(bits.subarray(0, many * size), [many, size]);
      };
    }
    const buffer = new Float32Array(most * size);
    return (start, many) => {
      rows.read(start, many, buffer, 0);
      return this.#runtime.floats(buffer.subarray(0, many * size), [many, size]);
    };
  }
}
