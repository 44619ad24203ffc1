/** The normal distribution. */
import { gammaAbove } from "./chiSquare.ts";

/** P(X > x) for a standard normal X and x >= 0: half of what a chi-square variable with one degree of freedom has beyond x^2. */
function above(x: number): number {
  return gammaAbove(0.5, (x * x) / 2) / 2;
}

/** The x with P(X > x) = probability for a standard normal X. */
export function normalPoint(probability: number): number {
  if (probability > 0.5) return -normalPoint(1 - probability);
  let [low, high] = [0, 40];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (above(middle) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
