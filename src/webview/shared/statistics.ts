/** The little statistics that panels need: intervals of shares, of their differences, and rank correlation. */
import type { Interval } from "../../protocol/records.ts";
import { difference } from "../../statistics/comparisons.ts";
import { type Estimate, intervalOf, share } from "../../statistics/estimate.ts";

/** Fewer samples than this, and a recall's interval is about a quarter wide or more: too few to say. */
export const fewSamples = 30;

/** A share seen in `samples` draws, with exact limits; null without samples. */
export function shareOf(value: number | null, samples: number): Estimate | null {
  return value === null || samples <= 0 ? null : share(value * samples, samples);
}

/** 95 % interval of an estimate, where there is one. */
export function limits(estimate: Estimate | null): Interval | null {
  return estimate === null ? null : intervalOf(estimate);
}

/** after - before as if of different samples. For two heads on the same samples its interval is, if anything, too wide. */
export function changeBetween(before: Estimate | null, after: Estimate | null): Estimate | null {
  return before === null || after === null ? null : difference(after, before);
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
