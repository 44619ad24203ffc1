/** What runs were measured on: only values of the same classes, samples and groups can be held against each other. Pure. */

import { isMetricId, metricOf } from "../../metrics/catalogue.ts";
import { isCost, weightedTerms } from "../../metrics/composed.ts";
import { classSamples } from "../../words/comparison.ts";
import { capital, groupName, isGrouped, listed, named } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import type { NamedRun } from "./namedRuns.ts";

/** What one run was measured on. */
interface Measured {
  readonly letter: string;
  /** Samples of each class, by its name. */
  readonly classes: ReadonlyMap<string, number>;
  /** Names of the classes that count as head. */
  readonly heads: readonly string[];
  /** Names of the groups; none without groups. */
  readonly groups: readonly string[];
  /** Whose class shares metrics are weighed by; the same text for the same. */
  readonly prior: string;
}

export interface Likeness {
  /** Why no value of a run says whether it is better than another, a sentence each; none where they do. */
  readonly unlike: readonly string[];
  /** Why values of groups do not. */
  readonly unlikeGroups: readonly string[];
  readonly sameHeads: boolean;
  readonly samePrior: boolean;
}

/** Null for a run without a result on the set. */
function measuredOn({ letter, snapshot: { run, result } }: NamedRun, split: Split): Measured | null {
  const evaluation = result?.after[split];
  if (!result || !evaluation) return null;
  const { buckets, classes, headClasses } = result;
  const samples = classSamples(buckets, evaluation.support, classes.length);
  const groups = new Set(buckets.flatMap(({ group }) => (group === null ? [] : [group])));
  return {
    letter,
    classes: new Map(classes.map((name, label) => [name, samples[label] ?? 0])),
    heads: headClasses.map((label) => classes[label] ?? "").toSorted(),
    groups: isGrouped(buckets) ? groupNames(run.groups ?? [], groups) : [],
    prior: JSON.stringify([
      result.prior ?? "validation",
      result.prior === "train" ? result.trainCounts : null,
    ]),
  };
}

function groupNames(names: readonly string[], groups: Iterable<number>): string[] {
  return [...groups].map((group) => groupName(names, group)).toSorted();
}

/** How the runs that have a result on a set stand to each other. */
export function likenessOf(runs: readonly NamedRun[], split: Split): Likeness {
  const measured = runs.flatMap((run) => measuredOn(run, split) ?? []);
  const grouped = measured.filter(({ groups }) => groups.length > 0);
  const isOne = (of: (one: Measured) => string) => new Set(measured.map(of)).size < 2;
  const named = (one: Measured) => ({ letter: one.letter, names: [...one.classes.keys()] });
  const apart = whoHas("classes", measured.map(named));
  return {
    unlike: apart.length > 0 ? apart : otherSamples(measured),
    unlikeGroups: whoHas(
      "groups",
      grouped.map(({ letter, groups }) => ({ letter, names: groups })),
    ),
    sameHeads: isOne(({ heads }) => JSON.stringify(heads)),
    samePrior: isOne(({ prior }) => prior),
  };
}

/** Why the values of a metric cannot be ranked; null where they can. */
export function whyUnlike(
  { unlike, unlikeGroups, sameHeads, samePrior }: Likeness,
  metric: string,
): string | null {
  if (unlike.length > 0) return "the runs were measured on other classes or samples";
  const parts = weightedTerms(metric)?.map(({ id }) => id) ?? [metric];
  const metrics = parts.filter(isMetricId).map(metricOf);
  const needs = (what: "groups" | "frequency") => metrics.some((one) => one.needs === what);
  if (needs("groups") && unlikeGroups.length > 0) return "the runs have other groups";
  if (needs("frequency") && !sameHeads) return "other classes count as frequent";
  const byShares = isCost(metric) || metrics.some((one) => one.byShares === true);
  return byShares && !samePrior ? "the runs were measured for other class shares" : null;
}

interface Named {
  readonly letter: string;
  readonly names: readonly string[];
}

/** "Classes that only A has: eel and fox." for each set of runs that alone have some. */
function whoHas(what: "classes" | "groups", all: readonly Named[]): string[] {
  const names = [...new Set(all.flatMap((each) => each.names))];
  const sets = all.map(({ letter, names: own }) => ({ letter, own: new Set(own) }));
  const ownersOf = (name: string) => sets.filter(({ own }) => own.has(name)).map(({ letter }) => letter);
  const partly = names
    .map((name) => ({ name, owners: ownersOf(name) }))
    .filter(({ owners }) => owners.length < all.length);
  const byOwners = new Map<string, typeof partly>();
  for (const each of partly) {
    const owners = listed(each.owners, each.owners.length);
    byOwners.set(owners, [...(byOwners.get(owners) ?? []), each]);
  }
  return [...byOwners].map(([owners, found]) => {
    const told = found.map(({ name }) => named(name));
    const have = found[0]?.owners.length === 1 ? "has" : "have";
    return `${capital(what)} that only ${owners} ${have}: ${listed(told, 4)}.`;
  });
}

/** The class whose numbers of samples differ most. */
function otherSamples(all: readonly Measured[]): string[] {
  const names = [...(all[0]?.classes.keys() ?? [])];
  const spread = (name: string) => {
    const counts = all.map(({ classes }) => classes.get(name) ?? 0);
    return Math.max(...counts) - Math.min(...counts);
  };
  const [most] = names.toSorted((a, b) => spread(b) - spread(a));
  if (most === undefined || spread(most) === 0) return [];
  const told = all.map(({ letter, classes }) => `${classes.get(most)} in ${letter}`);
  return [`The samples are others: of ${named(most)} there are ${listed(told, told.length)}.`];
}
