/** A head under logit adjustment: b - tau log prior (Menon et al., ICLR 2021; docs/method.md, eq. (35)). */
import type { Head } from "../problem.ts";

/** Values of tau tried, 0 being the checkpoint itself. */
export const TAUS = Array.from({ length: 31 }, (_unused, index) => index / 10);

/** -tau log(prior), centred, [K]: what the adjustment adds to the logits. */
export function biasShift(trainCounts: ArrayLike<number>, tau: number): Float32Array {
  const logs = Float64Array.from(trainCounts, (count) => Math.log(Math.max(count, 0.5)));
  const middle = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Float32Array.from(logs, (log) => -tau * (log - middle));
}

/** The head with the shifted bias; a head without a bias cannot be adjusted and is returned as it is. */
export function adjustedHead(head: Head, trainCounts: ArrayLike<number>, tau: number): Head {
  if (head.bias === null || tau === 0) return head;
  const shift = biasShift(trainCounts, tau);
  return { ...head, bias: head.bias.map((value, k) => value + shift[k]) };
}
