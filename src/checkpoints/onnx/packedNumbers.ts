/** Numbers that a TensorProto keeps as numbers of the protocol instead of bytes (onnx.proto: float_data, int32_data and so on). */
import { bytesPerElement } from "../../files/numbers.ts";
import { pieces, sliceOf } from "../../files/ranges.ts";
import type { TensorType } from "../checkpoint.ts";
import type { NumberField } from "./model.ts";
import type { ProtoReader } from "./protobuf.ts";

/** Fields whose numbers have a fixed width, little-endian, one after the other: float_data, raw_data, double_data. */
const fixed = new Set([4, 9, 10]);

const atOnce = 8192;

/**
 * The elements as little-endian bytes, piece by piece; none for texts. Halves lie in int32_data as their bits, small integers as
 * themselves: the low bytes of each number are the element.
 */
export async function* packedNumbers(
  reader: ProtoReader,
  type: TensorType,
  numbers: readonly NumberField[],
): AsyncGenerator<Uint8Array> {
  const width = bytesPerElement(type) ?? 8;
  for (const { number, field } of numbers) {
    if (number === 6) continue;
    if (fixed.has(number)) yield* pieces(sliceOf(reader.source, field.start, field.length));
    else yield* lowBytes(reader.varints(field), width);
  }
}

async function* lowBytes(values: AsyncIterable<bigint>, width: number): AsyncGenerator<Uint8Array> {
  let bytes: number[] = [];
  for await (const value of values) {
    for (let i = 0n; i < width; i += 1n) bytes.push(Number((value >> (8n * i)) & 0xffn));
    if (bytes.length < atOnce) continue;
    yield Uint8Array.from(bytes);
    bytes = [];
  }
  yield Uint8Array.from(bytes);
}
