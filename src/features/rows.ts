/** Rows of features at their stored precision, decoded when read or once for all. */
import { halfTable } from "../files/float16.ts";
import { bytesPerElement, decodeFloats, type FloatType } from "../files/numbers.ts";
import type { ByteSource } from "../files/ranges.ts";
import { type FeatureRows, type Halves, rowsInMemory } from "../selmix/problem.ts";
import { FeatureTableError } from "./table.ts";

/** A [count, size] array of floats where it lies. */
export interface StoredRows {
  readonly type: FloatType;
  readonly shape: readonly [count: number, size: number];
  readonly littleEndian: boolean;
  /** Column-major order. */
  readonly fortran: boolean;
  readonly source: ByteSource;
}

const pieceBytes = 1024 * 1024;

/**
 * Rows read from the array by ranges whenever they are asked for, with one small buffer at most and no cache: the operating
 * system keeps the pages. Each row is checked for NaN and infinity the first time. `read` throws `FeatureTableError` and
 * `FileError`.
 */
export function rangedRows(file: string, array: StoredRows): FeatureRows {
  const [count, size] = array.shape;
  const rowBytes = size * (bytesPerElement(array.type) ?? 0);
  const rowsAtOnce = Math.max(1, Math.floor(pieceBytes / rowBytes));
  const asStored = array.type === "F32" && array.littleEndian;
  const buffer = new Uint8Array(asStored ? 0 : Math.min(count, rowsAtOnce) * rowBytes);
  const checked = new Uint8Array(count);
  const halves: Halves = {
    linear: null,
    read(start, wanted, target, at) {
      array.source.readSync(start * rowBytes, bytesOf(target, at, wanted * size));
      for (let row = 0; row < wanted; row += 1) {
        const index = start + row;
        if (checked[index] === 1) continue;
        requireFiniteHalves(file, target, at + row * size, size, index);
        checked[index] = 1;
      }
    },
  };
  return {
    count,
    size,
    ...(array.type === "F16" && array.littleEndian && { halves }),
    read(start, wanted, target, at) {
      for (let done = 0; done < wanted; done += rowsAtOnce) {
        const rows = Math.min(rowsAtOnce, wanted - done);
        const place = at + done * size;
        const bytes = asStored ? bytesOf(target, place, rows * size) : buffer.subarray(0, rows * rowBytes);
        array.source.readSync((start + done) * rowBytes, bytes);
        if (!asStored) decodeFloats(array.type, bytes, rows * size, target, place, array.littleEndian);
        for (let row = 0; row < rows; row += 1) {
          const index = start + done + row;
          if (checked[index] === 1) continue;
          requireFinite(file, target, place + row * size, size, index);
          checked[index] = 1;
        }
      }
    },
  };
}

function bytesOf(values: Float32Array | Uint16Array, from: number, count: number): Uint8Array {
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + from * width, count * width);
}

/** The same rows, decoded to float32 now. Throws `FeatureTableError` for NaN and infinity. */
export function decodedRows(file: string, array: StoredRows): FeatureRows {
  const [count, size] = array.shape;
  const values = new Float32Array(count * size);
  if (!array.fortran) {
    rangedRows(file, array).read(0, count, values, 0);
    return rowsInMemory(values, size);
  }
  const columns = rangedRows(file, { ...array, shape: [size, count] });
  const column = new Float32Array(count);
  for (let i = 0; i < size; i += 1) {
    columns.read(i, 1, column, 0);
    for (let row = 0; row < count; row += 1) values[row * size + i] = column[row] ?? 0;
  }
  return rowsInMemory(values, size);
}

/** A sum of zeros is zero unless one of them came from NaN or infinity: one pass without a branch. */
function requireFinite(file: string, values: Float32Array, from: number, size: number, index: number): void {
  let sum = 0;
  for (let i = from; i < from + size; i += 1) sum += (values[i] ?? 0) * 0;
  if (sum === 0) return;
  const row = values.subarray(from, from + size);
  const at = row.findIndex((value) => !Number.isFinite(value));
  throw notFinite(file, row[at] ?? Number.NaN, index, at);
}

/** NaN and infinity are the float16 numbers whose exponent bits are all set. */
function requireFiniteHalves(
  file: string,
  bits: Uint16Array,
  from: number,
  size: number,
  index: number,
): void {
  const exponent = 0x7c00;
  let sums = 0;
  // Only an exponent whose bits are all set carries into the sign's place.
  for (let i = from; i < from + size; i += 1) sums |= ((bits[i] ?? 0) & exponent) + 0x400;
  if ((sums & 0x8000) === 0) return;
  const at = bits.subarray(from, from + size).findIndex((half) => (half & exponent) === exponent);
  throw notFinite(file, halfTable()[bits[from + at] ?? 0] ?? Number.NaN, index, at);
}

function notFinite(file: string, value: number, row: number, column: number): FeatureTableError {
  return new FeatureTableError(
    `${file} holds ${value} in its features at [${row}, ${column}]; export features without NaN and infinity.`,
  );
}
