/** What all formats do with a tensor's numbers. */
import { elementCount, encodeFloats, type FloatType } from "../files/numbers.ts";
import { type ByteSource, pieces } from "../files/ranges.ts";
import { CheckpointError, type TensorReplacement, type TensorType } from "./checkpoint.ts";

const types = new Set<string>([
  ...["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "BOOL"],
  ...["I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"],
]);

/** A stored type's name as `inspect` lists it. */
export function listedType(type: string): TensorType {
  return types.has(type) ? (type as TensorType) : "OTHER";
}

/** The bytes of a source whose elements are `width` bytes each, as little-endian ones. */
export async function* littleEndianPieces(
  source: ByteSource,
  width: number,
  littleEndian: boolean,
): AsyncGenerator<Uint8Array> {
  // Pieces are of whole elements: their length is a multiple of eight.
  for await (const piece of pieces(source)) yield inLittleEndian(piece, width, littleEndian);
}

/** Whole elements of `width` bytes as little-endian ones; given so, the same array. */
export function inLittleEndian(bytes: Uint8Array, width: number, littleEndian: boolean): Uint8Array {
  if (littleEndian || width === 1) return bytes;
  const copy = Buffer.from(bytes);
  if (width === 2) return copy.swap16();
  return width === 4 ? copy.swap32() : copy.swap64();
}

/**
 * Bytes of a replacement at the stored precision. Throws `CheckpointError` when the number of values is not the tensor's
 * or when one of them is not finite at that precision.
 */
export function encodeTensor(
  path: string,
  tensor: { readonly name: string; readonly shape: readonly number[]; readonly type: FloatType },
  replacement: TensorReplacement,
  littleEndian = true,
): Uint8Array {
  const count = elementCount(tensor.shape);
  if (replacement.values.length !== count) {
    throw new CheckpointError(
      `${path} keeps ${count} numbers in ${tensor.name}, and ${replacement.values.length} were to be written there.`,
    );
  }
  try {
    return encodeFloats(tensor.type, replacement.values, littleEndian);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointError(
      `${path} cannot take the tuned ${tensor.name}: ${error.message}; tune with a lower learning rate.`,
    );
  }
}
