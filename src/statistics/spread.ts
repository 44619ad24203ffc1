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
  readonly parts: { readonly rows: number; readonly columns: number; readonly both: number };
  /** Degrees of freedom of the variance (Satterthwaite, 1946). */
  readonly freedom: number;
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
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [ofRows, ofColumns] = [columns * squares(rowMeans), rows * squares(columnMeans)];
  const left = Math.max(0, squares(table.flat()) - ofRows - ofColumns);
  const freedoms = { rows: rows - 1, columns: columns - 1, both: (rows - 1) * (columns - 1) };
  const square = (sum: number, freedom: number) => (freedom > 0 ? sum / freedom : 0);
  const means = {
    rows: square(ofRows, freedoms.rows),
    columns: square(ofColumns, freedoms.columns),
    both: square(left, freedoms.both),
  };
  const parts = {
    rows: Math.max(0, means.rows - means.both) / columns,
    columns: Math.max(0, means.columns - means.both) / rows,
    both: means.both,
  };
  const variance = parts.rows + parts.columns + parts.both;
  // The variance is a sum of the mean squares with these factors.
  const shares = [
    [means.rows / columns, freedoms.rows],
    [means.columns / rows, freedoms.columns],
    [means.both * Math.max(0, 1 - 1 / rows - 1 / columns), freedoms.both],
  ] as const;
  const doubt = shares.reduce((sum, [share, freedom]) => sum + (freedom > 0 ? share ** 2 / freedom : 0), 0);
  const total = shares.reduce((sum, [share]) => sum + share, 0);
  const fewest = Math.max(1, Math.min(...[freedoms.rows, freedoms.columns].filter((freedom) => freedom > 0)));
  return { mean, variance, parts, freedom: doubt > 0 ? Math.max(fewest, total ** 2 / doubt) : fewest };
}

/**
 * Where a further value lies with this probability, whose row and column are new.
 * @param oneSource whether the rows were all made from one sample, as draws of a bootstrap are: their mean is then as far from that of
 * other samples as one of them
 */
export function rangeOf(
  { mean, variance, parts, freedom }: Spread,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  oneSource: boolean,
  probability: number,
): { readonly low: number; readonly high: number } {
  const ofMean =
    (oneSource ? parts.rows : parts.rows / rows) + parts.columns / columns + parts.both / (rows * columns);
  const reach = studentPoint(freedom, (1 - probability) / 2) * Math.sqrt(variance + ofMean);
  return { low: mean - reach, high: mean + reach };
}
