/**
 * The objectives psi (docs/method.md, section 4.1): each a function of the confusion matrix, differentiated automatically, and the
 * same number counted exactly, as it is reported.
 */
import { catalogue, type MetricId, type ObjectiveId, type ReportedId } from "../../metrics/catalogue.ts";
import { lowestCount, meanOfLowest } from "../../statistics/lowest.ts";
import type { Bucket } from "../problem.ts";
import type { Summary } from "./confusion.ts";
import type { Vector } from "./differentiate.ts";
import { cellRecall, classRecall, rate, sideRecalls } from "./measures.ts";
import { everyClass, type Measures, type ObjectiveContext } from "./shares.ts";
import { isSupported } from "./support.ts";
import { type ClassTallies, recallsJudged, recallsPresent, type Tallies, talliesByClass } from "./tallies.ts";

/** The formula of psi. */
export interface ObjectiveFormula<Of extends Summary = Summary> {
  /**
   * The parts whose least is to rise (recalls, or head and tail), for min objectives. Their multipliers are a softmin,
   * held constant while psi is differentiated.
   */
  parts?(summary: Of, context: ObjectiveContext): Measures;
  /** How many of the parts count alike at least, so that no multiplier is above one over it; one where absent. */
  lowest?(parts: number): number;
  /** psi, given the multipliers of its parts (empty when it has none). */
  psi(summary: Of, multipliers: ArrayLike<number>, context: ObjectiveContext): Vector;
}

/** The lowest of some parts, or the mean of several lowest, which are weighed by their multipliers. */
function lowestOf(
  parts: NonNullable<ObjectiveFormula["parts"]>,
  lowest?: ObjectiveFormula["lowest"],
): ObjectiveFormula {
  return {
    parts,
    ...(lowest && { lowest }),
    psi: (summary, multipliers, context) => parts(summary, context).values.dot(multipliers),
  };
}

const objectives: Readonly<Record<ObjectiveId, ObjectiveFormula>> = {
  meanRecall: { psi: (summary) => classRecall(summary).values.mean() },
  minRecall: lowestOf((summary) => classRecall(summary)),
  // The conditional value at risk of the recalls (Rockafellar and Uryasev, 2000).
  worst5Recall: lowestOf((summary) => classRecall(summary), lowestCount),
  gMean: { psi: (summary) => classRecall(summary).values.log().mean().exp() },
  hMean: { psi: (summary) => classRecall(summary).values.reciprocal().mean().reciprocal() },
  minHeadTailRecall: lowestOf(sideRecalls),
  macroF1: {
    psi: (summary) => {
      const labels = summary.buckets.map((bucket) => bucket.label);
      const correct = summary.diagonal.sumBy(labels, summary.classes);
      const actual = summary.rowSums.sumBy(labels, summary.classes);
      const classes = [...new Set(labels)].filter((k) => actual.value[k] > 0).sort((a, b) => a - b);
      const mass = summary.columnSums().plus(actual).take(classes);
      return correct.take(classes).scale(2).over(mass).mean();
    },
  },
  minGroupRecall: lowestOf((summary) => cellRecall(summary)),
  meanGroupRecall: { psi: (summary) => cellRecall(summary).values.mean() },
  minCoverage: lowestOf((summary, context) => rate("coverage", summary, everyClass(summary), context)),
  accuracy: { psi: (summary) => summary.diagonal.sum() },
};

/** The formula of one objective. */
export function formulaOf(id: ObjectiveId): ObjectiveFormula {
  return objectives[id];
}

