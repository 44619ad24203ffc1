/**
 * LinearClassifier (ai.onnx.ml), as skl2onnx writes scikit-learn's linear models: its numbers are attributes of the operator, lists of
 * floats that lie one by one between their tags. They are read as tensors of their own: `coefficients` [K,d] and `intercepts` [K]. Of two classes
 * the first row is often the second with its signs turned, and both stand for one output z: then they are [1,d] and [1], and both rows are written.
 */
import { type ByteSource, readLong } from "../../files/ranges.ts";
import type { LinearLayer } from "../checkpoint.ts";
import type { ClassifierNode, FloatList, OnnxTensor, ScatteredFloats } from "./model.ts";

/** What of it is a layer; null for an operator without intercepts, or whose numbers do not fit together. */
export function classifierLayer(
  { input, coefficients, intercepts }: ClassifierNode,
  place: number,
): { readonly tensors: readonly OnnxTensor[]; readonly layer: LinearLayer } | null {
  const rows = intercepts.at.length;
  const size = coefficients.at.length / rows;
  if (!Number.isInteger(size) || size < 1) return null;
  const mirrored = rows === 2 && [coefficients, intercepts].every(isMirrored);
  const prefix = `LinearClassifier${place === 0 ? "" : `_${place}`}`;
  const tensor = (name: string, { at }: FloatList, shape: readonly number[]): OnnxTensor => {
    const half = at.length / 2;
    const data: ScatteredFloats = mirrored
      ? { kind: "floats", at: at.slice(half), negated: at.slice(0, half) }
      : { kind: "floats", at };
    return { name: `${prefix}.${name}`, shape, type: "F32", data };
  };
  const outputs = mirrored ? 1 : rows;
  const tensors = [
    tensor("coefficients", coefficients, [outputs, size]),
    tensor("intercepts", intercepts, [outputs]),
  ];
  const names = { weight: `${prefix}.coefficients`, bias: `${prefix}.intercepts` };
  return { tensors, layer: { ...names, layout: "rows", isOutput: true, input } };
}

function isMirrored({ values }: FloatList): boolean {
  const half = values.length / 2;
  return values.every((value, i) => i >= half || value === -(values[half + i] ?? Number.NaN));
}

/** The bytes from the first to the last of some places. */
async function stretchOf(source: ByteSource, at: readonly number[]) {
  const [first, last] = at.reduce(
    ([least, most], place) => [Math.min(least, place), Math.max(most, place)],
    [Number.POSITIVE_INFINITY, 0],
  );
  const bytes = await readLong(source, first, last + 4 - first);
  return { first, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Reads them. */
export async function readScattered(source: ByteSource, { at }: ScatteredFloats): Promise<Float32Array> {
  const { first, view } = await stretchOf(source, at);
  return Float32Array.from(at, (place) => view.getFloat32(place - first, true));
}

/** What writing other numbers to their places changes in the file. */
export async function patchScattered(
  source: ByteSource,
  { at, negated = [] }: ScatteredFloats,
  values: Float32Array,
): Promise<{ readonly offset: number; readonly bytes: Uint8Array }> {
  const { first, bytes, view } = await stretchOf(source, [...at, ...negated]);
  for (const [i, place] of at.entries()) view.setFloat32(place - first, values[i] ?? 0, true);
  for (const [i, place] of negated.entries()) view.setFloat32(place - first, -(values[i] ?? 0), true);
  return { offset: first, bytes };
}
