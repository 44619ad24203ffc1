/** What a head made of the samples of a group, and the rates that are told of it. Pure. */
import type { BucketRecord } from "../../protocol/records.ts";
import { meanOfRecalls, type PredictedRows, stratumCounts } from "../../selmix/estimates/influence.ts";
import { metricEstimate } from "../../selmix/estimates/metricEstimates.ts";
import { type Estimate, share } from "../../statistics/estimate.ts";
import { greatest, least } from "../../statistics/extremes.ts";

/** A rate of a group. */
export interface Rate {
  readonly estimate: Estimate;
  /** The class that it is of, where it is the least or greatest of all. */
  readonly of: string | null;
  /** The fewest samples that it, or a part of it, divides by, and of which class they are. */
  readonly samples: number;
  readonly scarce: string | null;
}

export interface FrameColumn {
  readonly key: string;
  readonly label: string;
  readonly help: string;
}

/** What a head made of the samples of a group: by class how many there are, are right, and are predicted. */
export interface Tally {
  readonly samples: number;
  readonly size: readonly number[];
  readonly right: readonly number[];
  readonly predicted: readonly number[];
  /** The samples one by one, in no order. */
  readonly rows: PredictedRows;
}

/** So many, of so many. */
type Seen = readonly [number, number];

export function tallyOf(
  counts: Int32Array,
  buckets: readonly BucketRecord[],
  classes: number,
  isMember: (group: number | null) => boolean,
): Tally {
  const none = new Array<number>(classes).fill(0);
  const [size, right, predicted] = [[...none], [...none], [...none]];
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

export interface Column extends FrameColumn {
  readonly measure: Measure;
}

export const accuracy: Column = {
  ...{ key: "accuracy", label: "Accuracy", help: "The share of the group's samples that are recognised." },
  measure: ({ right, samples }) => rateOf([right.reduce((sum, one) => sum + one, 0), samples]),
};

export const ofAllClasses: readonly Column[] = [
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

export function ofOneClass(label: number): Column[] {
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