interface Counted {
  readonly tallies: Tallies;
  readonly byClass: ClassTallies;
  readonly isHead: readonly boolean[];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean of the recalls of the classes present: without a list of them, because a search asks for it very often. */
function meanRecall({ byClass: { correct, support } }: Counted): number {
  let [sum, present] = [0, 0];
  for (let k = 0; k < support.length; k++) {
    if (support[k] === 0) continue;
    sum += correct[k] / support[k];
    present++;
  }
  return present === 0 ? 0 : sum / present;
}

function geometricMean(values: readonly number[]): number {
  return values.some((value) => value === 0) ? 0 : Math.exp(mean(values.map(Math.log)));
}

function harmonicMean(values: readonly number[]): number {
  return values.some((value) => value === 0) ? 0 : 1 / mean(values.map((value) => 1 / value));
}

/** Lower of the mean recall over head classes and over tail classes; of those present when a side is empty. */
function minHeadTail({ byClass, isHead }: Counted): number {
  const sides: number[][] = [[], []];
  byClass.support.forEach((support, label) => {
    if (support > 0) sides[isHead[label] ? 0 : 1].push(byClass.correct[label] / support);
  });
  return Math.min(...sides.filter((side) => side.length > 0).map(mean));
}

/** Mean of 2 C_kk / (col_k + row_k) over the classes present. */
function macroF1({ tallies, byClass: { correct, support } }: Counted): number {
  const scores: number[] = [];
  for (let k = 0; k < support.length; k++) {
    if (support[k] > 0) scores.push((2 * correct[k]) / (support[k] + tallies.predicted[k]));
  }
  return mean(scores);
}

const samplesOf = ({ tallies }: Counted) => tallies.support.reduce((sum, value) => sum + value, 0);

/** Exact values; classes and cells without samples are left out. */
const reported: Readonly<Record<ReportedId, (counted: Counted) => number>> = {
  meanRecall,
  minRecall: ({ byClass }) => Math.min(...recallsPresent(byClass)),
  worst5Recall: ({ byClass }) => meanOfLowest(recallsPresent(byClass)),
  gMean: ({ byClass }) => geometricMean(recallsPresent(byClass)),
  hMean: ({ byClass }) => harmonicMean(recallsPresent(byClass)),
  minHeadTailRecall: minHeadTail,
  macroF1,
  minGroupRecall: ({ tallies }) => Math.min(...recallsJudged(tallies)),
  meanGroupRecall: ({ tallies }) => mean(recallsJudged(tallies)),
  minCoverage: (counted) => {
    const total = samplesOf(counted);
    return Math.min(...Array.from(counted.tallies.predicted, (value) => value / total));
  },
  accuracy: (counted) =>
    counted.tallies.correct.reduce((sum, correct) => sum + correct, 0) / samplesOf(counted),
};

/** Values of reported metrics, by id. Those over groups are left out where the tallies have none that can be judged. */
export function reportedValues<Id extends ReportedId>(
  tallies: Tallies,
  isHead: readonly boolean[],
  ids: readonly Id[],
): Partial<Record<Id, number>> {
  const counted = { tallies, byClass: talliesByClass(tallies), isHead };
  const grouped = hasJudgedCells(tallies.buckets, tallies.rows);
  const values: Partial<Record<Id, number>> = {};
  for (const id of ids) if (grouped || !needsGroups(id)) values[id] = reported[id](counted);
  return values;
}

/** The value of one objective; classes and cells without samples are left out. @param byClass the tallies by class, where they are known */
export function objectiveValue(
  tallies: Tallies,
  id: ObjectiveId,
  isHead: readonly boolean[],
  byClass = talliesByClass(tallies),
): number {
  return reported[id]({ tallies, byClass, isHead });
}

/** Whether some class within a group has samples enough to be judged. @param rows of each bucket */
export function hasJudgedCells(buckets: readonly Bucket[], rows: ArrayLike<number>): boolean {
  return buckets.some((bucket, b) => bucket.group !== null && rows[b] > 0 && isSupported(bucket));
}

/** Whether a metric is about groups: without them it has no value. */
export function needsGroups(id: MetricId): boolean {
  return catalogue[id].needs === "groups";
}

/**
 * softmin(sharpness * parts) (docs/method.md, eq. (8)): weights that sum to 1, largest where the part is least, none above `cap`; what is cut off goes to the
 * others in proportion. @param cap at least one over the number of parts
 */
export function softmin(parts: ArrayLike<number>, sharpness: number, cap = 1): Float64Array {
  const least = Math.min(...Array.from(parts));
  const all = Float64Array.from(parts, (part) => Math.exp(-sharpness * (part - least)));
  const total = all.reduce((sum, weight) => sum + weight, 0);
  return cap >= 1 ? all.map((weight) => weight / total) : capped(all, cap);
}

/** Weights in proportion to some, none above `cap`. */
function capped(raw: Float64Array, cap: number): Float64Array {
  const order = Array.from(raw.keys()).sort((a, b) => raw[b] - raw[a]);
  const rest = order.map((at) => raw[at]);
  for (let at = rest.length - 2; at >= 0; at--) rest[at] += rest[at + 1];
  const weights = new Float64Array(raw.length);
  let [left, first] = [1, 0];
  while (first < order.length - 1 && (raw[order[first]] / rest[first]) * left > cap) {
    weights[order[first++]] = cap;
    left -= cap;
  }
  for (const at of order.slice(first)) weights[at] = (raw[at] / rest[first]) * left;
  return weights;
}

/**
 * Which classes are head: the most frequent 90 % of the classes by training counts, ties by index.
 * At least one class is head and, from two classes on, at least one is tail.
 */
export function headByCounts(trainCounts: ArrayLike<number>): boolean[] {
  const order = Array.from(trainCounts, (_count, index) => index).sort(
    (a, b) => trainCounts[b] - trainCounts[a] || a - b,
  );
  const heads = Math.max(1, Math.min(order.length - 1, Math.round(0.9 * order.length)));
  const isHead = new Array<boolean>(order.length).fill(false);
  for (const index of order.slice(0, heads)) isHead[index] = true;
  return isHead;
}
