/** M = (Z Z' + 1) A as logits of the prototypes Z under a head that A makes: no B x B products are needed (docs/method.md, eq. (18)). */
import type { Matrix } from "../confusion/matrix.ts";
import type { Head } from "../problem.ts";

/**
 * The head of weight beta A' Z [K,d], and of bias beta (column sums of A) [K] where the step moves a bias: its logits of Z are beta M [B,K].
 * @param prototypes Z [B,d]
 * @param derivative A [B,K]
 */
export function momentHead(
  prototypes: Float32Array,
  { layout, values }: Matrix,
  { size, classes, bias }: Head,
  beta: number,
): Head {
  const weight = new Float32Array(classes * size);
  const sums = new Float32Array(classes);
  for (let b = 0; b < layout.rows; b++) {
    const [start, end] = [layout.start(b), layout.start(b + 1)];
    for (let place = start; place < end; place++) {
      const label = layout.column(place, start);
      const amount = beta * values[place];
      sums[label] += amount;
      const [to, from] = [label * size, b * size];
      for (let i = 0; i < size; i++) weight[to + i] += amount * prototypes[from + i];
    }
  }
  return { weight, bias: bias === null ? null : sums, classes, size };
}
