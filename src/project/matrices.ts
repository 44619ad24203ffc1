/**
 * The matrices of a run as bytes, small: G and P of a cycle as float16 beside a power of two that they are scaled by, counts without
 * their zeros. Runs of before have them as float32 and int32, which readRuns.ts still takes.
 */
import { halfTable, toHalf } from "../files/float16.ts";
import { asMatrix, type Counts, isMatrix } from "../selmix/confusion/matrix.ts";

/** Bytes of G and P [cells] of a cycle: two scales, then the halves. */
export function gainBytes(cells: number): number {
  return 8 + 4 * cells;
}

/** G and P of a cycle, each to 11 bits of its numbers; those below 2^-24 of the largest become 0. */
export function encodeGain(gain: ArrayLike<number>, policy: ArrayLike<number>): Uint8Array {
  const cells = gain.length;
  const bytes = new Uint8Array(gainBytes(cells));
  const view = new DataView(bytes.buffer);
  for (const [place, matrix] of [gain, policy].entries()) {
    const scale = scaleOf(matrix);
    view.setFloat32(4 * place, scale, true);
    const start = 8 + 2 * cells * place;
    for (let at = 0; at < cells; at++)
      view.setUint16(start + 2 * at, toHalf((matrix[at] ?? 0) / scale), true);
  }
  return bytes;
}

/** The inverse of `encodeGain`, each matrix in a buffer of its own. */
export function decodeGain(bytes: Uint8Array): {
  gain: Float32Array<ArrayBuffer>;
  policy: Float32Array<ArrayBuffer>;
} {
  const halves = halfTable();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cells = (bytes.length - 8) / 4;
  const matrix = (place: number) => {
    const scale = view.getFloat32(4 * place, true);
    const start = 8 + 2 * cells * place;
    return Float32Array.from(
      { length: cells },
      (_unused, at) => scale * (halves[view.getUint16(start + 2 * at, true)] ?? 0),
    );
  };
  return { gain: matrix(0), policy: matrix(1) };
}

/** The exponents of float32, in which scales are kept. */
const [leastExponent, mostExponent] = [-126, 127];

/** A power of two that the largest number is between 1 and 2 times of. */
function scaleOf(matrix: ArrayLike<number>): number {
  let largest = 0;
  for (let at = 0; at < matrix.length; at++) largest = Math.max(largest, Math.abs(matrix[at] ?? 0));
  if (largest === 0) return 1;
  return 2 ** Math.min(mostExponent, Math.max(leastExponent, Math.floor(Math.log2(largest))));
}

/** Counts [B,K] as how many are not 0, then the place (row-major) and the count of each; little-endian integers of 32 bits. */
export function encodeCounts(counts: Counts): Uint8Array {
  const { layout, values } = isMatrix(counts) ? counts : asMatrix(counts, 1, counts.length);
  const numbers = [0];
  for (let row = 0; row < layout.rows; row++) {
    const [start, end] = [layout.start(row), layout.start(row + 1)];
    for (let at = start; at < end; at++) {
      const count = values[at] ?? 0;
      if (count !== 0) numbers.push(row * layout.columns + layout.column(at, start), count);
    }
  }
  numbers[0] = (numbers.length - 1) / 2;
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  for (const [at, value] of numbers.entries()) view.setInt32(4 * at, value, true);
  return new Uint8Array(view.buffer);
}

/** At most `most` matrices of counts [cells], one behind the other; those before the first that is cut short or says what cannot be. */
export function decodeCounts(bytes: Uint8Array, cells: number, most: number): Int32Array<ArrayBuffer>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const matrices: Int32Array<ArrayBuffer>[] = [];
  for (let at = 0; at + 4 <= bytes.length && matrices.length < most; ) {
    const filled = view.getUint32(at, true);
    const end = at + 4 + 8 * filled;
    if (end > bytes.length) break;
    const counts = new Int32Array(cells);
    for (at += 4; at < end; at += 8) {
      const place = view.getUint32(at, true);
      if (place >= cells) return matrices;
      counts[place] = view.getInt32(at + 4, true);
    }
    matrices.push(counts);
  }
  return matrices;
}
