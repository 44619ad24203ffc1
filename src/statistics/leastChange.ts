/** How the least of several values changed on the same rows. */
import { difference } from "./comparisons.ts";
import type { Estimate } from "./estimate.ts";
import { least, negative } from "./extremes.ts";

/** Several values before and after, and the change of each on the same rows. */
export interface ChangedParts {
  readonly before: readonly Estimate[];
  readonly after: readonly Estimate[];
  readonly changes: readonly Estimate[];
  /** The mean of the values, which is no less than their least. */
  readonly means?: { readonly before: Estimate; readonly after: Estimate };
  /** Between value k before and another value j after; 0 when absent, as of values of different rows. */
  readonly correlation?: (k: number, j: number) => number;
}

/** Of the error of a limit, what a value's own change takes; each of many others takes little in any case. */
const own = 0.8;

/** Of more values than this every pair is not looked at: it would take longer than a tune, and of thousands few can be told apart. */
const MOST_PAIRED = 2000;

/** Less than 1 by more than rounding. */
const ROUNDED = 1 - 1e-9;

/**
 * How much speaks against each of several values being the least: 0 nothing, 1 or more enough at this error. The strongest
 * evidence is that another one is below it (square and add; Zou, 2007), the error divided by their number.
 */
function againstLeast(parts: readonly Estimate[], error: number): number[] {
  const each = error / parts.length;
  const down = parts.map((part) => part.centre - part.low(each));
  const up = parts.map((part) => part.high(each) - part.centre);
  return parts.map((part, k) =>
    parts.reduce((most, { centre }, l) => {
      const above = part.centre - centre;
      const [own, other] = [down[k] ?? 0, up[l] ?? 0];
      // The hypotenuse is no shorter than either side, and takes long to compute: of a thousand parts a million are asked for.
      if (!(above > 0) || above < ROUNDED * most * Math.max(own, other)) return most;
      return Math.max(most, above / Math.hypot(own, other));
    }, 0),
  );
}

/**
 * Lower limit of least(after) - least(before) (docs/method.md, eq. (44)). With j the least after, it is after[j] - before[k] or more for every k, and
 * after[j] less the mean before: of limits of these, which share the error, the greatest is one. Which j it is is not known: the
 * least over j holds for any. Only k that may have been the least before count, and only j that may be it after; what speaks
 * against j being the least and what speaks against its change being so small count together, like the sides of a right angle.
 */
function lowestChange({ before, after, changes, means, correlation }: ChangedParts, error: number): number {
  const speaking = againstLeast(before, error);
  const mayHaveBeen = before.flatMap((part, k) => {
    const change = changes[k];
    return change !== undefined && (speaking[k] ?? 0) < 1 ? [{ k, part, change }] : [];
  });
  const others = mayHaveBeen.length - 1 + (means ? 1 : 0);
  const ofOwn = others === 0 ? error : own * error;
  const each = ((1 - own) * error) / Math.max(1, others);
  const earlier = mayHaveBeen.map((one) => ({ ...one, rise: one.part.high(each) - one.part.centre }));
  const speakingNow = againstLeast(after, error);
  const lows = after.flatMap((part, j) => {
    const against = speakingNow[j] ?? 0;
    if (against >= 1) return [];
    const { centre } = part;
    const down = centre - part.low(each);
    const limits = earlier.map(({ k, part: was, change, rise }) => {
      if (k === j) return change.centre + Math.sqrt(1 - against ** 2) * (change.low(ofOwn) - change.centre);
      const together = 2 * (correlation?.(k, j) ?? 0) * down * rise;
      return centre - was.centre - Math.sqrt(down * down + rise * rise - together);
    });
    if (means) {
      const { before: mean } = means;
      limits.push(centre - mean.centre - Math.hypot(down, mean.high(each) - mean.centre));
    }
    return [Math.max(...limits)];
  });
  return Math.min(...lows);
}

/** The same with before and after in each other's place. */
function turned({ before, after, changes, means, correlation }: ChangedParts): ChangedParts {
  return {
    before: after,
    after: before,
    changes: changes.map(negative),
    ...(means && { means: { before: means.after, after: means.before } }),
    ...(correlation && { correlation: (k, j) => correlation(j, k) }),
  };
}

/**
 * least(after) - least(before). Two ways, of which the tighter end counts: the difference of the two leasts as if they were of
 * different rows, and limits over whichever value may be the least. Of thousands only the first.
 */
export function leastChange(parts: ChangedParts): Estimate {
  const { before, after, means } = parts;
  const apart = difference(least(after, means?.after), least(before, means?.before));
  if (before.length > MOST_PAIRED) return apart;
  return {
    ...apart,
    low: (error) => Math.min(apart.value, Math.max(apart.low(error), lowestChange(parts, error))),
    high: (error) => Math.max(apart.value, Math.min(apart.high(error), -lowestChange(turned(parts), error))),
  };
}
