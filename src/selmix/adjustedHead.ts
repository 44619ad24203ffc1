/** A head under logit adjustment: b - tau log prior (Menon et al., ICLR 2021). */
import type { Head } from "./problem.ts";

/** Values of tau tried, 0 being the checkpoint itself. */
export const TAUS = Array.from({ length: 21 }, (_unused, index) => index / 10);

/** The head with b - tau log(prior), centred; a head without a bias cannot be adjusted and is returned as it is. */
export function adjustedHead(head: Head, trainCounts: ArrayLike<number>, tau: number): Head {
  if (head.bias === null || tau === 0) return head;
  const logs = Float64Array.from(trainCounts, (count) => Math.log(Math.max(count, 0.5)));
  const middle = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { ...head, bias: head.bias.map((value, k) => value - tau * (logs[k] - middle)) };
}
