/**
 * How much a value varies when what it depends on is drawn anew, and how much of that is each cause: the analysis of variance of a table
 * of two ways without repetition, with random effects (Searle, Casella and McCulloch, "Variance Components", 1992).
 */
import { studentPoint } from "./student.ts";

export interface Spread {
  readonly mean: number;
  /** Of one more value, whose row and column are both new. */
  readonly variance: number;
  /** What the rows, the columns, and each row and column together make of it. */
  readonly parts: Causes;
  /** Mean squares, and their degrees of freedom. */
  readonly squares: Causes;
  readonly freedoms: Causes;
}

/** Something of the rows, the columns, and each row and column together. */
export interface Causes {
  readonly rows: number;
  readonly columns: number;
  readonly both: number;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The spread of a table [R,C] without gaps, R rows or C columns at least two. A single row or column has no part in it. */
export function spreadOf(table: readonly (readonly number[])[]): Spread {
  const rows = table.length;
  const columns = table[0]?.length ?? 0;
  const mean = meanOf(table.flat());
  const rowMeans = table.map(meanOf);
  const columnMeans = Array.from({ length: columns }, (_unused, at) =>
    meanOf(table.map((row) => row[at] ?? 0)),
  );
  const deviations = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [ofRows, ofColumns] = [columns * deviations(rowMeans), rows * deviations(columnMeans)];
  const left = Math.max(0, deviations(table.flat()) - ofRows - ofColumns);
  const freedoms = { rows: rows - 1, columns: columns - 1, both: (rows - 1) * (columns - 1) };
  const square = (sum: number, freedom: number) => (freedom > 0 ? sum / freedom : 0);
  const squares = {
    rows: square(ofRows, freedoms.rows),
    columns: square(ofColumns, freedoms.columns),
    both: square(left, freedoms.both),
  };
  const parts = {
    rows: Math.max(0, squares.rows - squares.both) / columns,
    columns: Math.max(0, squares.columns - squares.both) / rows,
    both: squares.both,
  };
  return { mean, variance: parts.rows + parts.columns + parts.both, parts, squares, freedoms };
}

/**
 * Where a further value lies with this probability, whose row and column are new.
 * @param oneSource whether the rows were all made from one sample, as draws of a bootstrap are: their mean is then as far from that of
 * other samples as one of them
 */
export function rangeOf(
  { mean, variance, parts, squares, freedoms }: Spread,
  oneSource: boolean,
  probability: number,
): { readonly low: number; readonly high: number } {
  const [rows, columns] = [freedoms.rows + 1, freedoms.columns + 1];
  const ofRows = oneSource ? 1 : 1 / rows;
  const ofMean = ofRows * parts.rows + parts.columns / columns + parts.both / (rows * columns);
  const freedom = freedomOf(
    [
      { share: (squares.rows * (1 + ofRows)) / columns, freedom: freedoms.rows },
      { share: (squares.columns * (1 + 1 / columns)) / rows, freedom: freedoms.columns },
      { share: squares.both * Math.max(0, 1 - 1 / rows - 1 / columns), freedom: freedoms.both },
    ].filter(({ freedom: free }) => free > 0),
  );
  const reach = studentPoint(freedom, (1 - probability) / 2) * Math.sqrt(variance + ofMean);
  return { low: mean - reach, high: mean + reach };
}

/** The degrees of freedom of a sum of mean squares (Satterthwaite, 1946), no fewer than those of the one that has fewest. */
function freedomOf(parts: readonly { readonly share: number; readonly freedom: number }[]): number {
  const fewest = Math.min(...parts.map(({ freedom }) => freedom));
  const doubt = parts.reduce((sum, { share, freedom }) => sum + share ** 2 / freedom, 0);
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  return doubt > 0 ? Math.max(fewest, total ** 2 / doubt) : fewest;
}
