/** The little statistics that panels need: intervals of shares, of their differences, and rank correlation. */
import type { Interval } from "../../protocol/records.ts";

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
  return { value: share, low: Math.min(share, middle - half), high: Math.max(share, middle + half) };
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

/** Ranks from 1, ties sharing their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const out = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at <= to; at += 1) out[order[at] ?? 0] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return out;
}

/** Spearman's rank correlation; null for fewer than three pairs or where one side does not vary. */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): number | null {
  if (xs.length < 3 || xs.length !== ys.length) return null;
  const a = ranks(xs);
  const b = ranks(ys);
  const mean = (xs.length + 1) / 2;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    const da = (a[i] ?? 0) - mean;
    const db = (b[i] ?? 0) - mean;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
}
