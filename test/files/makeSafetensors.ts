/** safetensors files for tests. */
import { encodeFloats, isFloatType } from "../../src/files/numbers.ts";

export interface TensorToWrite {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Writes tensors in their order; a header and data of one's own go instead of theirs when given. */
export function makeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  header?: string,
  data?: Uint8Array,
): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    const bytes = encode(dtype, values);
    parts.push(bytes);
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = Buffer.from(header ?? JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...(data ? [data] : parts)]);
}

function encode(dtype: string, values: readonly number[]): Uint8Array {
  if (isFloatType(dtype)) return encodeFloats(dtype, Float32Array.from(values));
  if (dtype === "I64") return new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  if (dtype === "I32") return new Uint8Array(Int32Array.from(values).buffer);
  if (dtype === "I16") return new Uint8Array(Int16Array.from(values).buffer);
  return Uint8Array.from(values);
}
