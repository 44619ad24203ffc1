/** The columns of the table of runs: which are shown, and the orders of its rows. Pure. */

import type { MeasuredValue, RunRow } from "../../protocol/runsTable.ts";
import { changeRangeText, changeText, valueText } from "../../words/metricValues.ts";
import { moment, percent, points, range } from "../../words/numbers.ts";

type Key = string | number | null;

export interface RunColumn {
  readonly id: string;
  readonly label: string;
  readonly numeric: boolean;
  readonly shown: (row: RunRow) => string;
  /** What is added below, in small. */
  readonly more: (row: RunRow) => string;
  /** What rows are ordered by; rows without it come last. */
  readonly key: (row: RunRow) => Key;
  /** Whether the first click puts the largest first. */
  readonly falling: boolean;
  /** Whether it shows where nobody chose columns. */
  readonly usual: boolean;
}

const nothing = () => "";

function words(
  id: string,
  label: string,
  of: (row: RunRow) => string,
  more = nothing as (row: RunRow) => string,
) {
  const key = (row: RunRow) => of(row).toLocaleLowerCase() || null;
  return { id, label, numeric: false, shown: of, more, key, falling: false, usual: true };
}

/** The recall of the worst class before tuning or after it. */
function worst(id: "before" | "after", label: string): RunColumn {
  const of = ({ worst: known }: RunRow): MeasuredValue | null => known?.[id] ?? null;
  return {
    ...{ id: `worst${id}`, label, numeric: true, falling: id === "after", usual: false },
    shown: (row) => percentOf(of(row)?.value),
    more: (row) => intervalOf(of(row)),
    key: (row) => of(row)?.value ?? null,
  };
}

function percentOf(value: number | undefined): string {
  return value === undefined ? "" : percent(value, 1);
}

function intervalOf(measured: MeasuredValue | null): string {
  if (measured === null || measured.low === null || measured.high === null) return "";
  return range(measured.low, measured.high, 1);
}

const worth: Readonly<Record<string, number>> = { good: 0, open: 1, bad: 2 };

export const runColumns: readonly RunColumn[] = [
  words(
    "run",
    "Run",
    ({ name, checkpoint }) => name || checkpoint,
    ({ name, checkpoint, note }) =>
      [...(name === "" ? [] : [checkpoint]), ...(note === "" ? [] : [note])].join(" · "),
  ),
  words(
    "objective",
    "Objective",
    ({ objective }) => objective,
    ({ seed }) => `seed ${seed}`,
  ),
  words(
    "bounds",
    "Bounds",
    ({ bounds }) => bounds,
    ({ boundsState }) => boundsState,
  ),
  {
    ...words(
      "verdict",
      "Verdict",
      ({ verdict }) => verdict,
      ({ standing }) => standing,
    ),
    key: ({ tone }) => (tone === null ? null : (worth[tone] ?? null)),
  },
  {
    ...{ id: "value", label: "Objective now", numeric: true, falling: true, usual: true },
    shown: ({ metric, value }) => (value === null ? "" : valueText(metric, value)),
    more: ({ set, value }) => (set === null || value === null ? "" : `on ${set}`),
    key: ({ value }) => value,
  },
  {
    ...{ id: "change", label: "Change (points)", numeric: true, falling: true, usual: true },
    shown: ({ metric, change }) => (change === null ? "" : changeText(metric, change.value)),
    more: ({ metric, change }) => (change === null ? "" : changeRangeText(metric, change)),
    key: ({ change }) => change?.value ?? null,
  },
  worst("before", "Worst class before"),
  worst("after", "Worst class now"),
  {
    ...{ id: "price", label: "Price (points)", numeric: true, falling: false, usual: true },
    shown: ({ price }) => (price === null ? "" : points(price.change)),
    more: ({ price }) => price?.who ?? "",
    key: ({ price }) => price?.change ?? null,
  },
  {
    ...{ id: "when", label: "When", numeric: false, falling: true, usual: true },
    shown: ({ startedAt }) => moment(startedAt).slice(0, 10),
    more: ({ startedAt }) => moment(startedAt).slice(11),
    key: ({ startedAt }) => Date.parse(startedAt),
  },
];

/** The columns to show: those that were chosen, else the usual ones; without bounds where no run has any. A run always says which it is. */
export function shownColumns(chosen: readonly string[] | null, rows: readonly RunRow[]): RunColumn[] {
  return runColumns.filter(({ id, usual }, at) => {
    if (at === 0) return true;
    if (chosen !== null) return chosen.includes(id);
    return usual && (id !== "bounds" || rows.some(({ bounds }) => bounds !== ""));
  });
}

export interface Order {
  readonly column: string;
  readonly falling: boolean;
}
export const newestFirst: Order = { column: "when", falling: true };

/** The rows in order: what has no value last, then the newest first. */
export function ordered(rows: readonly RunRow[], { column, falling }: Order): RunRow[] {
  const key = runColumns.find(({ id }) => id === column)?.key ?? (() => null);
  const way = falling ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === null || right === null) {
      if (left !== right) return left === null ? 1 : -1;
    } else if (left !== right) return way * (left < right ? -1 : 1);
    return b.startedAt.localeCompare(a.startedAt);
  });
}

/** Whether a row has all the words that are looked for, anywhere in what it shows. */
export function matches(row: RunRow, sought: string): boolean {
  const all = runColumns.map((column) => `${column.shown(row)} ${column.more(row)}`).join(" ");
  const text = `${all} ${row.pinned ? "pinned" : ""}`.toLocaleLowerCase();
  return sought
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
