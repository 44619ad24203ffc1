/** A change on the same rows: what was gained less what was lost. */
import { betaQuantile } from "./beta.ts";
import { difference } from "./comparisons.ts";
import type { Estimate } from "./estimate.ts";

/** What rows gained, or what they lost: a share of all that could be, which other rows neither gained nor lost. */
export interface Part {
  readonly value: number;
  /** The value with half a row more that has it and half a row more that has it not; `variance` is the one there. */
  readonly smooth: number;
  readonly variance: number;
}

/** Rows added to either side of what is counted: 1/2 for Jeffreys' limits, 0 for exact ones. */
const ALMOST_EXACT = 0.4;
const EXACT = 0;

/**
 * A part as a share of as many samples as have its variance, with exact limits (Clopper and Pearson), which are too wide for the
 * difference of two parts, or limits between those and Jeffreys' (Brown, Cai and DasGupta, 2001), which cover 93 % of it at times
 * (docs/method.md, eq. (42)).
 */
function estimateOf({ value, smooth, variance }: Part, added: number): Estimate {
  const centre = Math.min(1, Math.max(0, value));
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, smooth));
  const samples = (inside * (1 - inside)) / variance;
  const [has, hasNot] = [centre * samples, (1 - centre) * samples];
  return {
    value: centre,
    centre,
    variance,
    low: (error) => (has > 0 ? Math.min(centre, betaQuantile(has + added, hasNot + 1 - added, error)) : 0),
    high: (error) =>
      hasNot > 0 ? Math.max(centre, betaQuantile(has + 1 - added, hasNot + added, 1 - error)) : 1,
  };
}

/**
 * The change of a value by `gained` less `lost` (MOVER, Zou, 2007, on the rows that changed: those that did not say nothing of
 * it, so limits of the values before and after would be too wide). `variance` is that of the change.
 */
export function netChange(
  { value, centre }: Pick<Estimate, "value" | "centre">,
  gained: Part,
  lost: Part,
  variance: number,
): Estimate {
  const limits = (added: number): Pick<Estimate, "low" | "high"> => {
    const net = difference(estimateOf(gained, added), estimateOf(lost, added), variance);
    return {
      low: (error) => Math.min(value, centre + net.low(error) - net.value),
      high: (error) => Math.max(value, centre + net.high(error) - net.value),
    };
  };
  return { value, centre, variance, ...limits(ALMOST_EXACT), careful: limits(EXACT) };
}

/** The change of a share: of `samples` rows so many have it that had it not (`gained`), and the other way round (`lost`). */
export function changeOfShare(gained: number, lost: number, samples: number): Estimate {
  const smooth = (count: number) => (count + 0.5) / (samples + 1);
  const part = (count: number): Part => {
    const share = smooth(count);
    return { value: count / samples, smooth: share, variance: (share * (1 - share)) / samples };
  };
  const [up, down] = [part(gained), part(lost)];
  const value = up.value - down.value;
  const variance = up.variance + down.variance + (2 * up.smooth * down.smooth) / samples;
  return netChange({ value, centre: value }, up, down, variance);
}
