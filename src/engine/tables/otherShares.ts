/** Whether validation has other shares of classes or groups than train or test, where what was chosen depends on them: said before tuning. */

import { type MetricId, metricOf } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { metricsIn } from "../../metrics/objective.ts";
import type { Configuration } from "../../project/configuration.ts";
import { sameShares } from "../../statistics/chiSquare.ts";
import { groupName } from "../../words/names.ts";
import { otherSharesSentence } from "../../words/population.ts";
import type { CountedRows } from "./buckets.ts";
import { countLabels, type Tables } from "./tables.ts";

/** Chance below which shares are said to differ: it is looked at on every tune. */
const LEAST_CHANCE = 0.001;
/** Share of the rows that would have to be others for the shares to be the same; less is not worth a sentence. */
const LEAST_CHANGE = 0.01;

/** Rows of each class, or of each group, in the sets there are; null for a set that is validation itself. */
export interface SetCounts {
  readonly validation: readonly number[];
  readonly train: readonly number[] | null;
  readonly test: readonly number[] | null;
}

type Chosen = Pick<Configuration, "objective" | "constraints" | "prior">;

/** What is said of classes and groups that are not as frequent in one set as in another. @param tables null where groups are not used */
export function saidOfShares(
  configuration: Chosen,
  { classes, groupNames }: { readonly classes: readonly string[]; readonly groupNames: readonly string[] },
  sets: { readonly train: CountedRows; readonly validation: CountedRows; readonly test: CountedRows | null },
  tables: Tables | null,
): string[] {
  const { train, validation, test } = sets;
  const countsOf = (kinds: number, count: (set: "train" | "validation" | "test") => Int32Array | null) => {
    const of = (set: "train" | "validation" | "test") => countLabels(count(set) ?? new Int32Array(), kinds);
    return {
      validation: of("validation"),
      train: train.rows === validation.rows ? null : of("train"),
      test: test === null || test.rows === validation.rows ? null : of("test"),
    };
  };
  const ofClasses = countsOf(classes.length, (set) => sets[set]?.labels ?? null);
  const most = (groups: Int32Array | null | undefined) =>
    groups?.reduce((a, b) => Math.max(a, b + 1), 0) ?? 0;
  const groupCount = tables ? Math.max(most(tables.train.groups), most(tables.validation.groups)) : 0;
  const names = Array.from({ length: groupCount }, (_, g) => groupName(groupNames, g));
  return otherShares(
    configuration,
    { names: classes, counts: ofClasses },
    tables && { names, counts: countsOf(groupCount, (set) => tables[set]?.groups ?? null) },
  );
}

/** Sentences, none or one each about classes and about groups. @param groups null where the tables have none */
export function otherShares(
  configuration: Chosen,
  classes: { readonly names: readonly string[]; readonly counts: SetCounts },
  groups: { readonly names: readonly string[]; readonly counts: SetCounts } | null,
): string[] {
  const { objective, constraints } = configuration;
  const chosen = [...new Set([...metricsIn(objective), ...constraints.map(({ metric }) => metric)])];
  // A cost is a mean over all samples, as accuracy is.
  const cost = typeof objective === "object" && "cost" in objective ? [objectiveKey(objective)] : [];
  const byClass = [...cost, ...chosen.filter((id) => dependsOnClassShares(id, classes.names.length))];
  const byGroup = [...cost, ...chosen.filter((id) => metricOf(id).needs !== "groups")];
  return [
    ...(configuration.prior === undefined ? sentence("classes", classes, byClass) : []),
    ...(groups === null ? [] : sentence("groups", groups, byGroup)),
  ];
}

/** A false-positive rate of two classes is that of one class alone. */
function dependsOnClassShares(id: MetricId, classes: number): boolean {
  const ofOthers = id === "falsePositiveRateDifference" || id === "equalizedOddsDifference";
  return metricOf(id).byShares === true && !(ofOthers && classes === 2);
}

function sentence(
  what: "classes" | "groups",
  { names, counts }: { readonly names: readonly string[]; readonly counts: SetCounts },
  depending: readonly string[],
): string[] {
  if (depending.length === 0) return [];
  const differing = (["test", "train"] as const).filter((set) => {
    const other = counts[set];
    return other !== null && differ(counts.validation, other);
  });
  const [first] = differing;
  const other = first && counts[first];
  if (first === undefined || !other) return [];
  const { at, own, others } = mostDifferent(counts.validation, other);
  const example = { name: names[at] ?? `${at}`, set: first, own, others };
  return [otherSharesSentence({ what, differing, example, metrics: depending })];
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

function differ(first: readonly number[], second: readonly number[]): boolean {
  if (sameShares(first, second) >= LEAST_CHANCE) return false;
  const [a, b] = [sharesOf(first), sharesOf(second)];
  return a.reduce((sum, share, at) => sum + Math.abs(share - (b[at] ?? 0)) / 2, 0) >= LEAST_CHANGE;
}

function mostDifferent(first: readonly number[], second: readonly number[]) {
  const [a, b] = [sharesOf(first), sharesOf(second)];
  const distances = a.map((share, at) => Math.abs(share - (b[at] ?? 0)));
  const at = distances.indexOf(Math.max(...distances));
  return { at, own: a[at] ?? 0, others: b[at] ?? 0 };
}
