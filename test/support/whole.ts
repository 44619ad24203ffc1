/** All numbers of a matrix that keeps them all, as those of small problems do. */
import { asMatrix, type Counts, isMatrix } from "../../src/selmix/confusion/matrix.ts";

export function whole(counts: Counts): Float64Array {
  const { layout, values } = isMatrix(counts) ? counts : asMatrix(counts, 1, counts.length);
  if (layout.kept !== null) throw new Error("some cells are left out");
  return Float64Array.from(values);
}
