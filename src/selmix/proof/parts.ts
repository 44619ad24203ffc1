/**
 * What has to be tested for a bound to be proved: each of its values by itself, at the level itself. All of them have to be rejected
 * together (intersection-union; Berger, 1982), so that no price is paid for their number.
 */

import { type ConstraintId, metricOf } from "../../metrics/catalogue.ts";
import type { Counts } from "../../statistics/binomialTest.ts";
import type { Term } from "../../statistics/meanTest.ts";
import { valueAt } from "../confusion/matrix.ts";
import type { Subject } from "../confusion/shares.ts";
import { between, rates } from "./groupRates.ts";
import {
  type BoundToProve,
  type Context,
  type Maker,
  type Meant,
  none,
  type Part,
  subjectOf,
} from "./part.ts";
import type { Sides } from "./sides.ts";

/** Every part of a bound, in the order of classes, then groups. */
export function partsOf(sides: Sides, its: BoundToProve, meant: Meant): Part[] {
  const classes = its.classes ?? Array.from({ length: sides.classes }, (_unused, label) => label);
  const context = { ...meant, sides, its, classes, weights: weightsOf(sides, meant.shares) };
  const parts = makers[its.metric](context);
  const { unlike } = meant;
  if (unlike === null) return parts;
  // What is measured within classes may do with fewer rows of one.
  const isFair = unlike === "split" && (meant.shares !== null || metricOf(its.metric).byShares !== true);
  return isFair ? parts : parts.map(({ subject }) => none(subject, unlike));
}

function weightsOf({ all }: Sides, shares: readonly number[] | null): Context["weights"] {
  if (shares === null) return null;
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.some((share, k) => share > 0 && all.rowsOf[k] === 0)) return "lacking";
  return Float64Array.from(shares, (share, k) =>
    all.rowsOf[k] === 0 ? 0 : ((share / sum) * all.rows) / all.rowsOf[k],
  );
}

function shareOf({ its }: Context, subject: Subject, counts: Counts, pooled: boolean): Part {
  if (counts.samples === 0) return none(subject, its.metric === "precision" ? "neverPredicted" : "noSamples");
  const value = counts.successes / counts.samples;
  return { subject, value, test: "share", counts, bound: its.bound, pooled };
}

/** A mean of terms that the bound is about; turned over where it is bounded from above. */
function meanOf(
  { its }: Context,
  subject: Subject,
  value: number,
  terms: readonly Term[],
  bound: number,
): Part {
  const kept = terms.filter(({ count }) => count > 0);
  if (its.kind === "atLeast") return { subject, value, test: "mean", terms: kept, bound };
  const turned = kept.map(({ value: own, low, high, count }) => ({
    value: -own,
    low: -high,
    high: -low,
    count,
  }));
  return { subject, value, test: "mean", terms: turned, bound: -bound };
}

const totalOf = (terms: readonly Term[]) => terms.reduce((sum, { value, count }) => sum + value * count, 0);

/** Rows of a class with a weight, of which some have what is looked for. */
function bothWays(weight: number, has: number, rows: number, offset = 0): Term[] {
  const [low, high] = [-offset * weight, (1 - offset) * weight];
  return [
    { value: high, low, high, count: has },
    { value: low, low, high, count: rows - has },
  ];
}

/** A share of rows of all classes: as it was counted, or under the shares given as a mean. */
function pooledShare(context: Context, subject: Subject, has: (label: number) => number, divisor = 1): Part {
  const { sides, its, weights } = context;
  const { all, classes } = sides;
  if (weights === "lacking") return none(subject, "shares");
  const labels = Array.from({ length: classes }, (_unused, label) => label);
  if (weights === null) {
    const successes = labels.reduce((sum, label) => sum + has(label), 0);
    const part = shareOf(context, subject, { successes, samples: all.rows }, true);
    if (part.test !== "share" || divisor === 1) return part;
    return { ...part, value: successes / all.rows / divisor, bound: its.bound * divisor };
  }
  const terms = labels.flatMap((label) => bothWays(weights[label] / divisor, has(label), all.rowsOf[label]));
  return meanOf(context, subject, totalOf(terms) / all.rows, terms, its.bound);
}

const coverage: Maker = (context) => {
  const { sides, classes } = context;
  return classes.map((k) =>
    pooledShare(context, subjectOf("coverage", [k]), (label) => valueAt(sides.joint, label, k)),
  );
};

const recall: Maker = (context) => {
  const { all } = context.sides;
  return context.classes.map((k) =>
    shareOf(context, subjectOf("recall", [k]), { successes: all.rightOf[k], samples: all.rowsOf[k] }, false),
  );
};

