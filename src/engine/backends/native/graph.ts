/** Writes small ONNX graphs (onnx.proto, IR 8, opset 17): inputs, operators in the order they run, outputs. */
import {
  type Attribute,
  type ElementType,
  type NodeFields,
  nodeMessage,
  tensorMessage,
  valueMessage,
} from "../../../checkpoints/onnx/writing.ts";
import { field, integerField } from "../../../files/protobuf.ts";

/** A value of the graph, by its name. */
export type Value = string;

const IR_VERSION = 8;
const OPSET = 17;

export class Graph {
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #nodes: NodeFields[] = [];
  readonly #constants: Uint8Array[] = [];
  /** What values are called that are given out. */
  readonly #given = new Map<Value, string>();
  #made = 0;

  /** @param rank number of dimensions, each of any size */
  input(name: string, type: ElementType, rank: number): Value {
    this.#inputs.push(field(11, valueMessage(name, type, openSizes(name, rank))));
    return name;
  }

  /** @param values floats, or integers of 64 bits where `type` says so. @param shape [] for a scalar */
  constant(type: "float32" | "int64", values: readonly number[], shape: readonly number[]): Value {
    const name = this.#next();
    this.#constants.push(field(5, tensorMessage(name, type, values, shape)));
    return name;
  }

  /** The first result of an operator of ONNX. */
  node(
    operator: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.nodes(operator, inputs, 1, attributes)[0];
  }

  /** All `count` results of an operator. */
  nodes(
    operator: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, () => this.#next());
    this.#nodes.push({ operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives a value out under a name. */
  output(name: string, value: Value, type: ElementType, rank: number): void {
    this.#given.set(value, name);
    this.#outputs.push(field(12, valueMessage(name, type, openSizes(name, rank))));
  }

  /** The model, as onnxruntime reads it. */
  bytes(): Uint8Array {
    const nameOf = (value: Value) => this.#given.get(value) ?? value;
    const nodes = this.#nodes.map(({ inputs, outputs, ...node }) =>
      field(1, nodeMessage({ ...node, inputs: inputs.map(nameOf), outputs: outputs.map(nameOf) })),
    );
    const graph = [...nodes, field(2, "selmix"), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return Buffer.concat([integerField(1, IR_VERSION), field(7, graph), field(8, integerField(2, OPSET))]);
  }

  #next(): Value {
    return `v${this.#made++}`;
  }
}

/** Dimensions of any size, each by a name of its own. */
function openSizes(name: string, rank: number): string[] {
  return Array.from({ length: rank }, (_unused, at) => `${name}${at}`);
}
