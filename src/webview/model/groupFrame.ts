/**
 * A run by group, laid out as fairlearn's MetricFrame is: a row for each group, one for all, and one each for the largest difference
 * and the least ratio between two groups; a column for each rate. Pure.
 */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { BucketRecord, ConfusionName } from "../../protocol/records.ts";
import { meanOfRecalls, type PredictedRows, stratumCounts } from "../../selmix/estimates/influence.ts";
import { metricEstimate } from "../../selmix/estimates/metricEstimates.ts";
import { largestDifference, leastRatio, type Pair } from "../../statistics/comparisons.ts";
import { type Estimate, intervalOf, type Limits, share } from "../../statistics/estimate.ts";
import { greatest, least } from "../../statistics/extremes.ts";
import { fewSamples } from "../../statistics/intervals.ts";
import { className, groupName, named } from "../../words/names.ts";
import { counted } from "../../words/numbers.ts";
import { evaluationOn, type Split, shownSet } from "../../words/sets.ts";

/** A rate of a group. */
interface Rate {
  readonly estimate: Estimate;
  /** The class that it is of, where it is the least or greatest of all. */
  readonly of: string | null;
  /** The fewest samples that it, or a part of it, divides by, and of which class they are. */
  readonly samples: number;
  readonly scarce: string | null;
}

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

export interface FrameColumn {
  readonly key: string;
  readonly label: string;
  readonly help: string;
}

export interface GroupFrame {
  readonly split: Split;
  readonly columns: readonly FrameColumn[];
  readonly rows: readonly FrameRow[];
  /** Whether the result's own metrics weigh samples, as `"prior"` or weights of the tables say, which the rates here do not. */
  readonly isWeighed: boolean;
}

/** What a head made of the samples of a group: by class how many there are, are right, and are predicted. */
interface Tally {
  readonly samples: number;
  readonly size: readonly number[];
  readonly right: readonly number[];
  readonly predicted: readonly number[];
  /** The samples one by one, in no order. */
  readonly rows: PredictedRows;
}

/** So many, of so many. */
type Seen = readonly [number, number];

function tallyOf(
  counts: Int32Array,
  buckets: readonly BucketRecord[],
  classes: number,
  isMember: (group: number | null) => boolean,
): Tally {
  const [size, right, predicted] = [0, 1, 2].map(() => new Array<number>(classes).fill(0));
  const cells: { label: number; column: number; count: number }[] = [];
  buckets.forEach(({ label, group }, row) => {
    if (!isMember(group)) return;
    for (let column = 0; column < classes; column += 1) {
      const count = counts[row * classes + column] ?? 0;
      if (count === 0) continue;
      cells.push({ label, column, count });
      size[label] = (size[label] ?? 0) + count;
      predicted[column] = (predicted[column] ?? 0) + count;
      if (column === label) right[label] = (right[label] ?? 0) + count;
    }
  });
  const samples = cells.reduce((sum, { count }) => sum + count, 0);
  const [strata, predictions] = [new Int32Array(samples), new Int32Array(samples)];
  let at = 0;
  for (const { label, column, count } of cells) {
    strata.fill(label, at, at + count);
    predictions.fill(column, at, at + count);
    at += count;
  }
  const labels = Array.from({ length: classes }, (_, label) => label);
  return { samples, size, right, predicted, rows: { labels, classes, strata, predictions } };
}

type Measure = (tally: Tally, names: readonly string[]) => Rate | null;

function rateOf([part, whole]: Seen): Rate | null {
  return whole > 0 ? { estimate: share(part, whole), of: null, samples: whole, scarce: null } : null;
}

const recallSeen = ({ right, size }: Tally, label: number): Seen => [right[label] ?? 0, size[label] ?? 0];
const coverageSeen = ({ predicted, samples }: Tally, label: number): Seen => [predicted[label] ?? 0, samples];
const falsePositivesSeen = ({ predicted, right, size, samples }: Tally, label: number): Seen => [
  (predicted[label] ?? 0) - (right[label] ?? 0),
  samples - (size[label] ?? 0),
];

/** The least or the greatest over the classes that have the rate. */
function extreme(of: typeof recallSeen, pick: (parts: Estimate[], tally: Tally) => Estimate): Measure {
  return (tally, names) => {
    const rates = names.flatMap((name, label) => {
      const rate = rateOf(of(tally, label));
      return rate === null ? [] : [{ ...rate, of: name }];
    });
    if (rates.length === 0) return null;
    const estimate = pick(
      rates.map((rate) => rate.estimate),
      tally,
    );
    const found = rates.find((rate) => rate.estimate.value === estimate.value);
    return found === undefined ? null : { ...found, estimate, scarce: found.of };
  };
}

function meanEstimate({ rows }: Tally): Estimate {
  return metricEstimate(meanOfRecalls(stratumCounts(rows), "arithmetic"), rows, false);
}

const meanRecall: Measure = (tally, names) => {
  const classes = names.map((name, label) => ({ name, samples: tally.size[label] ?? 0 }));
  const [scarcest] = classes.filter(({ samples }) => samples > 0).toSorted((a, b) => a.samples - b.samples);
  if (scarcest === undefined) return null;
  return { estimate: meanEstimate(tally), of: null, samples: scarcest.samples, scarce: scarcest.name };
};

interface Column extends FrameColumn {
  readonly measure: Measure;
}

const accuracy: Column = {
  ...{ key: "accuracy", label: "Accuracy", help: "The share of the group's samples that are recognised." },
  measure: ({ right, samples }) => rateOf([right.reduce((sum, one) => sum + one, 0), samples]),
};

const ofAllClasses: readonly Column[] = [
  accuracy,
  {
    ...{
      key: "meanRecall",
      label: "Mean recall",
      help: "The average recall of the classes that the group has.",
    },
    measure: meanRecall,
  },
  {
    ...{ key: "minRecall", label: "Worst recall", help: "The recall of the group's worst class." },
    measure: extreme(recallSeen, (recalls, tally) => least(recalls, meanEstimate(tally))),
  },
  {
    ...{
      key: "minCoverage",
      label: "Least coverage",
      help: "The least share of the group's predictions that a class has.",
    },
    measure: extreme(coverageSeen, (coverages) => least(coverages)),
  },
  {
    key: "maxFalsePositiveRate",
    label: "Highest FPR",
    help: "The highest false-positive rate of a class: the share of the samples of other classes that are taken for it.",
    measure: extreme(falsePositivesSeen, greatest),
  },
];

function ofOneClass(label: number): Column[] {
  const column = (key: string, title: string, help: string, seen: typeof recallSeen): Column => ({
    ...{ key, label: title, help },
    measure: (tally) => rateOf(seen(tally, label)),
  });
  return [
    accuracy,
    column(
      "recall",
      "Recall",
      "The share of the class's samples in the group that are recognised.",
      recallSeen,
    ),
    column("coverage", "Coverage", "The class's share of the predictions in the group.", coverageSeen),
    column(
      "falsePositiveRate",
      "FPR",
      "The share of the group's samples of other classes that are taken for this one.",
      falsePositivesSeen,
    ),
  ];
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
