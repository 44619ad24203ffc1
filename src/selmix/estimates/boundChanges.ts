/** How sure the change of a bounded metric is, on the same rows as the checkpoint's: rows that neither gained nor lost say nothing of it. */
import { carefully, type Estimate, scaled } from "../../statistics/estimate.ts";
import { greatest, least } from "../../statistics/extremes.ts";
import { byAttribute } from "../confusion/attribute.ts";
import type { RateId } from "../confusion/measures.ts";
import { type BoundedRate, groupsOf, hasSupport, rowsByClass } from "./boundEstimates.ts";
import { coverageOf, precisionOf } from "./influence.ts";
import { accuracyChange, coverageParts, meanChange, recallChanges } from "./metricChanges.ts";
import {
  changed,
  classSides,
  type EstimatedChange,
  type PairedPredictions,
  type Sides,
  sidesOf,
} from "./pairedSides.ts";

interface Asked {
  readonly paired: PairedPredictions;
  readonly classes: readonly number[];
  readonly isHead: readonly boolean[];
}

/** Changes of the values of a metric; those that cannot be measured are left out. */
type Changes = (asked: Asked) => Estimate[];

/** With exact limits: what is said of a bound may not be too kind with few rows. */
const changesIn = (parts: readonly EstimatedChange[]) => parts.map(({ change }) => carefully(change));

const recalls: Changes = ({ paired, classes }) =>
  changesIn(recallChanges(classSides(paired), (label) => classes.includes(label)));

const precisions: Changes = ({ paired, classes }) => {
  const sides = classSides(paired);
  return classes.flatMap((label) => {
    const isPredicted = [sides.countsBefore, sides.countsAfter].every(
      ({ predicted }) => predicted[label] > 0,
    );
    if (!isPredicted) return [];
    return changesIn([changed(sides, (counts) => precisionOf(counts, label), sides.sizesDrawn)]);
  });
};

const coverages: Changes = ({ paired, classes }) => {
  const parts = coverageParts(classSides(paired));
  return changesIn(classes.map((label) => parts[label]));
};

function sideRecall(head: boolean): Changes {
  return ({ paired, isHead }) => {
    const sides = classSides(paired);
    const includes = (label: number) => isHead[label] === head;
    const hasRows = sides.countsBefore.rows.some((rows, label) => rows > 0 && includes(label));
    return hasRows ? changesIn([meanChange(sides, "arithmetic", includes)]) : [];
  };
}

function sideCoverage(head: boolean): Changes {
  return ({ paired, isHead }) => {
    const count = isHead.filter((isOfHead) => isOfHead === head).length;
    if (count === 0) return [];
    const sides = classSides(paired);
    const change = changed(
      sides,
      (counts) => coverageOf(counts, (label) => isHead[label] === head),
      sides.sizesDrawn,
    );
    return changesIn([change]).map((one) => scaled(one, 1 / count));
  };
}

/** Both heads on the rows of each group that there are rows of. */
function sidesByGroup(paired: PairedPredictions): { readonly group: number; readonly sides: Sides }[] {
  return groupsOf(paired).flatMap((group) => {
    const of = (predictions: Int32Array) => rowsByClass({ ...paired, predictions }, group);
    const before = of(paired.before);
    if (before.strata.length === 0) return [];
    return [{ group, sides: sidesOf(before, of(paired.after).predictions) }];
  });
}

const groupRecalls: Changes = ({ paired, classes }) =>
  sidesByGroup(paired).flatMap(({ group, sides }) => {
    const isMeant = (label: number) =>
      classes.includes(label) &&
      hasSupport(paired.buckets, (bucket) => bucket.group === group && bucket.label === label);
    return changesIn(recallChanges(sides, isMeant));
  });

const groupAccuracies: Changes = ({ paired }) =>
  changesIn(
    sidesByGroup(paired)
      .filter(({ group }) => hasSupport(paired.buckets, (bucket) => bucket.group === group))
      .map(({ sides }) => accuracyChange(sides)),
  );

/** The metrics of which a change can be bounded: differences and ratios of groups are bounded by numbers alone. */
const changesOf: Readonly<Partial<Record<RateId, Changes>>> = {
  accuracy: ({ paired }) => changesIn([accuracyChange(classSides(paired))]),
  recall: recalls,
  precision: precisions,
  coverage: coverages,
  headRecall: sideRecall(true),
  tailRecall: sideRecall(false),
  headCoverage: sideCoverage(true),
  tailCoverage: sideCoverage(false),
  groupRecall: groupRecalls,
  groupAccuracy: groupAccuracies,
};

/**
 * The change that a bound is about, in the population: of several values the least or the greatest change of one; null where none can be
 * measured.
 */
export function rateChange(
  { metric, kind, classes, attribute }: BoundedRate,
  given: PairedPredictions,
  isHead: readonly boolean[],
): Estimate | null {
  const paired = attribute ? { ...given, buckets: byAttribute(given.buckets, attribute) } : given;
  const changes = changesOf[metric]?.({ paired, classes, isHead }) ?? [];
  if (changes.length === 0) return null;
  return kind === "atLeast" ? least(changes) : greatest(changes);
}
