/** What is odd about a table of features. */
import { listed } from "./names.ts";
import { count } from "./numbers.ts";

interface Outliers {
  /** Of the table: "validation (validation.npz)". */
  readonly name: string;
  /** Numbers of the rows, from 0. */
  readonly rows: readonly number[];
  /** Norm of the farthest, and of the middle row of the table. */
  readonly largest: number;
  readonly middle: number;
}

/** "Row 17 of validation (validation.npz) lies far outside the others: a norm of 43,097, against 18.5 of the middle row; ...". */
export function outliersText({ name, rows, largest, middle }: Outliers): string {
  const one = rows.length === 1;
  const who = `${one ? "Row" : "Rows"} ${listed(rows.map(String), 5)} of ${name} ${one ? "lies" : "lie"} far outside the others`;
  const norm = `${one ? "a norm of" : "norms up to"} ${size(largest)}, against ${size(middle)} of the middle row`;
  return `${who}: ${norm}; look at what made ${one ? "it" : "them"}.`;
}

function size(norm: number): string {
  return norm >= 100 ? count(norm) : String(Number(norm.toPrecision(3)));
}
