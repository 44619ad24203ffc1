/**
 * The predicted class of each row as a file of a run: a line of JSON that says how many rows each set has and which they are, then
 * the classes, two bytes each.
 */
import * as z from "zod";

export interface PredictedSet {
  readonly set: "validation" | "test";
  /** SHA-256 of what the rows are: their classes and groups, in their order. */
  readonly rows: string;
  readonly predictions: Int32Array;
}

const setHead = z.object({
  set: z.enum(["validation", "test"]),
  rows: z.string(),
  count: z.int().nonnegative(),
});
const head = z.object({ version: z.literal(1), sets: z.array(setHead) });

/** Bytes of a class: as many as any classifier has. */
const width = 2;
const newline = 0x0a;

/** Nothing where a class is beyond what the file can say. */
export function encodePredictions(sets: readonly PredictedSet[]): Uint8Array {
  const known = sets.filter(({ predictions }) => predictions.every((label) => label >= 0 && label < 2 ** 16));
  const described = known.map(({ set, rows, predictions }) => ({ set, rows, count: predictions.length }));
  const line = Buffer.from(`${JSON.stringify({ version: 1, sets: described })}\n`);
  const parts = known.map(({ predictions }) => {
    const bytes = Buffer.alloc(width * predictions.length);
    predictions.forEach((label, row) => {
      bytes.writeUInt16LE(label, width * row);
    });
    return bytes;
  });
  return Buffer.concat([line, ...parts]);
}

/** The sets that are there whole. */
export function decodePredictions(bytes: Uint8Array): PredictedSet[] {
  const end = bytes.indexOf(newline);
  if (end < 0) return [];
  const { sets } = head.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = end + 1;
  const whole: PredictedSet[] = [];
  for (const { set, rows, count } of sets) {
    if (at + width * count > bytes.length) break;
    const from = at;
    const predictions = Int32Array.from({ length: count }, (_, row) =>
      view.getUint16(from + width * row, true),
    );
    whole.push({ set, rows, predictions });
    at += width * count;
  }
  return whole;
}
