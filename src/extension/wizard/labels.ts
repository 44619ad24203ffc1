/** What labels that are whole numbers stand for: classes counted from 0 or from 1, or the names of classes. Pure. */
import type { ColumnSettings } from "../../features/columns.ts";
import type { IndexColumn } from "../../features/survey.ts";
import { counted } from "../../words/numbers.ts";

/** One way to read such labels. */
export interface Numbering {
  readonly kind: "fromZero" | "fromOne" | "names";
  /** How many classes there are then, with and without samples. */
  readonly classes: number;
}

/** More numbers than this are no names that anybody would want in selmix.json. */
const mostNames = 1000;

/**
 * All ways to read the labels of a project, the likeliest first; one alone where there is nothing to ask, none for texts.
 * @param columns the labels of each table
 */
export function numberings(columns: readonly IndexColumn[]): Numbering[] {
  const numbers = labelNumbers(columns);
  const [least, most] = [numbers[0], numbers.at(-1)];
  if (least === undefined || most === undefined || columns.some(({ texts }) => texts !== null)) return [];
  const fromZero: Numbering = { kind: "fromZero", classes: most + 1 };
  const fromOne: Numbering = { kind: "fromOne", classes: most };
  const names: Numbering = { kind: "names", classes: numbers.length };
  if (least < 0) return [names];
  if (numbers.length === most + 1) return [fromZero];
  if (least === 1 && numbers.length === most) return [fromOne, fromZero];
  const all = least === 0 ? [fromZero, names] : [names, fromZero, fromOne];
  return numbers.length > mostNames ? all.filter(({ kind }) => kind !== "names") : all;
}

/**
 * The way that the head speaks for. Null where that is to be asked: nothing is known of it, or several ways go with it and none of them
 * gives a class to each output.
 * @param outputs how many classes the head has; null where that is not known
 */
export function fittingNumbering(all: readonly Numbering[], outputs: number | null): Numbering | null {
  if (outputs === null) return all.length === 1 ? (all[0] ?? null) : null;
  // A head may have classes without samples; names are as many as its outputs.
  const possible = all.filter(({ kind, classes }) =>
    kind === "names" ? outputs === classes : outputs >= classes,
  );
  const exact = possible.filter(({ classes }) => classes === outputs);
  const only = [all, possible, exact].find((ways) => ways.length === 1);
  return only?.[0] ?? null;
}

/** What selmix.json has to say of it. */
export function numberingSettings(
  kind: Numbering["kind"],
  columns: readonly IndexColumn[],
): { columns: Partial<ColumnSettings>; classes: string[] | null } {
  return {
    columns: kind === "fromOne" ? { firstLabel: 1 } : {},
    classes: kind === "names" ? labelNumbers(columns).map(String) : null,
  };
}

/** How many classes the labels of one table have, as far as that alone says. */
export function classesOf({ texts, numbers, count, distinct }: IndexColumn): number {
  return texts?.length ?? (numbers?.[0] === 0 ? count : distinct);
}

/** The ways as they are offered. */
export function numberingItem({ kind, classes }: Numbering, columns: readonly IndexColumn[]) {
  const kinds = counted(classes, "class", "classes");
  const numbers = labelNumbers(columns);
  const absent = classes - numbers.length;
  const missing = absent === 0 ? "" : `, ${absent} of them without a sample`;
  if (kind === "names")
    return { label: "They are names of classes", detail: `${kinds}, in this order: ${shown(numbers)}.` };
  const from = kind === "fromOne" ? 1 : 0;
  return { label: `They count from ${from}`, detail: `${kinds}${missing}; ${from} is the first.` };
}

/** "1, 2, 3 … 10" */
export function labelsText(columns: readonly IndexColumn[]): string {
  return shown(labelNumbers(columns));
}

function shown(numbers: readonly number[]): string {
  if (numbers.length <= 6) return numbers.join(", ");
  return `${numbers.slice(0, 4).join(", ")} … ${numbers.at(-1)}`;
}

function labelNumbers(columns: readonly IndexColumn[]): number[] {
  return [...new Set(columns.flatMap(({ numbers }) => numbers ?? []))].sort((a, b) => a - b);
}
