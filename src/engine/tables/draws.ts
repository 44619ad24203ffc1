/**
 * Draws of validation, for how much of a result is the luck of its rows: the bootstrap (Efron, 1979) within each class and group. A row
 * that was drawn more than once counts for as many and stands there once: so nothing that divides rows has copies on both sides.
 */
import { groupBy } from "../../files/groupBy.ts";
import { Random } from "../../selmix/random.ts";
import { JobError } from "../errors.ts";
import { someRows } from "./someRows.ts";
import type { NumberedTable, Tables } from "./tables.ts";

/** Stream of the random numbers drawn here. */
const STREAM = 71;

/**
 * The tables with a draw of validation in its place. Without a test set, the rows that were not drawn are one: nothing was chosen by them.
 * @param draw its number, which is all that it depends on besides the table: draws are the same for all objectives and seeds
 * @throws JobError where validation is another set too
 */
export function drawn(tables: Tables, draw: number): Tables {
  const { validation, train, test } = tables;
  if (validation === train || validation === test)
    throw new JobError(
      `Draws of validation need rows of its own, and ${validation.path} is the table of ${validation === train ? "train" : "test"} too; give validation a table of its own.`,
    );
  const counts = drawCounts(validation, draw);
  const rows = Int32Array.from(counts.keys());
  const table = someRows(
    validation,
    rows.filter((row) => counts[row] > 0),
  );
  const times = counts.filter((count) => count > 0);
  const weights = Float64Array.from(times, (count, at) => count * (table.weights?.[at] ?? 1));
  const others = () =>
    someRows(
      validation,
      rows.filter((row) => counts[row] === 0),
    );
  return { ...tables, validation: { ...table, weights }, test: test ?? others() };
}

/** How often each row [N] was drawn: as many draws from each class within each group as it has rows. */
function drawCounts({ rows, labels, groups }: NumberedTable, draw: number): Int32Array {
  const random = new Random(draw, STREAM);
  const counts = new Int32Array(rows.count);
  const places = groupBy(counts.keys(), (row) => `${labels?.[row]} ${groups?.[row]}`);
  for (const own of places.values())
    for (let time = 0; time < own.length; time++) counts[own[random.integer(own.length)] ?? 0]++;
  return counts;
}
