/** Do the tables belong to the checkpoint? Its head has to know something of the labels of the rows it was trained on. */
import { alignmentOf } from "../selmix/alignment.ts";
import type { Head } from "../selmix/problem.ts";
import type { CountedRows } from "./buckets.ts";
import { JobError } from "./errors.ts";

/** Rows looked at, and multiply-adds spent on them: enough to tell a head from chance. */
const MOST_ROWS = 2000;
const MOST_WORK = 2e8;
/** Fewer rows tell nothing for sure. */
const FEWEST_ROWS = 50;
/** Predictions that chance explains so well know nothing of the labels. */
const CHANCE = 0.01;
/** A proposed order of the labels has to explain more rows than this. */
const GOOD_ORDER = 0.5;

/** What the sentences name. */
export interface Names {
  readonly checkpoint: string;
  readonly train: string;
  readonly classes: readonly string[];
  /** Whether scores are all that is known of the classifier. */
  readonly scored?: boolean;
  /** Whether the checkpoint's own network made the features, so that only the labels can be wrong. */
  readonly madeHere: boolean;
}

/**
 * Refuses features that the head can make nothing of: its predictions on training rows are independent of their labels
 * (a permutation test). Returns a sentence where it merely does worse than a constant would.
 * @throws JobError saying what is likely wrong
 */
export function requireBelonging(head: Head, train: CountedRows, names: Names, seed: number): string[] {
  const { labels, logits } = sampleLogits(head, train);
  const present = new Set(labels).size;
  if (labels.length < FEWEST_ROWS || present < 2) return [];
  const { accuracy, majority, meanRecall, p, order } = alignmentOf(logits, labels, head.classes, seed);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (p > CHANCE) {
    const chance = `agree with the labels no more often than by chance (${percent(accuracy)} of ${labels.length} rows)`;
    if (names.madeHere) return [`The predictions of ${names.checkpoint} on ${names.train} ${chance}.`];
    const likely =
      orderSentence(order, logits, labels, names) ??
      "export them with this checkpoint, or train it until it has learnt something";
    if (names.scored) throw new JobError(scoresSentence(chance, order, logits, labels, names));
    throw new JobError(
      `The features of ${names.train} do not belong to the head of ${names.checkpoint}: its predictions ${chance}; ${likely}.`,
    );
  }
  if (!names.scored && accuracy < majority && meanRecall < 1.5 / present) {
    return [
      `The head of ${names.checkpoint} is right on ${percent(accuracy)} of ${names.train}, and always saying the largest class would be on ${percent(majority)}: check that these features were made with this checkpoint.`,
    ];
  }
  return [];
}

function scoresSentence(
  chance: string,
  order: readonly number[] | null,
  logits: Float32Array,
  labels: Int32Array,
  names: Names,
): string {
  const likely =
    orderSentence(order, logits, labels, names) ?? "check that rows, columns and classes stand in one order";
  return `The scores of ${names.train} do not belong to its labels: the predictions ${chance}; ${likely}.`;
}

/** Rows of validation and training by which a classifier that knows its training samples by heart is told. */
const FAR_BETTER = 0.05;

/**
 * Says where scores of training samples are much better than those of validation: the classifier has seen them, so that they
 * tell nothing of how it errs.
 */
export function seenInTraining(
  head: Head,
  train: CountedRows,
  validation: CountedRows,
  names: Names,
): string[] {
  const [trained, held] = [train, validation].map((set) => {
    const { labels, logits } = sampleLogits(head, set);
    const { accuracy } = alignmentOf(logits, labels, head.classes, 0);
    return { accuracy, variance: (accuracy * (1 - accuracy)) / labels.length };
  });
  if (!trained || !held) return [];
  const difference = trained.accuracy - held.accuracy;
  if (difference < FAR_BETTER || difference < 4 * Math.sqrt(trained.variance + held.variance)) return [];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `The scores of ${names.train} are right on ${percent(trained.accuracy)} and those of validation on ${percent(held.accuracy)}: the classifier was most likely trained on these rows, so let each training row be scored by a copy that did not see it (scikit-learn's cross_val_predict).`,
  ];
}

/** Says in which order the labels would fit, where there is one that does. */
function orderSentence(
  order: readonly number[] | null,
  logits: Float32Array,
  labels: Int32Array,
  { classes, train }: Names,
): string | null {
  if (order === null) return null;
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const reordered = labels.map((label) => order[present.indexOf(label)]);
  if (alignmentOf(logits, reordered, classes.length, 0).accuracy < GOOD_ORDER) return null;
  const pairs = present.flatMap((label, at) => (order[at] === label ? [] : [`${label} is ${order[at]}`]));
  const shown = pairs.length > 12 ? `${pairs.slice(0, 12).join(", ")}...` : pairs.join(", ");
  return `most likely the labels of ${train} stand in another order than the classes of the head (label ${shown}): number them as the head does`;
}

/** Labels and logits [n,K] of training rows spread evenly over the table. */
function sampleLogits(
  { weight, bias, classes, size }: Head,
  { rows: table, labels: all }: CountedRows,
): { labels: Int32Array; logits: Float32Array } {
  const affordable = Math.max(64, Math.floor(MOST_WORK / (size * classes)));
  const rows = Math.max(1, Math.min(table.count, MOST_ROWS, affordable));
  const labels = new Int32Array(rows);
  const logits = new Float32Array(rows * classes);
  const row = new Float32Array(size);
  for (let at = 0; at < rows; at++) {
    const index = Math.floor((at * table.count) / rows);
    table.read(index, 1, row, 0);
    labels[at] = all[index];
    for (let k = 0; k < classes; k++) {
      let sum = bias === null ? 0 : bias[k];
      for (let d = 0; d < size; d++) sum += weight[k * size + d] * row[d];
      logits[at * classes + k] = sum;
    }
  }
  return { labels, logits };
}
