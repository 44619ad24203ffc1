/** Do the tables belong to the checkpoint? Its head has to know something of the labels of the rows it was trained on. */
import { type Alignment, alignmentOf } from "../../selmix/estimates/alignment.ts";
import type { Head } from "../../selmix/problem.ts";
import { JobError } from "../errors.ts";
import type { CountedRows } from "./buckets.ts";

/** Rows looked at, and multiply-adds spent on them: enough to tell a head from chance. */
const MOST_ROWS = 2000;
const MOST_WORK = 2e8;
/** Fewer rows tell nothing for sure. */
const FEWEST_ROWS = 50;
/** Predictions that chance explains so well know nothing of the labels. */
const CHANCE = 0.01;
/** A proposed order of the labels has to explain more rows than this. */
const GOOD_ORDER = 0.5;
/** Standard errors by which another order has to explain more rows than the given one. */
const SURE_ORDER = 5;

/** A share of the rows by which predictions that are right on more of one set than of another are of another kind. */
const FAR_BETTER = 0.05;

/** What the sentences name. */
export interface Names {
  readonly checkpoint: string;
  readonly classes: readonly string[];
  /** Whether scores are all that is known of the classifier. */
  readonly scored?: boolean;
  /** Whether the checkpoint's own network made the features, so that only the labels can be wrong. */
  readonly madeHere: boolean;
}

/** Rows with labels, and what they are called. */
export interface LabelledSet {
  readonly file: string;
  readonly set: CountedRows;
  /** Whether the labels are names of classes rather than their numbers. */
  readonly byName: boolean;
}

/**
 * Refuses features that the head can make nothing of: its predictions on training rows are independent of their labels
 * (a permutation test), or fit them in another order of the classes beyond doubt, in whichever set. Returns a sentence where it
 * merely does worse than a constant would, and where it knows nothing of other rows than those of training.
 * @throws JobError saying what is likely wrong
 */
export function requireBelonging(
  head: Head,
  sets: { readonly train: LabelledSet; readonly others: readonly LabelledSet[] },
  names: Names,
  seed: number,
): string[] {
  const trained = sampleOf(head, sets.train, names, seed);
  if (trained === null) return [];
  return [
    ...doubtsOfTrain(trained, sets.train.file, names),
    ...sets.others.flatMap((other) => doubtsOfOther(head, other, trained, names, seed)),
  ];
}

function doubtsOfTrain({ alignment, labels, order }: Sample, file: string, names: Names): string[] {
  const { accuracy, majority, meanRecall, p } = alignment;
  if (p > CHANCE) {
    const chance = byChance(alignment, labels);
    if (names.madeHere) return [`The predictions of ${names.checkpoint} on ${file} ${chance}.`];
    if (names.scored) {
      throw new JobError(
        `The scores of ${file} do not belong to its labels: the predictions ${chance}; ${order ?? "check that rows, columns and classes stand in one order"}.`,
      );
    }
    throw new JobError(
      `The features of ${file} do not belong to the head of ${names.checkpoint}: its predictions ${chance}; ${order ?? "export them with this checkpoint, or train it until it has learnt something"}.`,
    );
  }
  if (!names.scored && accuracy < majority && meanRecall < 1.5 / new Set(labels).size) {
    return [
      `The head of ${names.checkpoint} is right on ${percent(accuracy)} of ${file}, and always saying the largest class would be on ${percent(majority)}: check that these features were made with this checkpoint.`,
    ];
  }
  return [];
}

function doubtsOfOther(
  head: Head,
  labelled: LabelledSet,
  trained: Sample,
  names: Names,
  seed: number,
): string[] {
  const sample = sampleOf(head, labelled, names, seed);
  if (sample === null || sample.alignment.p <= CHANCE) return [];
  const hits = ({ alignment, labels }: Sample): Hits => ({
    accuracy: alignment.accuracy,
    rows: labels.length,
  });
  if (!isFarBetter(hits(trained), hits(sample))) return [];
  return [
    `The predictions of ${names.checkpoint} on ${labelled.file} ${byChance(sample.alignment, sample.labels)}, though on ${percent(trained.alignment.accuracy)} of the rows of training: check that both tables were made from this checkpoint, and in the same way.`,
  ];
}

interface Hits {
  readonly accuracy: number;
  readonly rows: number;
}

