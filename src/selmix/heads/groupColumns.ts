/** Groups as columns beside the features, a one-hot each: offsets per group are then weights like any other. */
import { type FeatureRows, type Head, rowsInMemory } from "../problem.ts";

/** Rows [N, d + G]; none of the columns is set where the group is not known. */
export function withOneHot(rows: FeatureRows, groups: Int32Array | null, count: number): FeatureRows {
  const size = rows.size + count;
  const read = (start: number, length: number, target: Float32Array, at: number) => {
    for (let row = 0; row < length; row++) {
      const to = at + row * size;
      rows.read(start + row, 1, target, to);
      target.fill(0, to + rows.size, to + size);
      const group = groups?.[start + row];
      if (group !== undefined) target[to + rows.size + group] = 1;
    }
  };
  if (!rows.values) return { count: rows.count, size, read };
  const values = new Float32Array(rows.count * size);
  read(0, rows.count, values, 0);
  return rowsInMemory(values, size);
}

/** The head with columns for the groups: their offsets [G][K], or zeros. */
export function widenedHead(head: Head, count: number, offsets?: readonly (readonly number[])[]): Head {
  const { classes, size } = head;
  const weight = new Float32Array(classes * (size + count));
  for (let k = 0; k < classes; k++) {
    const to = k * (size + count);
    weight.set(head.weight.subarray(k * size, (k + 1) * size), to);
    offsets?.forEach((ofGroup, g) => {
      weight[to + size + g] = ofGroup[k];
    });
  }
  return { ...head, size: size + count, weight };
}

/**
 * The head without its group columns, which follow `size` others, and these as offsets [G,K] (docs/method.md, eq. (54)). What all groups have in common is left
 * to the bias, so that the head alone is right on average over rows with these shares of the groups, [G].
 */
export function headAndOffsets(
  head: Head,
  size: number,
  shares: ArrayLike<number>,
): { readonly plain: Head; readonly offsets: Float32Array } {
  const { classes, bias } = head;
  const count = shares.length;
  const weight = new Float32Array(classes * size);
  const offsets = new Float32Array(count * classes);
  const common = new Float64Array(classes);
  for (let k = 0; k < classes; k++) {
    const row = head.weight.subarray(k * head.size, (k + 1) * head.size);
    weight.set(row.subarray(0, size), k * size);
    if (bias !== null) for (let g = 0; g < count; g++) common[k] += shares[g] * row[size + g];
    for (let g = 0; g < count; g++) offsets[g * classes + k] = row[size + g] - common[k];
  }
  const moved = bias?.map((value, k) => value + common[k]) ?? null;
  const plain: Head = { classes, size, weight, bias: moved };
  return { plain, offsets };
}
