/** Intervals of shares and of their differences. */
import type { Interval } from "../protocol/records.ts";

const z95 = 1.959963984540054;

/** Fewer samples than this, and a recall's interval is about a quarter wide or more: too few to say. */
export const fewSamples = 30;

/** Wilson's 95 % score interval of a share seen in `samples` draws (Wilson 1927); null without samples. */
export function wilson(share: number | null, samples: number): Interval | null {
  if (share === null || samples <= 0) return null;
  const z2 = z95 * z95;
  const middle = (share + z2 / (2 * samples)) / (1 + z2 / samples);
  const half =
    (z95 / (1 + z2 / samples)) * Math.sqrt((share * (1 - share)) / samples + z2 / (4 * samples * samples));
  return {
    value: share,
    low: Math.max(0, Math.min(share, middle - half)),
    high: Math.min(1, Math.max(share, middle + half)),
  };
}

/** Newcombe's hybrid score interval of after - before (1998, method 10). For two heads on the same samples it is, if anything, too wide. */
export function difference(before: Interval | null, after: Interval | null): Interval | null {
  if (before === null || after === null) return null;
  const value = after.value - before.value;
  return {
    value,
    low: value - Math.hypot(after.value - after.low, before.high - before.value),
    high: value + Math.hypot(after.high - after.value, before.value - before.low),
  };
}