/** Whether predictions are right on more of some rows than of others, beyond doubt. */
function isFarBetter(better: Hits, other: Hits): boolean {
  const variance = ({ accuracy, rows }: Hits) => (accuracy * (1 - accuracy)) / rows;
  const difference = better.accuracy - other.accuracy;
  return difference >= FAR_BETTER && difference >= 4 * Math.sqrt(variance(better) + variance(other));
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function byChance({ accuracy }: Alignment, labels: Int32Array): string {
  return `agree with the labels no more often than by chance (${percent(accuracy)} of ${labels.length} rows)`;
}

interface Sample {
  readonly labels: Int32Array;
  readonly alignment: Alignment;
  /** In which order the labels would fit, as a sentence; null where there is none. */
  readonly order: string | null;
}

/**
 * How a head's predictions stand to the labels of a set; null where rows are too few to tell.
 * @throws JobError where they fit in another order beyond doubt
 */
function sampleOf(head: Head, labelled: LabelledSet, names: Names, seed: number): Sample | null {
  const { labels, logits } = sampleLogits(head, labelled.set);
  if (labels.length < FEWEST_ROWS || new Set(labels).size < 2) return null;
  const alignment = alignmentOf(logits, labels, head.classes, seed);
  const fitting = inOrder(alignment, logits, labels, names.classes.length);
  const order = fitting && orderSentence(fitting, labels, labelled, names);
  if (fitting) {
    const [now, then] = [alignment.accuracy, fitting.accuracy].map((share) => share * labels.length);
    if (then - now > SURE_ORDER * Math.sqrt(then + now)) {
      throw new JobError(
        `The predictions of ${names.checkpoint} agree with the labels of ${labelled.file} on ${percent(alignment.accuracy)} of ${labels.length} rows, and would on ${percent(fitting.accuracy)} in another order; ${order}.`,
      );
    }
  }
  return { labels, alignment, order };
}

interface Order {
  /** The class of each label present, in their order. */
  readonly classes: readonly number[];
  readonly accuracy: number;
}

/** Another order of the labels in which most rows are right, where there is one. */
function inOrder(
  { order }: Alignment,
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
): Order | null {
  if (order === null) return null;
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const reordered = labels.map((label) => order[present.indexOf(label)]);
  const { accuracy } = alignmentOf(logits, reordered, classes, 0);
  return accuracy < GOOD_ORDER ? null : { classes: order, accuracy };
}

/**
 * Says where scores of training samples are much better than those of validation: the classifier has seen them, so that they
 * tell nothing of how it errs.
 */
export function seenInTraining(
  head: Head,
  { file, set: train }: Pick<LabelledSet, "file" | "set">,
  validation: CountedRows,
): string[] {
  const hits = (set: CountedRows): Hits => {
    const { labels, logits } = sampleLogits(head, set);
    return { accuracy: alignmentOf(logits, labels, head.classes, 0).accuracy, rows: labels.length };
  };
  const [trained, held] = [hits(train), hits(validation)];
  if (!isFarBetter(trained, held)) return [];
  return [
    `The scores of ${file} are right on ${percent(trained.accuracy)} and those of validation on ${percent(held.accuracy)}: the classifier was most likely trained on these rows, so let each training row be scored by a copy that did not see it (scikit-learn's cross_val_predict).`,
  ];
}

function orderSentence(
  { classes: order }: Order,
  labels: Int32Array,
  { file, byName }: LabelledSet,
  { classes }: Names,
): string {
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const likely = `most likely the labels of ${file} stand in another order than the classes of the head`;
  if (byName && present.length === classes.length) {
    const asHead = order.map((_class, k) => classes[order.indexOf(k)]);
    return `${likely}: write "classes": ${JSON.stringify(asHead)} in selmix.json`;
  }
  const called = (label: number) => (byName ? classes[label] : `${label}`);
  const pairs = present.flatMap((label, at) =>
    order[at] === label ? [] : [`${called(label)} is ${order[at]}`],
  );
  const shown = pairs.length > 12 ? `${pairs.slice(0, 12).join(", ")}...` : pairs.join(", ");
  return `${likely} (label ${shown}): number them as the head does`;
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
    for (let k = 0; k < classes; k++) logits[at * classes + k] = bias === null ? 0 : bias[k];
    addProducts(weight, row, logits.subarray(at * classes, (at + 1) * classes));
  }
  return { labels, logits };
}

/** Adds W x to logits [K]: four classes at a time, for each addition waits for the one before. */
function addProducts(weight: Float32Array, row: Float32Array, logits: Float32Array): void {
  const size = row.length;
  const together = logits.length - (logits.length % 4);
  for (let k = 0; k < together; k += 4) {
    const [first, second, third, fourth] = [0, 1, 2, 3].map((next) => (k + next) * size);
    let [a, b, c, d] = logits.subarray(k, k + 4);
    for (let i = 0; i < size; i++) {
      const x = row[i];
      a += weight[first + i] * x;
      b += weight[second + i] * x;
      c += weight[third + i] * x;
      d += weight[fourth + i] * x;
    }
    logits.set([a, b, c, d], k);
  }
  for (let k = together; k < logits.length; k++) {
    let sum = logits[k];
    for (let i = 0; i < size; i++) sum += weight[k * size + i] * row[i];
    logits[k] = sum;
  }
}
