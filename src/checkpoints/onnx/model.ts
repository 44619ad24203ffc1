/** What of an ONNX model matters here: its nodes, its outputs, and where the numbers of its tensors lie (onnx.proto, IR 3 to 13). */
import { readLong } from "../../files/ranges.ts";
import type { TensorType } from "../checkpoint.ts";
import type { Field, ProtoReader } from "./protobuf.ts";

/** Bytes of a tensor inside the model file, or outside of it. */
export type Data =
  | { readonly kind: "inside"; readonly offset: number; readonly bytes: number }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly bytes: number | null;
    }
  | ScatteredFloats
  /** Kept in a way that cannot be changed in place, such as half floats as varints. */
  | { readonly kind: "other"; readonly numbers: readonly NumberField[] };

/** Floats of a file that lie apart. */
export interface ScatteredFloats {
  readonly kind: "floats";
  /** Where each number lies. */
  readonly at: readonly number[];
  /** Where each lies once more, with its sign turned. */
  readonly negated?: readonly number[];
}

/** A list of floats in the file, and what they are. */
export interface FloatList {
  readonly at: number[];
  readonly values: number[];
}

/** A LinearClassifier as it lies in the file. */
export interface ClassifierNode {
  readonly input: string;
  readonly coefficients: FloatList;
  readonly intercepts: FloatList;
}

/** A field of a tensor that holds numbers of it. */
export interface NumberField {
  readonly number: number;
  readonly field: Field;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly data: Data;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Numbers among its attributes. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly axes: readonly number[] | null;
}

