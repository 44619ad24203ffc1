/** Student's t distribution (Gosset, 1908). */
import { betaQuantile } from "./beta.ts";

/** The value that a t of `freedom` degrees, which need not be whole, exceeds with this probability; below one half. */
export function studentPoint(freedom: number, probability: number): number {
  const share = betaQuantile(freedom / 2, 0.5, 2 * probability);
  return Math.sqrt((freedom * (1 - share)) / share);
}
