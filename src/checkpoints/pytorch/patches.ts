/** Reads and replaces strided views in a file. */
import type { Patch } from "../../files/atomic.ts";
import { decodeFloats, elementCount, type FloatType } from "../../files/numbers.ts";
import { type ByteSource, pieces, readLong, sliceOf } from "../../files/ranges.ts";
import { isContiguous, type Layout, places, spanOf } from "./strided.ts";

/** A floating-point view whose first element is at byte `start` of the file. */
export interface FloatView extends Layout {
  readonly start: number;
  readonly type: FloatType;
  readonly itemBytes: number;
  readonly littleEndian: boolean;
}

const pieceElements = 4 * 1024 * 1024;

/** Reads a view as float32 in row-major order. */
export async function readView(source: ByteSource, view: FloatView): Promise<Float32Array> {
  const span = new Float32Array(spanOf(view));
  for (let at = 0; at < span.length; at += pieceElements) {
    const count = Math.min(pieceElements, span.length - at);
    const bytes = await source.read(view.start + at * view.itemBytes, count * view.itemBytes);
    decodeFloats(view.type, bytes, count, span, at, view.littleEndian);
  }
  if (isContiguous(view)) return span;
  const values = new Float32Array(elementCount(view.shape));
  let index = 0;
  for (const place of places(view)) {
    values[index] = span[place] ?? 0;
    index += 1;
  }
  return values;
}

/** The bytes of a view's elements as they are stored, in row-major order, in pieces of whole elements. */
export async function* viewBytes(
  source: ByteSource,
  view: Pick<FloatView, "start" | "shape" | "stride" | "itemBytes">,
): AsyncGenerator<Uint8Array> {
  const { start, itemBytes } = view;
  const spanned = sliceOf(source, start, spanOf(view) * itemBytes);
  if (isContiguous(view)) {
    yield* pieces(spanned);
    return;
  }
  const span = await readLong(spanned, 0, spanned.size);
  let piece = new Uint8Array(Math.min(elementCount(view.shape), pieceElements) * itemBytes);
  let at = 0;
  for (const place of places(view)) {
    piece.set(span.subarray(place * itemBytes, (place + 1) * itemBytes), at);
    at += itemBytes;
    if (at < piece.length) continue;
    yield piece;
    piece = new Uint8Array(piece.length);
    at = 0;
  }
  yield piece.subarray(0, at);
}

/** New elements for a view, encoded as it is stored, in row-major order. */
export interface ViewReplacement {
  readonly view: FloatView;
  readonly encoded: Uint8Array;
}

/** The bytes that replace views. Views may lie between each other's elements, so touching ones make one patch. */
export async function patchesFor(
  source: ByteSource,
  replacements: readonly ViewReplacement[],
): Promise<Patch[]> {
  const patches: { offset: number; bytes: Uint8Array }[] = [];
  const inOrder = [...replacements].sort((a, b) => a.view.start - b.view.start);
  for (const { view, encoded } of inOrder) {
    const end = view.start + spanOf(view) * view.itemBytes;
    let patch = patches.at(-1);
    if (!patch || view.start >= patch.offset + patch.bytes.length) {
      patch = { offset: view.start, bytes: await readLong(source, view.start, end - view.start) };
      patches.push(patch);
    } else if (end > patch.offset + patch.bytes.length) {
      const known = patch.offset + patch.bytes.length;
      patch.bytes = Buffer.concat([patch.bytes, await readLong(source, known, end - known)]);
    }
    place(encoded, view, patch.bytes, view.start - patch.offset);
  }
  return patches;
}

function place(encoded: Uint8Array, view: FloatView, target: Uint8Array, start: number): void {
  if (isContiguous(view)) {
    target.set(encoded, start);
    return;
  }
  let from = 0;
  for (const element of places(view)) {
    target.set(encoded.subarray(from, from + view.itemBytes), start + element * view.itemBytes);
    from += view.itemBytes;
  }
}