/** Given how often a class is predicted; under given shares as a mean that is above 0 where the bound is kept. */
const precision: Maker = (context) => {
  const { sides, its, weights } = context;
  const { all, joint } = sides;
  return context.classes.map((k) => {
    const subject = subjectOf("precision", [k]);
    if (weights === "lacking") return none(subject, "shares");
    if (weights === null || all.predicted[k] === 0)
      return shareOf(context, subject, { successes: all.rightOf[k], samples: all.predicted[k] }, true);
    let [right, predicted] = [0, 0];
    const terms = Array.from(weights).flatMap((weight, label): Term[] => {
      const hits = valueAt(joint, label, k);
      predicted += weight * hits;
      if (label === k) right += weight * hits;
      const value = label === k ? (1 - its.bound) * weight : -its.bound * weight;
      const range = { low: Math.min(0, value), high: Math.max(0, value) };
      return [
        { value, ...range, count: hits },
        { value: 0, ...range, count: all.rowsOf[label] - hits },
      ];
    });
    return meanOf(context, subject, right / predicted, terms, 0);
  });
};

const accuracy: Maker = (context) => [
  pooledShare(context, subjectOf("accuracy", []), (label) => context.sides.all.rightOf[label]),
];

/** A mean of recalls: each row of a class counts for one over how many there are of it. */
function sideRecall(head: boolean): Maker {
  return (context) => {
    const { sides, isHead } = context;
    const subject = subjectOf(head ? "headRecall" : "tailRecall", []);
    const members = isHead.flatMap((isOfHead, k) => (isOfHead === head ? [k] : []));
    const rows = members.reduce((sum, k) => sum + sides.all.rowsOf[k], 0);
    if (members.length === 0 || members.some((k) => sides.all.rowsOf[k] === 0))
      return [none(subject, "noSamples")];
    const terms = members.flatMap((k) => {
      const size = sides.all.rowsOf[k];
      return bothWays(rows / (members.length * size), sides.all.rightOf[k], size);
    });
    return [meanOf(context, subject, totalOf(terms) / rows, terms, context.its.bound)];
  };
}

function sideCoverage(head: boolean): Maker {
  return (context) => {
    const { sides, isHead } = context;
    const subject = subjectOf(head ? "headCoverage" : "tailCoverage", []);
    const members = isHead.flatMap((isOfHead, k) => (isOfHead === head ? [k] : []));
    if (members.length === 0) return [none(subject, "noSamples")];
    const has = (label: number) => members.reduce((sum, k) => sum + valueAt(sides.joint, label, k), 0);
    return [pooledShare(context, subject, has, members.length)];
  };
}

const groupRecall: Maker = (context) =>
  context.classes.flatMap((k) =>
    [...context.sides.groups].map(([group, { rightOf, rowsOf }]) =>
      shareOf(
        context,
        subjectOf("groupRecall", [k], [group]),
        { successes: rightOf[k], samples: rowsOf[k] },
        false,
      ),
    ),
  );

const groupAccuracy: Maker = (context) =>
  [...context.sides.groups].map(([group, side]) => {
    const subject = subjectOf("groupAccuracy", [], [group]);
    const { weights, its } = context;
    if (weights === "lacking") return none(subject, "shares");
    if (weights === null || side.rows === 0)
      return shareOf(context, subject, { successes: side.right, samples: side.rows }, true);
    const terms = Array.from(weights).flatMap((weight, k) =>
      bothWays(weight, side.rightOf[k], side.rowsOf[k], its.bound),
    );
    const meant = (of: Float64Array) => of.reduce((sum, count, k) => sum + weights[k] * count, 0);
    return meanOf(context, subject, meant(side.rightOf) / meant(side.rowsOf), terms, 0);
  });

const both =
  (...makers: readonly Maker[]): Maker =>
  (context) =>
    makers.flatMap((maker) => maker(context));

/** The lowest of some values is at least what all of them are; of other means no exact test is known. */
const untested: Maker = ({ its }) => [none(subjectOf(its.metric, []), "noTest")];

const makers: Readonly<Record<ConstraintId, Maker>> = {
  ...{ minRecall: recall, minCoverage: coverage, minGroupRecall: groupRecall },
  minHeadTailRecall: both(sideRecall(true), sideRecall(false)),
  ...{ meanRecall: untested, worst5Recall: untested, gMean: untested, hMean: untested },
  ...{ macroF1: untested, meanGroupRecall: untested },
  ...{ coverage, recall, precision, accuracy, groupRecall, groupAccuracy },
  headRecall: sideRecall(true),
  tailRecall: sideRecall(false),
  headCoverage: sideCoverage(true),
  tailCoverage: sideCoverage(false),
  coverageDifference: between(rates.coverage("coverageDifference")),
  coverageRatio: between(rates.coverage("coverageRatio")),
  recallDifference: between(rates.recall("recallDifference")),
  recallRatio: between(rates.recall("recallRatio")),
  falsePositiveRateDifference: between(rates.falsePositiveRate("falsePositiveRateDifference")),
  equalizedOddsDifference: both(
    between(rates.recall("recallDifference")),
    between(rates.falsePositiveRate("falsePositiveRateDifference")),
  ),
  accuracyDifference: between(rates.accuracy("accuracyDifference")),
};
