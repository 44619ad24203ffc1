/** The objectives psi (method.md section 4): each a function of the confusion matrix, differentiated automatically. */
import type { ObjectiveId } from "../protocol/records.ts";
import type { ConfusionSummary } from "./confusion.ts";
import { concatenate, type Vector } from "./differentiate.ts";

export interface Objective {
  readonly id: ObjectiveId;
  /** For people: what raising it does. */
  readonly sentence: string;
  /**
   * The parts whose least is to rise (recalls, or head and tail), for min objectives. Their multipliers are a softmin,
   * held constant while psi is differentiated.
   */
  parts?(summary: ConfusionSummary, context: ObjectiveContext): Vector;
  /** psi, given the multipliers of its parts (empty when it has none). */
  psi(summary: ConfusionSummary, multipliers: ArrayLike<number>, context: ObjectiveContext): Vector;
}

export interface ObjectiveContext {
  /** Whether a class belongs to the head (the most frequent classes that hold 90 % of ranks, or those named). */
  readonly isHead: readonly boolean[];
}

function meanOver(values: Vector, include: readonly boolean[]): Vector {
  const count = include.filter(Boolean).length;
  return values.dot(include.map((included) => (included ? 1 / Math.max(count, 1) : 0)));
}

/** Mean recall over the buckets of head classes and over those of tail classes; one part when either is empty. */
function headAndTail(summary: ConfusionSummary, context: ObjectiveContext): Vector {
  const head = summary.buckets.map((bucket) => context.isHead[bucket.label]);
  const tail = head.map((isHead) => !isHead);
  const parts = [head, tail].filter((include) => include.includes(true));
  return concatenate(parts.map((include) => meanOver(summary.recall, include)));
}

/** Sums a vector over buckets into classes. */
function byClass(summary: ConfusionSummary, perBucket: Vector): Vector {
  return perBucket.sumBy(
    summary.buckets.map((bucket) => bucket.label),
    summary.classes,
  );
}

const definitions: readonly Objective[] = [
  {
    id: "meanRecall",
    sentence: "Raises the average recall over classes, each counting the same however rare it is.",
    psi: (summary) => summary.recall.mean(),
  },
  {
    id: "minRecall",
    sentence: "Raises the recall of the worst class.",
    parts: (summary) => summary.recall,
    psi: (summary, multipliers) => summary.recall.dot(multipliers),
  },
  {
    id: "gMean",
    sentence: "Raises the geometric mean of the recalls: weak classes count more, none may be given up.",
    psi: (summary) => summary.recall.log().mean().exp(),
  },
  {
    id: "hMean",
    sentence: "Raises the harmonic mean of the recalls: between the average and the worst class.",
    psi: (summary) => summary.recall.reciprocal().mean().reciprocal(),
  },
  {
    id: "minHeadTailRecall",
    sentence: "Raises the lower of two averages: recall over the frequent classes and over the rare ones.",
    parts: headAndTail,
    psi: (summary, multipliers, context) => headAndTail(summary, context).dot(multipliers),
  },
  {
    id: "macroF1",
    sentence: "Raises the average F1 over classes: recall and precision together.",
    psi: (summary) => {
      const correct = byClass(summary, summary.diagonal);
      const actual = byClass(summary, summary.rowSums);
      const present = summary.buckets.map((bucket) => bucket.label);
      const classes = [...new Set(present)].sort((a, b) => a - b);
      const mass = summary.columnSums().plus(actual).take(classes);
      return correct.take(classes).scale(2).over(mass).mean();
    },
  },
];

const byId = new Map(definitions.map((objective) => [objective.id, objective]));

export const objectives = definitions;

/** @throws RangeError for an unknown id. */
export function objectiveById(id: ObjectiveId): Objective {
  const objective = byId.get(id);
  if (objective === undefined) throw new RangeError(`unknown objective ${id}`);
  return objective;
}

/** softmin(sharpness * parts): weights that sum to 1, largest where the part is least. */
export function softmin(parts: ArrayLike<number>, sharpness: number): Float64Array {
  const least = Math.min(...Array.from(parts));
  const weights = Float64Array.from(parts, (part) => Math.exp(-sharpness * (part - least)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
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
