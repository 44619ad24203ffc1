/** How values of a metric or an objective read: shares in percent and their changes in points, a cost in its own unit. */
import { metricName } from "../metrics/catalogue.ts";
import { isCost, weightedTerms } from "../metrics/composed.ts";
import { fromTo, percent, plain, pointRange, points, range } from "./numbers.ts";

interface Ends {
  readonly low: number;
  readonly high: number;
}

/** A cost, to four digits that count. */
function cost(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const digits = value === 0 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return String(Number(value.toFixed(Math.min(digits, 12)))).replace("-", "−");
}

function signedCost(change: number): string {
  return change > 0 ? `+${cost(change)}` : cost(change);
}

/** "74.5 %", or "0.213". */
export function valueText(metric: string, value: number | null | undefined, digits = 1): string {
  return isCost(metric) ? cost(value ?? Number.NaN) : percent(value, digits);
}

/** "74.5 % worst-class recall", "an expected cost of 0.213" */
export function amountText(metric: string, value: number): string {
  if (isCost(metric)) return `an ${metricName(metric)} of ${cost(value)}`;
  const of = weightedTerms(metric) === null ? "" : "in ";
  return `${valueText(metric, value)} ${of}${metricName(metric)}`;
}

/** The same without its unit, for columns under one: "74.5". */
export function bareValue(metric: string, value: number, digits = 1): string {
  return isCost(metric) ? cost(value) : plain(100 * value, digits);
}

/** "34.1 % → 74.5 %" */
export function valuesText(metric: string, before: number, after: number, digits = 0): string {
  if (!isCost(metric)) return fromTo(before, after, digits);
  return `${cost(before)}\u00a0→\u00a0${cost(after)}`;
}

/** The ends of the interval of a value: "71.0 to 77.2 %". */
export function rangeText(metric: string, { low, high }: Ends, digits = 1): string {
  return isCost(metric) ? `${cost(low)} to ${cost(high)}` : range(low, high, digits);
}

/** A change with its sign: "+3.1", in points, or "−0.042". */
export function changeText(metric: string, change: number | null, digits = 1): string {
  return isCost(metric) && change !== null ? signedCost(change) : points(change, digits);
}

/** The ends of the interval of a change: "+2.6 to +3.6". */
export function changeRangeText(metric: string, ends: Ends, digits = 1): string {
  if (!isCost(metric)) return pointRange(ends, digits);
  return `${signedCost(ends.low)} to ${signedCost(ends.high)}`;
}

/** How much changed, without a sign: "12.3 points", or "0.042". */
export function sizeText(metric: string, change: number): string {
  const bare = changeText(metric, Math.abs(change)).replace("+", "");
  return isCost(metric) ? bare : `${bare} points`;
}

/** "+3.1 points, +2.6 to +3.6" */
export function changeWithRange(metric: string, change: Ends & { readonly value: number }): string {
  const unit = isCost(metric) ? "" : " points";
  return `${changeText(metric, change.value)}${unit}, ${changeRangeText(metric, change)}`;
}
