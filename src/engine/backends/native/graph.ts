/** Writes small ONNX graphs (onnx.proto, IR 8, opset 17): inputs, operators in the order they run, outputs. */
import { field, floatField, integerField } from "../../../files/protobuf.ts";

/** The types of values in our graphs, by their numbers in TensorProto.DataType. */
export const elementTypes = { float32: 1, int32: 6, int64: 7 } as const;
type ElementType = keyof typeof elementTypes;

/** A value of the graph, by its name. */
export type Value = string;

type Attribute = number | { readonly float: number } | readonly number[];

interface Node {
  readonly operator: string;
  readonly inputs: readonly Value[];
  readonly results: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const IR_VERSION = 8;
const OPSET = 17;

export class Graph {
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #nodes: Node[] = [];
  readonly #constants: Uint8Array[] = [];
  /** What values are called that are given out. */
  readonly #given = new Map<Value, string>();
  #made = 0;

  /** @param rank number of dimensions, each of any size */
  input(name: string, type: ElementType, rank: number): Value {
    this.#inputs.push(field(11, valueInfo(name, type, rank)));
    return name;
  }

  /** @param values floats, or integers of 64 bits where `type` says so. @param shape [] for a scalar */
  constant(type: "float32" | "int64", values: readonly number[], shape: readonly number[]): Value {
    const name = this.#next();
    const bytes =
      type === "float32"
        ? new Uint8Array(Float32Array.from(values).buffer)
        : new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    const dimensions = shape.map((size) => integerField(1, size));
    const tensor = [...dimensions, integerField(2, elementTypes[type]), field(8, name), field(9, bytes)];
    this.#constants.push(field(5, tensor));
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
    const results = Array.from({ length: count }, () => this.#next());
    this.#nodes.push({ operator, inputs, results, attributes });
    return results;
  }

  /** Gives a value out under a name. */
  output(name: string, value: Value, type: ElementType, rank: number): void {
    this.#given.set(value, name);
    this.#outputs.push(field(12, valueInfo(name, type, rank)));
  }

  /** The model, as onnxruntime reads it. */
  bytes(): Uint8Array {
    const nodes = this.#nodes.map((node) => field(1, this.#message(node)));
    const graph = [...nodes, field(2, "selmix"), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return Buffer.concat([integerField(1, IR_VERSION), field(7, graph), field(8, integerField(2, OPSET))]);
  }

  /** NodeProto. */
  #message({ operator, inputs, results, attributes }: Node): Uint8Array[] {
    const nameOf = (value: Value) => this.#given.get(value) ?? value;
    return [
      ...inputs.map((value) => field(1, nameOf(value))),
      ...results.map((value) => field(2, nameOf(value))),
      field(4, operator),
      ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value))),
    ];
  }

  #next(): Value {
    return `v${this.#made++}`;
  }
}

/** ValueInfoProto with dimensions that are left open. */
function valueInfo(name: string, type: ElementType, rank: number): Uint8Array[] {
  const dimensions = Array.from({ length: rank }, (_unused, at) => field(1, field(2, `${name}${at}`)));
  return [field(1, name), field(2, field(1, [integerField(1, elementTypes[type]), field(2, dimensions)]))];
}

/** AttributeProto: its type is 2 for an integer, 1 for a float, 7 for integers. */
function attribute(name: string, value: Attribute): Uint8Array[] {
  const named = field(1, name);
  if (typeof value === "number") return [named, integerField(3, value), integerField(20, 2)];
  if ("float" in value) return [named, floatField(2, value.float), integerField(20, 1)];
  return [named, ...value.map((one) => integerField(8, one)), integerField(20, 7)];
}
