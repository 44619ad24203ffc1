/** Metrics by scikit-learn's and fairlearn's definitions, written again and apart from the product's, to hold it against. */
import type { RandomTable } from "./randomProblem.ts";

/** Predicted class of every row, in float64. */
export function predicted(
  { features }: RandomTable,
  weight: readonly (readonly number[])[],
  bias: readonly number[],
): number[] {
  return features.map((row) => {
    const logits = weight.map((weights, k) =>
      weights.reduce((sum, w, d) => sum + w * (row[d] ?? 0), bias[k] ?? 0),
    );
    return logits.indexOf(Math.max(...logits));
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (rows: readonly boolean[]) => mean(rows.map(Number));

/** Of the rows that are meant, the share that is so; NaN of none. */
function rate(rows: number, meant: (row: number) => boolean, so: (row: number) => boolean): number {
  const kept = Array.from({ length: rows }, (_, row) => row).filter(meant);
  return kept.length === 0 ? Number.NaN : share(kept.map(so));
}

/** recall_score(average=None), accuracy_score, f1_score(average="macro") over the classes that occur, and means of recalls. */
export function classMetrics({ labels }: RandomTable, predictions: readonly number[], classes: number) {
  const right = (row: number) => predictions[row] === labels[row];
  const all = Array.from({ length: classes }, (_, k) => k);
  const recalls = all.map((k) => rate(labels.length, (row) => labels[row] === k, right));
  const occurring = all.filter((k) => labels.includes(k));
  const known = occurring.map((k) => recalls[k] ?? Number.NaN);
  const f1 = occurring.map((k) => {
    const hits = labels.filter((label, row) => label === k && predictions[row] === k).length;
    const sizes =
      labels.filter((label) => label === k).length + predictions.filter((label) => label === k).length;
    return (2 * hits) / sizes;
  });
  return {
    accuracy: share(labels.map((_, row) => right(row))),
    meanRecall: mean(known),
    minRecall: Math.min(...known),
    gMean: known.reduce((product, recall) => product * recall, 1) ** (1 / known.length),
    hMean: known.includes(0) ? 0 : 1 / mean(known.map((recall) => 1 / recall)),
    macroF1: mean(f1),
    recalls,
  };
}

/**
 * The value of a constraint that is furthest from being kept, for some classes; null where any part of it divides by nothing.
 * Rates within groups as fairlearn's MetricFrame has them, over the groups that occur anywhere.
 */
export function constraintValue(
  metric: string,
  kind: "atLeast" | "atMost",
  meant: readonly number[],
  { labels, groups }: RandomTable,
  predictions: readonly number[],
  allGroups: readonly number[],
): number | null {
  const rows = labels.length;
  const within = (group: number | null) => (row: number) => group === null || groups[row] === group;
  const recall = (k: number, group: number | null) =>
    rate(
      rows,
      (row) => labels[row] === k && within(group)(row),
      (row) => predictions[row] === k,
    );
  const others = (k: number, group: number | null) =>
    rate(
      rows,
      (row) => labels[row] !== k && within(group)(row),
      (row) => predictions[row] === k,
    );
  const coverage = (k: number, group: number | null) =>
    rate(rows, within(group), (row) => predictions[row] === k);
  const precision = (k: number) =>
    rate(
      rows,
      (row) => predictions[row] === k,
      (row) => labels[row] === k,
    );
  const accuracy = (group: number | null) =>
    rate(rows, within(group), (row) => predictions[row] === labels[row]);
  type Rate = (k: number, group: number | null) => number;
  const pairs = (of: Rate, classes: readonly number[], compare: (a: number, b: number) => number) =>
    classes.flatMap((k) =>
      allGroups.flatMap((a) => allGroups.filter((b) => b !== a).map((b) => compare(of(k, a), of(k, b)))),
    );
  const minus = (a: number, b: number) => a - b;
  const over = (a: number, b: number) => (b === 0 ? Number.NaN : a / b);
  const ratio = (of: Rate) => pairs(of, meant, over);
  const values: Record<string, () => number[]> = {
    recall: () => meant.map((k) => recall(k, null)),
    precision: () => meant.map(precision),
    coverage: () => meant.map((k) => coverage(k, null)),
    accuracy: () => [accuracy(null)],
    groupRecall: () => meant.flatMap((k) => allGroups.map((group) => recall(k, group))),
    groupAccuracy: () => allGroups.map((group) => accuracy(group)),
    coverageDifference: () => pairs(coverage, meant, minus),
    recallDifference: () => pairs(recall, meant, minus),
    falsePositiveRateDifference: () => pairs(others, meant, minus),
    equalizedOddsDifference: () => [...pairs(recall, meant, minus), ...pairs(others, meant, minus)],
    accuracyDifference: () => pairs((_, group) => accuracy(group), [0], minus),
    coverageRatio: () => ratio(coverage),
    recallRatio: () => ratio(recall),
  };
  const ofAll: Record<string, number | number[]> = classMetrics(
    { features: [], labels, groups },
    predictions,
    meant.length,
  );
  const whole = metric === "minCoverage" ? Math.min(...meant.map((k) => coverage(k, null))) : ofAll[metric];
  if (typeof whole === "number") return whole;
  const all = values[metric]?.();
  if (all === undefined) throw new Error(`no definition of ${metric}`);
  if (all.some(Number.isNaN)) return null;
  return kind === "atLeast" ? Math.min(...all) : Math.max(...all);
}
