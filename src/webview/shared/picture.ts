/** A picture and its table twin: pure view-models that a figure puts on the page. */
import { type CsvText, csv } from "../../words/escape/sinks.ts";
import type { Paint } from "./palette.ts";
import type { Box, Frame, Item, Shape } from "./scene.ts";

export type Cell = string | number | null;

/** A column of a table twin. `show` writes its numbers for people; files get the raw values. */
export interface Column {
  readonly key: string;
  readonly label: string;
  readonly show?: (value: number) => string;
  /** How what the column is about is drawn in pictures. */
  readonly look?: { readonly paint: Paint; readonly shape: Shape };
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export const movements = [
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
] as const;
export type Movement = (typeof movements)[number];

/** Something that is drawn, read point by point, and told as a sentence and as a table. */
export interface Picture {
  readonly title: string;
  /** Name of exported files, without ending. */
  readonly fileStem: string;
  /** What the picture shows, as one would say it to somebody who does not see it. */
  readonly sentence: string;
  /** How many points can be read out. */
  readonly points: number;
  /** The point that the first key leads to; the first of all where it is left out. */
  readonly first?: number;
  height(frame: Frame): number;
  /** What lies between two heights; the whole picture from 0 to its height. */
  build(frame: Frame, from: number, to: number): Item[];
  /** Where a point is drawn. */
  locate(frame: Frame, index: number): Box;
  /** The point under a place, or -1. */
  at(frame: Frame, x: number, y: number): number;
  /** A point in words. */
  read(index: number): string;
  /** The point that a key leads to. */
  step(index: number, key: Movement): number;
  table(): Table;
  readonly view?: Zoomable;
}

/** A picture that can be looked at closer. Places are shares (0..1) of the drawing area; scales multiply. */
export interface Zoomable {
  zoom(scale: number, x: number, y: number): void;
  pan(dx: number, dy: number): void;
  reset(): void;
  /** The share of the picture's width and height that a place in it stands for, clamped. */
  place(frame: Frame, x: number, y: number): { x: number; y: number };
  readonly zoomed: boolean;
}

/** Movement in a list of `count` points: any arrow is one point, a page is ten. */
export function stepInList(index: number, key: Movement, count: number): number {
  const by: Record<Movement, number> = {
    ArrowLeft: -1,
    ArrowUp: -1,
    ArrowRight: 1,
    ArrowDown: 1,
    PageUp: -10,
    PageDown: 10,
    Home: -count,
    End: count,
  };
  return Math.max(0, Math.min(count - 1, index + by[key]));
}

function csvCell(cell: Cell): CsvText {
  if (typeof cell !== "number") return csv.text(cell ?? "");
  return Number.isFinite(cell) ? csv`${cell}` : csv``;
}

/** The table as CSV with a header line, raw numbers, CRLF line ends. */
export function tableToCsv(table: Table): CsvText {
  const lines = [table.columns.map((column) => column.label), ...table.rows];
  return csv.join(
    lines.map((cells) => csv`${csv.join(cells.map(csvCell), csv`,`)}\r\n`),
    csv``,
  );
}

/** The rows as records by column key. */
export function tableRecords(table: Table): Record<string, Cell>[] {
  return table.rows.map((row) =>
    Object.fromEntries(table.columns.map((column, index) => [column.key, row[index] ?? null])),
  );
}

/** The table as a JSON array of its records. */
export function tableToJson(table: Table): string {
  return `${JSON.stringify(tableRecords(table), null, 1)}\n`;
}

/** A cell as it is shown. */
export function showCell(column: Column, cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cell;
  return column.show === undefined ? String(cell) : column.show(cell);
}
