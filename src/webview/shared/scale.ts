/** Axes: a linear scale and round ticks. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Pixel of a value. */
  at(value: number): number;
  /** Value of a pixel. */
  invert(pixel: number): number;
}

/** A linear scale from [low, high] to [from, to]; an empty range is widened, so that nothing is divided by 0. */
export function linear(low: number, high: number, from: number, to: number): Scale {
  const span = high - low > 0 ? high - low : 1;
  return {
    low,
    high: low + span,
    at: (value) => from + ((value - low) / span) * (to - from),
    invert: (pixel) => low + ((pixel - from) / (to - from || 1)) * span,
  };
}

/** About `wanted` round values within [low, high]. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low) || wanted < 1) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const out: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) out.push(i * step || 0);
  return out;
}

/** Digits needed to tell ticks apart. */
export function tickDigits(values: readonly number[]): number {
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : Math.abs(values[0] ?? 1);
  return step > 0 ? Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))) : 0;
}

/** The place of the value that lies nearest to the wanted one; the first of several. */
export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce(
    (best, value, at) => (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted) ? at : best),
    0,
  );
}
