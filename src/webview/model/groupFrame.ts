/**
 * A run by group, laid out as fairlearn's MetricFrame is: a row for each group, one for all, and one each for the largest difference
 * and the least ratio between two groups; a column for each rate. Pure.
 */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { ConfusionName } from "../../protocol/records.ts";
import { largestDifference, leastRatio, type Pair } from "../../statistics/comparisons.ts";
import { intervalOf, type Limits } from "../../statistics/estimate.ts";
import { fewSamples } from "../../statistics/intervals.ts";
import { className, groupName, named } from "../../words/names.ts";
import { counted } from "../../words/numbers.ts";
import { evaluationOn, type Split, shownSet } from "../../words/sets.ts";
import { accuracy, type FrameColumn, ofAllClasses, ofOneClass, type Rate, tallyOf } from "./groupRates.ts";

/** A rate, or how it differs between groups, with its 95 % interval. */
export interface FrameValue extends Limits {
  readonly of: string | null;
}

export interface FrameCell {
  readonly before: FrameValue | null;
  readonly after: FrameValue | null;
  /** Why it cannot be judged; null where it can. */
  readonly doubt: string | null;
}

export interface FrameRow {
  readonly kind: "group" | "overall" | "difference" | "ratio";
  readonly name: string;
  /** Null where it is not about samples. */
  readonly samples: number | null;
  readonly cells: readonly FrameCell[];
}

export interface GroupFrame {
  readonly split: Split;
  readonly columns: readonly FrameColumn[];
  readonly rows: readonly FrameRow[];
  /** Whether the result's own metrics weigh samples, as `"prior"` or weights of the tables say, which the rates here do not. */
  readonly isWeighed: boolean;
}

const shown = (rate: Rate | null): FrameValue | null => rate && { ...intervalOf(rate.estimate), of: rate.of };

/** Why the rates of the groups cannot be held against each other. @param least samples that a rate has to divide by */
function doubtOf(
  rates: readonly { readonly group: string; readonly rate: Rate | null }[],
  least: number,
): string | null {
  const none = rates.find(({ rate }) => rate === null);
  if (none) return `${named(none.group)} has no sample for it`;
  const [scarcest] = rates
    .flatMap(({ group, rate }) => (rate === null ? [] : [{ group, ...rate }]))
    .toSorted((a, b) => a.samples - b.samples);
  if (scarcest === undefined || scarcest.samples >= least) return null;
  const whose = scarcest.scarce === null ? "" : ` of ${named(scarcest.scarce)}`;
  return `${counted(scarcest.samples, "sample")}${whose} in ${named(scarcest.group)}`;
}

function pairsOf(rates: readonly (Rate | null)[]): Pair[] {
  const known = rates.flatMap((rate) => (rate === null ? [] : [rate.estimate]));
  return known.flatMap((first, at) => known.slice(at + 1).map((second): Pair => [first, second]));
}

function between(rates: readonly (Rate | null)[], kind: "difference" | "ratio"): FrameValue | null {
  const pairs = pairsOf(rates);
  const usable = kind === "ratio" ? pairs.filter(([a, b]) => a.value > 0 || b.value > 0) : pairs;
  if (usable.length === 0) return null;
  const estimate = kind === "ratio" ? leastRatio(usable) : largestDifference(usable);
  return { ...intervalOf(estimate), of: null };
}

const accuracyOf = (rate: Rate | null | undefined) => rate?.estimate.value ?? Number.NaN;

const countsOn = (split: Split): [ConfusionName, ConfusionName] =>
  split === "test" ? ["beforeTest", "afterTest"] : ["beforeValidation", "afterValidation"];

/** The run by group; null without groups or without the counts. @param label the class to look at; null for all together */
export function groupFrame(
  { run, result, confusion }: RunSnapshot,
  wanted: Split,
  label: number | null,
): GroupFrame | null {
  if (result === null) return null;
  const { buckets, classes } = result;
  const split = wanted === "validation" ? wanted : shownSet(result.before, result.after);
  const [from, to] = countsOn(split).map((name) => confusion[name]);
  const groups = [...new Set(buckets.flatMap(({ group }) => (group === null ? [] : [group])))].toSorted(
    (a, b) => a - b,
  );
  if (groups.length === 0 || from === undefined || to === undefined) return null;
  const columns = label === null ? ofAllClasses : ofOneClass(label);
  const names = classes.map((_, index) => className(classes, index));
  const measured = (isMember: (group: number | null) => boolean) => {
    const [before, after] = [from, to].map((counts) => tallyOf(counts, buckets, classes.length, isMember));
    const rates = columns.map(({ measure }) => ({
      before: before ? measure(before, names) : null,
      after: after ? measure(after, names) : null,
    }));
    return { samples: after?.samples ?? 0, rates };
  };
  const each = groups.map((group) => ({
    name: groupName(run.groups ?? [], group),
    ...measured((member) => member === group),
  }));
  const all = measured(() => true);
  const cellsOf = (rates: (typeof all)["rates"]): FrameCell[] =>
    rates.map(({ before, after }) => ({ before: shown(before), after: shown(after), doubt: null }));
  const compared = (kind: "difference" | "ratio"): FrameCell[] =>
    columns.map((_, at) => {
      const side = (when: "before" | "after") => each.map(({ rates }) => rates[at]?.[when] ?? null);
      const after = each.map(({ name, rates }) => ({ group: name, rate: rates[at]?.after ?? null }));
      return {
        before: between(side("before"), kind),
        after: between(side("after"), kind),
        doubt: doubtOf(after, result.minimumSupport ?? fewSamples),
      };
    });
  const asCounted = accuracyOf(all.rates.at(columns.indexOf(accuracy))?.after);
  const asMeasured = evaluationOn(result.after, split)?.accuracy ?? Number.NaN;
  return {
    split,
    isWeighed: Math.abs(asCounted - asMeasured) > 1e-6,
    columns: columns.map(({ key, label: title, help }) => ({ key, label: title, help })),
    rows: [
      ...each.map(
        ({ name, samples, rates }): FrameRow => ({ kind: "group", name, samples, cells: cellsOf(rates) }),
      ),
      { kind: "overall", name: "All", samples: all.samples, cells: cellsOf(all.rates) },
      ...(groups.length < 2
        ? []
        : (["difference", "ratio"] as const).map((kind): FrameRow => {
            const name = kind === "difference" ? "Largest difference" : "Least ratio";
            return { kind, name, samples: null, cells: compared(kind) };
          })),
    ],
  };
}
