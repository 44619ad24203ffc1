/** The audit of the approximation the method rests on: did psi change as the gain predicted? (method.md section 6) */
import type { AuditRecord } from "../protocol/records.ts";

/** Ranks with ties averaged, starting at 1. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_value, at) => at).sort((a, b) => values[a] - values[b]);
  const result = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let at = from; at <= to; at++) result[order[at]] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return result;
}

/** Spearman's rank correlation; null with fewer than three pairs or without variation. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 3) return null;
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let at = 0; at < x.length; at++) {
    xy += (x[at] - middle) * (y[at] - middle);
    xx += (x[at] - middle) ** 2;
    yy += (y[at] - middle) ** 2;
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

/** Judges the predictions of a run; pairs without a measured change are left out. */
export function audit(predicted: readonly number[], measured: readonly (number | null)[]): AuditRecord {
  const pairs = predicted.flatMap((value, at) => {
    const change = measured[at];
    return change === null ? [] : [[value, change] as const];
  });
  const correlation = rankCorrelation(
    pairs.map(([value]) => value),
    pairs.map(([, change]) => change),
  );
  const cycles = pairs.length;
  return { cycles, rankCorrelation: correlation, sentence: sentence(correlation, cycles) };
}

function sentence(correlation: number | null, cycles: number): string {
  if (correlation === null) return `Too few cycles (${cycles}) to compare predicted with measured changes.`;
  const size = correlation.toFixed(2);
  if (correlation >= 0.5)
    return `Cycles that were predicted to help more did help more (rank correlation ${size}).`;
  if (correlation >= 0.2) return `Predicted and measured changes agree loosely (rank correlation ${size}).`;
  if (correlation > -0.2) {
    return `Predicted changes say little about single cycles here (rank correlation ${size}): trust the measured result.`;
  }
  return `Measured changes went against the predictions (rank correlation ${size}): trust the measured result.`;
}
