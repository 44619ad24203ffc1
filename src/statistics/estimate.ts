/**
 * An estimate of something in the population, with one-sided confidence limits at any level: shares (Clopper and Pearson,
 * 1934), and whatever behaves like a share of an effective number of samples (Korn and Graubard, 1998). Estimates compose:
 * the limits of a least, a difference or a ratio are made of those of its parts.
 */
import { betaQuantile } from "./beta.ts";

/** `error` is the chance that a limit is on the wrong side of the truth: 0.025 at each end of a 95 % interval. */
export interface Estimate {
  /** The value in the sample, as it is reported. */
  readonly value: number;
  /** The value cleared of bias: what limits are measured from. */
  readonly centre: number;
  /** Its variance, with smoothed counts: never 0. */
  readonly variance: number;
  low(error: number): number;
  high(error: number): number;
  /** Exact limits, which are wider than need be, where `low` and `high` are a little short of their level with few rows. */
  readonly careful?: Pick<Estimate, "low" | "high">;
  /** How a two-sided interval divides its error between its ends: [low, high]. Half each where it is absent. */
  ends?(error: number): readonly [number, number];
}

/** The same with exact limits, where it has some: for claims, not for orders. */
export function carefully({ careful, ...estimate }: Estimate): Estimate {
  return { ...estimate, ...careful };
}

/** A value with the ends of its interval. */
export interface Limits {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided interval that contains the truth with probability `level`. */
export function intervalOf(estimate: Estimate, level = 0.95): Limits {
  const error = 1 - level;
  const [below, above] = estimate.ends?.(error) ?? [error / 2, error / 2];
  return { value: estimate.value, low: estimate.low(below), high: estimate.high(above) };
}

/**
 * p-value of the hypothesis that the truth is at or below `bound` ("above") or at or above it ("below"): the least error at
 * which the one-sided limit is beyond the bound; to about 1e-9.
 */
export function pValue(estimate: Estimate, bound: number, claim: "above" | "below"): number {
  const proves = (error: number) =>
    claim === "above" ? estimate.low(error) > bound : estimate.high(error) < bound;
  let [low, high] = [0, 1];
  if (!proves(1 - 1e-9)) return 1;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (proves(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Lower limit of a share by Clopper and Pearson (docs/method.md, eq. (38)); the counts need not be whole numbers. */
function exactLow(successes: number, samples: number, error: number): number {
  return successes <= 0 ? 0 : betaQuantile(successes, Math.max(samples - successes, 0) + 1, error);
}

/**
 * A share seen in `samples` independent draws, with exact limits, also at 0 of n and n of n.
 * @throws RangeError without samples: a share of nothing has no value.
 */
export function share(successes: number, samples: number): Estimate {
  if (!(samples > 0)) throw new RangeError("a share of no samples has no value");
  const smooth = (successes + 0.5) / (samples + 1);
  return shareLike(successes / samples, successes / samples, smooth, (smooth * (1 - smooth)) / samples);
}

/**
 * A share of rows that count unlike, as sure as one of so many rows as would vary as much if they counted alike (Korn and Graubard,
 * 1998), and at most of Kish's effective number; null where they count for nothing.
 */
export function weighedShare(weights: readonly number[], isPart: readonly boolean[]): Estimate | null {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return null;
  const value = weights.reduce((sum, weight, at) => (isPart[at] ? sum + weight : sum), 0) / total;
  const kish = total ** 2 / weights.reduce((sum, weight) => sum + weight ** 2, 0);
  const variance = weights.reduce(
    (sum, weight, at) => sum + (weight * ((isPart[at] ? 1 : 0) - value)) ** 2 / total ** 2,
    0,
  );
  const samples = variance > 0 ? Math.min(kish, (value * (1 - value)) / variance) : kish;
  return share(value * samples, samples);
}

/**
 * What lies in [0, 1] and is as sure as a share of so many samples that it has the same variance (docs/method.md, eq. (39)). `centre` is the value
 * cleared of bias; `smooth` is the value of smoothed counts, at which `variance` was taken.
 */
export function shareLike(value: number, centre: number, smooth: number, variance: number): Estimate {
  const samples = (smooth * (1 - smooth)) / variance;
  const successes = centre * samples;
  return {
    value,
    centre,
    variance,
    low: (error) => Math.min(value, exactLow(successes, samples, error)),
    high: (error) => Math.max(value, 1 - exactLow(samples - successes, samples, error)),
  };
}

/** What is known for certain. */
export function known(value: number): Estimate {
  return { value, centre: value, variance: 0, low: () => value, high: () => value };
}

/** An estimate times a number that is known, and may be negative, plus one that is known. */
export function scaled(
  { value, centre, variance, low, high, ends }: Estimate,
  factor: number,
  offset = 0,
): Estimate {
  const of = (some: number) => some * factor + offset;
  const [lower, upper] = factor < 0 ? [high, low] : [low, high];
  const turned = (error: number) => {
    const [below, above] = ends?.(error) ?? [error / 2, error / 2];
    return factor < 0 ? ([above, below] as const) : ([below, above] as const);
  };
  return {
    value: of(value),
    centre: of(centre),
    variance: variance * factor * factor,
    low: (error) => of(lower(error)),
    high: (error) => of(upper(error)),
    ...(ends && { ends: turned }),
  };
}

/**
 * A sum of estimates, each times a weight of either sign: as unsure as if all erred together, which is the most that they can, whatever
 * they have to do with one another.
 */
export function weightedSum(
  parts: readonly { readonly estimate: Estimate; readonly weight: number }[],
): Estimate {
  const sum = (of: (estimate: Estimate) => number) =>
    parts.reduce((total, { estimate, weight }) => total + weight * of(estimate), 0);
  const turned = parts.map(({ estimate, weight }) => scaled(estimate, weight));
  const [value, centre] = [sum((estimate) => estimate.value), sum((estimate) => estimate.centre)];
  const down = (error: number) => turned.map((one) => Math.max(0, one.centre - one.low(error)));
  const up = (error: number) => turned.map((one) => Math.max(0, one.high(error) - one.centre));
  const total = (distances: readonly number[]) => distances.reduce((all, one) => all + one, 0);
  return {
    value,
    centre,
    variance: total(turned.map(({ variance }) => Math.sqrt(variance))) ** 2,
    low: (error) => Math.min(value, centre - total(down(error))),
    high: (error) => Math.max(value, centre + total(up(error))),
  };
}
