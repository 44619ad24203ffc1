/** Tables with some of their rows: those that prove nothing, and those that count. */
import { type FeatureRows, rowsInMemory } from "../../selmix/problem.ts";
import { counted } from "../../words/numbers.ts";
import { eachTable, type NumberedTable, type Tables } from "./tables.ts";

/** A table of some of a table's rows. @param rows their places, in the order of the table */
export function someRows(table: NumberedTable, rows: Int32Array): NumberedTable {
  const { labels, groups, weights, logits } = table;
  return {
    ...table,
    rows: pickedRows(table.rows, rows),
    labels: labels && rows.map((row) => labels[row]),
    groups: groups && rows.map((row) => groups[row]),
    weights: weights && Float64Array.from(rows, (row) => weights[row]),
    // Of the first rows of the whole table, and so of the first of these: they are in its order.
    logits:
      logits &&
      pickedRows(
        logits,
        rows.filter((row) => row < logits.count),
      ),
  };
}

/** Some rows of a table, in memory where they all are, and else read as they are asked for. */
function pickedRows(all: FeatureRows, picked: Int32Array): FeatureRows {
  const { size } = all;
  const read = (start: number, count: number, target: Float32Array, at: number) => {
    for (let row = 0; row < count; row++) all.read(picked[start + row], 1, target, at + row * size);
  };
  if (all.values === undefined) return { count: picked.length, size, read };
  const values = new Float32Array(picked.length * size);
  read(0, picked.length, values, 0);
  return rowsInMemory(values, size);
}

/** Tables without the rows whose weight is 0, which would be classes and groups of no samples; and a sentence for each that had some. */
export function rowsThatCount(tables: Tables): {
  readonly tables: Tables;
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  const counting = eachTable(tables, (table) => {
    const kept = weighing(table);
    if (kept !== table) notes.push(leftOut(table, kept));
    return kept;
  });
  return { tables: { ...counting, unlabeled: tables.unlabeled }, notes };
}

/** Where no row counts, all stay: weights that are wrong as a whole are told of by who uses them. */
function weighing(table: NumberedTable): NumberedTable {
  const { weights } = table;
  const rows = weights && Int32Array.from(weights.keys()).filter((row) => weights[row] > 0);
  return rows && rows.length > 0 && rows.length < table.rows.count ? someRows(table, rows) : table;
}

function leftOut(before: NumberedTable, after: NumberedTable): string {
  const rows = before.rows.count - after.rows.count;
  return `${before.path} has ${counted(rows, "row")} of weight 0, which ${rows === 1 ? "is" : "are"} left out.`;
}
