/** Rows whose features lie far outside the others': one of them can be a broken sample that nobody has looked at. */
import { outliersText } from "../../words/tables.ts";
import type { NamedSet } from "./overlaps.ts";

/** A row lies outside where its norm exceeds that of the middle row by so much. */
const FAR = 20;
/** Of larger tables so many numbers are read, in rows spread evenly. */
const MOST_NUMBERS = 2 ** 24;

/** A sentence for each set that has such rows. */
export function outliersOf(sets: readonly NamedSet[]): string[] {
  return sets.flatMap(({ name, set: { rows } }) => {
    const stride = Math.ceil(rows.count / Math.max(1, Math.floor(MOST_NUMBERS / rows.size)));
    const norms = new Float64Array(Math.ceil(rows.count / stride));
    const row = new Float32Array(rows.size);
    for (let at = 0; at < norms.length; at++) {
      rows.read(at * stride, 1, row, 0);
      let squares = 0;
      for (let i = 0; i < row.length; i++) {
        const value = row[i] ?? 0;
        squares += value * value;
      }
      norms[at] = Math.sqrt(squares);
    }
    const middle = norms.toSorted()[norms.length >> 1] ?? 0;
    const outside = [...norms.keys()].filter((at) => norms[at] > FAR * middle && middle > 0);
    if (outside.length === 0) return [];
    const largest = outside.reduce((most, at) => Math.max(most, norms[at]), 0);
    return [outliersText({ name, rows: outside.map((at) => at * stride), largest, middle })];
  });
}