/** The text of one external location, with the length-delimited fields around it, outermost first. */
export interface LocationText {
  readonly location: string;
  readonly around: readonly Field[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly outputs: readonly string[];
  readonly tensors: readonly OnnxTensor[];
  readonly classifiers: readonly ClassifierNode[];
  readonly locations: readonly LocationText[];
  /** Whether all is there that a finished model has. */
  readonly whole: boolean;
}

const types = new Map<number, TensorType>([
  [1, "F32"],
  [2, "U8"],
  [3, "I8"],
  [4, "U16"],
  [5, "I16"],
  [6, "I32"],
  [7, "I64"],
  [9, "BOOL"],
  [10, "F16"],
  [11, "F64"],
  [12, "U32"],
  [13, "U64"],
  [16, "BF16"],
  [17, "F8_E4M3"],
  [19, "F8_E5M2"],
]);

const deepestGraphs = 8;

/** Reads the structure of a model. Throws `FileError` when the bytes are no protocol buffer. */
export async function readModel(reader: ProtoReader): Promise<OnnxModel> {
  const parts = new ModelParts(reader);
  let graphs = 0;
  const imported = new Set<string>();
  for await (const field of reader.fields(0, reader.source.size)) {
    if (field.number === 7 && field.wire === 2) {
      graphs += 1;
      await parts.graph(field, [field]);
    } else if (field.number === 8 && field.wire === 2) imported.add(await parts.domainOf(field));
  }
  const known = [...parts.domains].every((domain) => imported.has(domain));
  return { ...parts, whole: graphs === 1 && imported.size > 0 && known };
}

class ModelParts {
  readonly nodes: OnnxNode[] = [];
  readonly outputs: string[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly classifiers: ClassifierNode[] = [];
  /** Those of the operators of the main graph; "" is ONNX's own, by whatever name. */
  readonly domains = new Set<string>();
  readonly locations: LocationText[] = [];
  readonly #reader: ProtoReader;

  constructor(reader: ProtoReader) {
    this.#reader = reader;
  }

  /** The domain of an OperatorSetIdProto. */
  async domainOf(opset: Field): Promise<string> {
    for await (const field of this.#reader.fields(opset.start, opset.start + opset.length))
      if (field.number === 1 && field.wire === 2) return domainName(await this.#reader.text(field));
    return "";
  }

  /** GraphProto. Of graphs inside nodes only the external locations count. */
  async graph(graph: Field, around: readonly Field[]): Promise<void> {
    const isMain = around.length === 1;
    for await (const field of this.#reader.fields(graph.start, graph.start + graph.length)) {
      const inside = [...around, field];
      if (field.wire !== 2) continue;
      if (field.number === 1) await this.#node(field, inside, isMain);
      else if (field.number === 5) await this.#tensor(field, inside, isMain ? "" : null);
      else if (field.number === 12 && isMain) this.outputs.push(await this.#nameOf(field));
    }
  }

  /** NodeProto. */
  async #node(node: Field, around: readonly Field[], isMain: boolean): Promise<void> {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: Field[] = [];
    let operator = "";
    let domain = "";
    for await (const field of this.#reader.fields(node.start, node.start + node.length)) {
      if (field.number === 1) inputs.push(await this.#reader.text(field));
      else if (field.number === 2) outputs.push(await this.#reader.text(field));
      else if (field.number === 4) operator = await this.#reader.text(field);
      else if (field.number === 5 && field.wire === 2) attributes.push(field);
      else if (field.number === 7 && field.wire === 2) domain = domainName(await this.#reader.text(field));
    }
    if (isMain) this.domains.add(domain);
    const numbers = new Map<string, number>();
    let axes: readonly number[] | null = null;
    const lists = isMain && operator === "LinearClassifier" ? new Map<string, FloatList>() : null;
    const constant = isMain && operator === "Constant" ? (outputs[0] ?? null) : null;
    for (const attribute of attributes) {
      axes = (await this.#attribute(attribute, [...around, attribute], numbers, constant)) ?? axes;
      if (lists) await this.#floats(attribute, lists);
    }
    const [coefficients, intercepts] = [lists?.get("coefficients"), lists?.get("intercepts")];
    if (coefficients && intercepts)
      this.classifiers.push({ input: inputs[0] ?? "", coefficients, intercepts });
    if (isMain) this.nodes.push({ operator, inputs, outputs, numbers, axes });
  }

  /** AttributeProto. Returns its integers, when it has a list of them. */
  async #attribute(
    attribute: Field,
    around: readonly Field[],
    numbers: Map<string, number>,
    constant: string | null,
  ): Promise<readonly number[] | null> {
    let name = "";
    const integers: number[] = [];
    for await (const field of this.#reader.fields(attribute.start, attribute.start + attribute.length)) {
      const inside = [...around, field];
      if (field.number === 1) name = await this.#reader.text(field);
      else if (field.number === 2) numbers.set(name, await this.#reader.float(field));
      else if (field.number === 3 && field.wire === 0) numbers.set(name, field.value);
      else if (field.number === 5 && field.wire === 2) await this.#tensor(field, inside, constant);
      else if (field.number === 10 && field.wire === 2) await this.#tensor(field, inside, null);
      else if (field.number === 8)
        for (const value of await this.#reader.integers(field)) integers.push(value);
      else if (
        (field.number === 6 || field.number === 11) &&
        field.wire === 2 &&
        around.length < deepestGraphs * 3
      )
        await this.graph(field, inside);
    }
    return integers.length > 0 ? integers : null;
  }

  /** The list of floats of an AttributeProto: one by one, or packed. */
  async #floats(attribute: Field, into: Map<string, FloatList>): Promise<void> {
    const list: FloatList = { at: [], values: [] };
    let name = "";
    for await (const field of this.#reader.fields(attribute.start, attribute.start + attribute.length)) {
      if (field.number === 1) name = await this.#reader.text(field);
      if (field.number !== 7) continue;
      if (field.wire === 5) {
        list.at.push(field.start);
        list.values.push(await this.#reader.float(field));
      } else if (field.wire === 2) {
        const bytes = await readLong(this.#reader.source, field.start, field.length);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        for (let at = 0; at + 4 <= bytes.length; at += 4) {
          list.at.push(field.start + at);
          list.values.push(view.getFloat32(at, true));
        }
      }
    }
    if (list.at.length > 0) into.set(name, list);
  }

  /** TensorProto. `known` is its name where the tensor has none of its own, or null when only its location counts. */
  async #tensor(tensor: Field, around: readonly Field[], known: string | null): Promise<void> {
    const shape: number[] = [];
    const external = new Map<string, string>();
    const places: NumberField[] = [];
    let name = "";
    let type: TensorType = "OTHER";
    for await (const field of this.#reader.fields(tensor.start, tensor.start + tensor.length)) {
      if (field.number === 1) shape.push(...(await this.#reader.integers(field)));
      else if (field.number === 2 && field.wire === 0) type = types.get(field.value) ?? "OTHER";
      else if (field.number === 8) name = await this.#reader.text(field);
      else if (field.number === 13 && field.wire === 2)
        await this.#entry(field, [...around, field], external);
      else if ([4, 5, 6, 7, 9, 10, 11].includes(field.number)) places.push({ number: field.number, field });
    }
    if (known === null || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
    this.tensors.push({ name: known || name, shape, type, data: dataOf(type, places, external) });
  }

  /** StringStringEntryProto of external_data. */
  async #entry(entry: Field, around: readonly Field[], into: Map<string, string>): Promise<void> {
    let key = "";
    let value = "";
    let place: Field | null = null;
    for await (const field of this.#reader.fields(entry.start, entry.start + entry.length)) {
      if (field.number === 1) key = await this.#reader.text(field);
      else if (field.number === 2) {
        value = await this.#reader.text(field);
        place = field;
      }
    }
    into.set(key, value);
    if (key === "location" && place) this.locations.push({ location: value, around: [...around, place] });
  }

  /** The name of a ValueInfoProto. */
  async #nameOf(info: Field): Promise<string> {
    for await (const field of this.#reader.fields(info.start, info.start + info.length)) {
      if (field.number === 1) return this.#reader.text(field);
    }
    return "";
  }
}

const domainName = (name: string) => (name === "ai.onnx" ? "" : name);

function dataOf(
  type: TensorType,
  places: readonly NumberField[],
  external: ReadonlyMap<string, string>,
): Data {
  const location = external.get("location");
  if (location !== undefined) {
    const length = external.get("length");
    return {
      kind: "external",
      location,
      offset: Number(external.get("offset") ?? 0),
      bytes: length === undefined ? null : Number(length),
    };
  }
  const [only, ...more] = places;
  const isPlain =
    only?.number === 9 || (only?.number === 4 && type === "F32") || (only?.number === 10 && type === "F64");
  if (!only || more.length > 0 || !isPlain || only.field.wire !== 2)
    return { kind: "other", numbers: places };
  return { kind: "inside", offset: only.field.start, bytes: only.field.length };
}
