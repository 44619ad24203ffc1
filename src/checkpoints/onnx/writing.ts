/** Messages of ONNX (onnx.proto) as bytes: what a model of ours is made of. */
import { field, floatField, integerField } from "../../files/protobuf.ts";

/** The types of values in our models, by their numbers in TensorProto.DataType. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

export type Attribute = number | { readonly float: number } | readonly number[];

/** A NodeProto. Inputs and outputs are names of values. */
export interface NodeFields {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export function nodeMessage({ operator, inputs, outputs, attributes }: NodeFields): Uint8Array[] {
  return [
    ...inputs.map((value) => field(1, value)),
    ...outputs.map((value) => field(2, value)),
    field(4, operator),
    ...Object.entries(attributes).map(([name, value]) => field(5, attributeMessage(name, value))),
  ];
}

/** AttributeProto: its type is 2 for an integer, 1 for a float, 7 for integers. */
function attributeMessage(name: string, value: Attribute): Uint8Array[] {
  const named = field(1, name);
  if (typeof value === "number") return [named, integerField(3, value), integerField(20, 2)];
  if ("float" in value) return [named, floatField(2, value.float), integerField(20, 1)];
  return [named, ...value.map((one) => integerField(8, one)), integerField(20, 7)];
}

/** TensorProto. @param values floats, or integers of 64 bits where `type` says so. @param shape [] for a scalar */
export function tensorMessage(
  name: string,
  type: "float32" | "int64",
  values: readonly number[],
  shape: readonly number[],
): Uint8Array[] {
  const bytes =
    type === "float32"
      ? new Uint8Array(Float32Array.from(values).buffer)
      : new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  const sizes = shape.map((size) => integerField(1, size));
  return [...sizes, integerField(2, elementTypes[type]), field(8, name), field(9, bytes)];
}

/** ValueInfoProto. @param sizes a number, or a name where any size will do */
export function valueMessage(
  name: string,
  type: ElementType,
  sizes: readonly (number | string)[],
): Uint8Array[] {
  const dimensions = sizes.map((size) =>
    field(1, typeof size === "string" ? [field(2, size)] : [integerField(1, size)]),
  );
  return [field(1, name), field(2, [field(1, [integerField(1, elementTypes[type]), field(2, dimensions)])])];
}
