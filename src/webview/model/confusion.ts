/** The confusion matrix before, after and their difference, in shares of each row. Pure. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { Comparison } from "../../words/comparison.ts";
import { confusionCounts } from "../../words/mistakes.ts";
import { named } from "../../words/names.ts";
import { count, percent, plain, points } from "../../words/numbers.ts";
import { MatrixPicture } from "../pictures/matrix.ts";
import type { MatrixView } from "../pictures/matrixView.ts";
import { type Sorting, sortBuckets } from "./sorting.ts";

export const confusionViews = [
  { value: "difference", label: "Difference" },
  { value: "before", label: "Before" },
  { value: "after", label: "After" },
] as const;
export type ConfusionView = (typeof confusionViews)[number]["value"];

/** Rows of counts [B,K] as shares; a row without samples stays 0. */
export function rowShares(counts: Int32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let column = 0; column < columns; column += 1) sum += counts[row * columns + column] ?? 0;
    if (sum === 0) continue;
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      out[at] = (counts[at] ?? 0) / sum;
    }
  }
  return out;
}

const cellsInTable = 400;

/** The picture asked for; null until the counts are known. */
export function confusionPicture(
  snapshot: RunSnapshot,
  comparison: Comparison,
  view: ConfusionView,
  sorting: Sorting,
  matrixView: MatrixView,
  markNegative: boolean,
): MatrixPicture | null {
  const counts = confusionCounts(snapshot, comparison);
  if (counts === null) return null;
  const rows = comparison.buckets.length;
  const columns = comparison.classes.length;
  const before = rowShares(counts.before, rows, columns);
  const after = rowShares(counts.after, rows, columns);
  const values =
    view === "before"
      ? before
      : view === "after"
        ? after
        : after.map((share, at) => share - (before[at] ?? 0));
  const ordered = sortBuckets(comparison.buckets, sorting);
  const columnOrder = [...new Set(ordered.map((bucket) => bucket.label))];
  for (let label = 0; label < columns; label += 1) if (!columnOrder.includes(label)) columnOrder.push(label);
  const rowNames = comparison.buckets.map((bucket) => bucket.name);
  const { classes } = comparison;
  const read = (row: number, column: number) => {
    const at = row * columns + column;
    const right = comparison.buckets[row]?.label === column ? " (correct)" : "";
    return `${named(rowNames[row] ?? "")} predicted as ${named(classes[column] ?? "")}${right}: ${percent(before[at] ?? 0, 1)} → ${percent(after[at] ?? 0, 1)} (${count(counts.before[at] ?? 0)} → ${count(counts.after[at] ?? 0)} samples).`;
  };
  const title =
    view === "difference"
      ? `Confusion, after minus before (${comparison.split})`
      : `Confusion ${view} (${comparison.split})`;
  return new MatrixPicture({
    title,
    fileStem: `confusion-${view}-${comparison.split}`,
    sentence: sentenceOf(values, view, comparison),
    data: { values, rows, columns, rowOrder: ordered.map((bucket) => bucket.index), columnOrder },
    rowNames,
    columnNames: classes,
    rowAxis: "true",
    columnAxis: "predicted",
    colouring: view === "difference" ? "diverging" : "share",
    showScale: (value) => (view === "difference" ? `${points(value, 0)}` : percent(value)),
    showCell: (value) => {
      const shown = plain(100 * value, 0);
      return shown === "0" ? "" : view === "difference" && value > 0 ? `+${shown}` : shown;
    },
    read,
    matrixView,
    markNegative,
    table: () => {
      const cells = Array.from(values.keys()).filter((at) => before[at] !== 0 || after[at] !== 0);
      const shown =
        rows * columns <= cellsInTable
          ? cells
          : cells
              .toSorted((a, b) => Math.abs(values[b] ?? 0) - Math.abs(values[a] ?? 0))
              .slice(0, cellsInTable);
      return {
        caption: shown.length < cells.length ? `${title}: the ${cellsInTable} strongest cells` : title,
        columns: [
          { key: "true", label: "True" },
          { key: "predicted", label: "Predicted" },
          { key: "before", label: "Before", show: (value) => percent(value, 1) },
          { key: "after", label: "After", show: (value) => percent(value, 1) },
          { key: "change", label: "Change (points)", show: (value) => points(value) },
          { key: "countBefore", label: "Samples before", show: count },
          { key: "countAfter", label: "Samples after", show: count },
        ],
        rows: shown.map((at) => [
          rowNames[Math.floor(at / columns)] ?? "",
          classes[at % columns] ?? "",
          before[at] ?? 0,
          after[at] ?? 0,
          (after[at] ?? 0) - (before[at] ?? 0),
          counts.before[at] ?? 0,
          counts.after[at] ?? 0,
        ]),
      };
    },
  });
}

function sentenceOf(values: Float32Array, view: ConfusionView, comparison: Comparison): string {
  const columns = comparison.classes.length;
  let strongest = -1;
  for (let at = 0; at < values.length; at += 1) {
    const wrong = comparison.buckets[Math.floor(at / columns)]?.label !== at % columns;
    const score = view === "difference" ? Math.abs(values[at] ?? 0) : (values[at] ?? 0);
    const best = view === "difference" ? Math.abs(values[strongest] ?? 0) : (values[strongest] ?? 0);
    if (wrong && score > best) strongest = at;
  }
  if (strongest < 0) return "Nothing is mistaken for anything else.";
  const from = named(comparison.buckets[Math.floor(strongest / columns)]?.name ?? "");
  const to = named(comparison.classes[strongest % columns] ?? "");
  const value = values[strongest] ?? 0;
  return view === "difference"
    ? `The mistake that changed most: ${from} taken for ${to}, ${points(value)} points of its samples. Rows are the true class.`
    : `The most frequent mistake: ${percent(value, 1)} of ${from} taken for ${to}. Rows are the true class.`;
}
