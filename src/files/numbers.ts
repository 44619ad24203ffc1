/** Numbers as files store them, decoded to what the method computes with and encoded back at the stored precision. */
import { halfTable, toBfloat, toHalf } from "./float16.ts";

export type FloatType = "F16" | "BF16" | "F32" | "F64";
export type IntegerType = "I8" | "I16" | "I32" | "I64" | "U8" | "U16" | "U32" | "U64";

const widths = new Map<string, number>([
  ...["F64", "I64", "U64"].map((type): [string, number] => [type, 8]),
  ...["F32", "I32", "U32"].map((type): [string, number] => [type, 4]),
  ...["F16", "BF16", "I16", "U16"].map((type): [string, number] => [type, 2]),
  ...["F8_E4M3", "F8_E5M2", "I8", "U8", "BOOL"].map((type): [string, number] => [type, 1]),
]);

/** Number of elements; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Bytes of one element, or null for a type that is not known. */
export function bytesPerElement(type: string): number | null {
  return widths.get(type) ?? null;
}

export function isFloatType(type: string): type is FloatType {
  return type === "F16" || type === "BF16" || type === "F32" || type === "F64";
}

export function isIntegerType(type: string): type is IntegerType {
  return /^[IU](8|16|32|64)$/.test(type);
}

/** Decodes `count` floats from the start of `bytes` into `target` from element `at`. The bytes need no alignment. */
export function decodeFloats(
  type: FloatType,
  bytes: Uint8Array,
  count: number,
  target: Float32Array,
  at: number,
  littleEndian = true,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "F64") {
    for (let i = 0; i < count; i += 1) target[at + i] = view.getFloat64(i * 8, littleEndian);
  } else if (type === "F32" && littleEndian) {
    new Uint8Array(target.buffer, target.byteOffset + at * 4, count * 4).set(bytes.subarray(0, count * 4));
  } else if (type === "F32") {
    for (let i = 0; i < count; i += 1) target[at + i] = view.getFloat32(i * 4);
  } else {
    decodeShort(type, bytes, count, target, at, littleEndian);
  }
}

function decodeShort(
  type: "F16" | "BF16",
  bytes: Uint8Array,
  count: number,
  target: Float32Array,
  at: number,
  littleEndian: boolean,
): void {
  let aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  if (!littleEndian) aligned = Buffer.from(aligned.subarray(0, count * 2)).swap16();
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  if (type === "F16") {
    const table = halfTable();
    for (let i = 0; i < count; i += 1) target[at + i] = table[halves[i] ?? 0] ?? 0;
    return;
  }
  const bits = new Uint32Array(target.buffer, target.byteOffset + at * 4, count);
  for (let i = 0; i < count; i += 1) bits[i] = (halves[i] ?? 0) << 16;
}

/**
 * Encodes float32 values at the stored precision (round to nearest, ties to even).
 * Throws `RangeError` with the first value that is not finite there, so that nothing is saved that was not computed.
 */
export function encodeFloats(type: FloatType, values: Float32Array, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(values.length * (bytesPerElement(type) ?? 0));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (!Number.isFinite(value)) throw new RangeError(`element ${i} is ${value}`);
    if (type === "F64") view.setFloat64(i * 8, value, littleEndian);
    else if (type === "F32") view.setFloat32(i * 4, value, littleEndian);
    else {
      const bits = type === "F16" ? toHalf(value) : toBfloat(value);
      const infinite = type === "F16" ? 0x7c00 : 0x7f80;
      if ((bits & 0x7fff) >= infinite)
        throw new RangeError(`element ${i} is ${value}, too large for ${type}`);
      view.setUint16(i * 2, bits, littleEndian);
    }
  }
  return bytes;
}

/** Decodes `count` integers; throws `RangeError` for one that int32 cannot hold. */
export function decodeIntegers(
  type: IntegerType,
  bytes: Uint8Array,
  count: number,
  littleEndian = true,
): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [low, high] = littleEndian ? [0, 4] : [4, 0];
  const readers: Record<IntegerType, (i: number) => number> = {
    I8: (i) => view.getInt8(i),
    U8: (i) => view.getUint8(i),
    I16: (i) => view.getInt16(i * 2, littleEndian),
    U16: (i) => view.getUint16(i * 2, littleEndian),
    I32: (i) => view.getInt32(i * 4, littleEndian),
    U32: (i) => view.getUint32(i * 4, littleEndian),
    I64: (i) =>
      view.getInt32(i * 8 + high, littleEndian) * 2 ** 32 + view.getUint32(i * 8 + low, littleEndian),
    U64: (i) =>
      view.getUint32(i * 8 + high, littleEndian) * 2 ** 32 + view.getUint32(i * 8 + low, littleEndian),
  };
  const readOne = readers[type];
  const values = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    const value = readOne(i);
    values[i] = value;
    if (values[i] !== value) throw new RangeError(`element ${i} is ${value}`);
  }
  return values;
}
