/** Bounds between groups: every ordered pair of groups in each class, whose rates are held against each other. */
import type { ConstraintId } from "../../metrics/catalogue.ts";
import type { Counts } from "../../statistics/binomialTest.ts";
import { type Maker, none, type Part, subjectOf } from "./part.ts";
import type { SideCounts } from "./sides.ts";

interface Rate {
  readonly metric: ConstraintId;
  /** The class; null of rates of the group as a whole. */
  counts(side: SideCounts, label: number): Counts;
  readonly ofClasses: boolean;
  /** Whether given shares change it. */
  readonly byShares: boolean;
}

/** What groups may differ in. */
export const rates = {
  recall: (metric) => ({
    metric,
    counts: ({ rightOf, rowsOf }, k) => ({ successes: rightOf[k], samples: rowsOf[k] }),
    ...{ ofClasses: true, byShares: false },
  }),
  coverage: (metric) => ({
    metric,
    counts: ({ predicted, rows }, k) => ({ successes: predicted[k], samples: rows }),
    ...{ ofClasses: true, byShares: true },
  }),
  falsePositiveRate: (metric) => ({
    metric,
    counts: ({ predicted, rightOf, rows, rowsOf }, k) => ({
      successes: predicted[k] - rightOf[k],
      samples: rows - rowsOf[k],
    }),
    ...{ ofClasses: true, byShares: true },
  }),
  accuracy: (metric) => ({
    metric,
    counts: ({ right, rows }) => ({ successes: right, samples: rows }),
    ...{ ofClasses: false, byShares: true },
  }),
} satisfies Record<string, (metric: ConstraintId) => Rate>;

/** Every ordered pair of groups, in each class. */
export function between({ metric, counts, ofClasses, byShares }: Rate): Maker {
  return ({ sides, its, classes, weights }) => {
    const isRatio = metric.endsWith("Ratio");
    const groups = [...sides.groups];
    return (ofClasses ? classes : [null]).flatMap((k) =>
      groups.flatMap(([g, one]) =>
        groups.flatMap(([h, other]): Part[] => {
          if (g === h) return [];
          const subject = subjectOf(metric, k === null ? [] : [k], [g, h]);
          if (byShares && weights !== null) return [none(subject, "prior")];
          const [a, b] = [counts(one, k ?? 0), counts(other, k ?? 0)];
          if (a.samples === 0 || b.samples === 0) return [none(subject, "noSamples")];
          const [p, q] = [a.successes / a.samples, b.successes / b.samples];
          if (!isRatio)
            return [
              {
                subject,
                value: p - q,
                test: "pair",
                first: a,
                second: b,
                line: { offset: its.bound, factor: 1 },
              },
            ];
          const line = { offset: 0, factor: 1 / its.bound };
          return [{ subject, value: q > 0 ? p / q : null, test: "pair", first: b, second: a, line }];
        }),
      ),
    );
  };
}
