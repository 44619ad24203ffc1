/**
 * What a tune raises, as a whole: one objective, a weighted sum of them, or the cost that is saved. All are sums of terms, scaled
 * so that they are of the order of a share, as bounds are, whatever unit they are told in.
 */

import { type Cost, objectiveKey, termsOf } from "../../metrics/composed.ts";
import { metricsIn, type Objective } from "../../metrics/objective.ts";
import type { ConfusionSummary } from "./confusion.ts";
import { concatenate, type Vector } from "./differentiate.ts";
import { asMatrix } from "./matrix.ts";
import { formulaOf, needsGroups, type ObjectiveFormula, objectiveValue, softmin } from "./objectives.ts";
import type { ObjectiveContext, Subject } from "./shares.ts";
import { type ClassTallies, type Tallies, weightOf } from "./tallies.ts";

/** One of the parts of a sum. */
interface WeightedTerm {
  readonly weight: number;
  readonly formula: ObjectiveFormula<ConfusionSummary>;
  /** The exact value, as it is reported. */
  value(tallies: Tallies, isHead: readonly boolean[], byClass?: ClassTallies): number;
}

export interface WholeObjective {
  /** `objectiveKey` of what selmix.json says. */
  readonly id: string;
  /** Their weights, which are of either sign, have sizes that sum to 1. */
  readonly terms: readonly WeightedTerm[];
  /** What a value is told as: in the unit, and towards the side, that people know it in. */
  told(value: number): number;
}

export function wholeObjective(setting: Objective): WholeObjective {
  const id = objectiveKey(setting);
  if (typeof setting === "string") return { id, terms: [termOf(setting)], told: (value) => value };
  if ("cost" in setting) return { id, ...savedCost(setting) };
  const terms = termsOf(setting);
  const scale = terms.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  return {
    id,
    terms: terms.map((term) => ({ ...termOf(term.id), weight: term.weight / scale })),
    told: (value) => value * scale,
  };
}

function termOf(id: Parameters<typeof formulaOf>[0]): WeightedTerm {
  return {
    weight: 1,
    formula: formulaOf(id),
    value: (tallies, isHead, byClass) => objectiveValue(tallies, id, isHead, byClass),
  };
}

/** 1 - E[cost] / (the highest cost): 1 where nothing costs anything. */
function savedCost({ cost }: Cost): Omit<WholeObjective, "id"> {
  const highest = highestCost({ cost });
  const formula: ObjectiveFormula<ConfusionSummary> = {
    psi: (summary) => {
      const { buckets, classes } = summary;
      const weights = new Float64Array(buckets.length * classes);
      buckets.forEach(({ label }, b) => {
        for (let l = 0; l < classes; l++) weights[b * classes + l] = cost[label][l] / highest;
      });
      return summary.weightedSum(weights).scale(-1, 1);
    },
  };
  const value = (tallies: Tallies) => 1 - expectedCost(tallies, { cost }) / highest;
  return { terms: [{ weight: 1, formula, value }], told: (saved) => highest * (1 - saved) };
}

export function highestCost({ cost }: Cost): number {
  return cost.reduce((most, row) => Math.max(most, ...row), 0);
}

/** Mean cost of a sample, each counting for its weight. */
function expectedCost({ counts, buckets, predicted, support }: Tallies, { cost }: Cost): number {
  const { layout, values } = asMatrix(counts, buckets.length, predicted.length);
  let [sum, total] = [0, 0];
  buckets.forEach((bucket, b) => {
    const row = cost[bucket.label];
    const [start, end] = [layout.start(b), layout.start(b + 1)];
    let own = 0;
    for (let at = start; at < end; at++) own += values[at] * row[layout.column(at, start)];
    sum += weightOf(bucket) * own;
    total += support[b];
  });
  return sum / total;
}

/** The exact value, by which heads are compared: the higher the better. */
export function wholeValue(
  { terms }: WholeObjective,
  tallies: Tallies,
  isHead: readonly boolean[],
  byClass?: ClassTallies,
): number {
  return terms.reduce((sum, term) => sum + term.weight * term.value(tallies, isHead, byClass), 0);
}

/** Multipliers of the parts of all terms, end to end: a softmin for each term that is a least. */
export function partMultipliers(
  { terms }: WholeObjective,
  summary: ConfusionSummary,
  context: ObjectiveContext,
  sharpness: number,
): Float64Array {
  const multipliers = terms.map(({ formula: { parts, lowest } }) => {
    const values = parts?.(summary, context).values.value;
    return values === undefined ? [] : softmin(values, sharpness, 1 / (lowest?.(values.length) ?? 1));
  });
  return Float64Array.from(multipliers.flatMap((some) => Array.from(some)));
}

/** What these multipliers belong to. */
export function partSubjects(
  { terms }: WholeObjective,
  summary: ConfusionSummary,
  context: ObjectiveContext,
): Subject[] {
  return terms.flatMap(({ formula: { parts } }) => parts?.(summary, context).subjects ?? []);
}

/** psi, given the multipliers of the parts of all terms. */
export function psiOf(
  { terms }: WholeObjective,
  summary: ConfusionSummary,
  multipliers: Float64Array,
  context: ObjectiveContext,
): Vector {
  let from = 0;
  const values = terms.map(({ weight, formula }) => {
    const count = formula.parts?.(summary, context).subjects.length ?? 0;
    const own = multipliers.subarray(from, from + count);
    from += count;
    const value = formula.psi(summary, own, context);
    return weight === 1 ? value : value.scale(weight);
  });
  return values.length === 1 ? values[0] : concatenate(values).sum();
}

/** Whether an objective, or a term of it, is about groups. */
export function isAboutGroups(objective: Objective): boolean {
  return metricsIn(objective).some(needsGroups);
}
