/** A run by group in words: what a cell of the frame says, the sentence above it, and its table for files. Pure. */
import { named, uncapital } from "../../words/names.ts";
import { count, percent, plain, range } from "../../words/numbers.ts";
import type { Cell, Table } from "../shared/picture.ts";
import type { FrameCell, FrameRow, FrameValue, GroupFrame } from "./groupFrame.ts";

export interface ShownCell {
  /** "84.1 % → 86.0 %" */
  readonly change: string;
  /** "86.0 %" */
  readonly after: string;
  /** The interval of what is, and the class that it is of. */
  readonly about: string;
  /** Why it cannot be judged. */
  readonly doubt: string | null;
}

const units: Readonly<Record<FrameRow["kind"], (value: number) => string>> = {
  group: (value) => percent(value, 1),
  overall: (value) => percent(value, 1),
  difference: (value) => plain(100 * value, 1),
  ratio: (value) => plain(value, 2),
};

function interval(kind: FrameRow["kind"], { low, high }: FrameValue): string {
  if (kind === "ratio") return `${plain(low, 2)} to ${plain(high, 2)}`;
  if (kind === "difference") return `${plain(100 * low, 1)} to ${plain(100 * high, 1)} points`;
  return range(low, high, 1);
}

/** What a cell says. */
export function shownCell({ kind }: Pick<FrameRow, "kind">, { before, after, doubt }: FrameCell): ShownCell {
  const show = (value: FrameValue | null) => (value === null ? "–" : units[kind](value.value));
  const whose = after?.of ? `${named(after.of)}, ` : "";
  return {
    change: `${show(before)}\u00a0→\u00a0${show(after)}`,
    after: show(after),
    about: after === null ? "" : `${whose}${interval(kind, after)}`,
    doubt: doubt === null ? null : `not judged: ${doubt}`,
  };
}

/** What differs most between groups, and whether that can be said. */
export function groupsSentence({ rows, columns, split, isWeighed }: GroupFrame): string {
  const differences = rows.find(({ kind }) => kind === "difference");
  const once = isWeighed ? " Every sample counts once here; bounds and metrics weigh them." : "";
  const told = `Before and after on ${split}, the 95 % interval of after below.${once}`;
  const gaps = (differences?.cells ?? []).flatMap(({ before, after, doubt }, at) => {
    const label = columns[at]?.label;
    return before === null || after === null || label === undefined ? [] : [{ label, before, after, doubt }];
  });
  const judged = gaps.filter(({ doubt }) => doubt === null);
  const [most] = (judged.length > 0 ? judged : gaps).toSorted((a, b) => b.after.value - a.after.value);
  if (most === undefined) return told;
  const { low, high } = most.after;
  const how = `${plain(100 * low, 1)} to ${plain(100 * high, 1)}`;
  const chance = low <= 0 ? ", which may be chance" : "";
  const sure = most.doubt === null ? "" : `; not judged: ${most.doubt}`;
  return `Between groups ${uncapital(most.label)} differs most: by ${plain(100 * most.after.value, 1)} points (${how})${chance}, before by ${plain(100 * most.before.value, 1)}${sure}. ${told}`;
}

const ends = (value: FrameValue | null): Cell[] =>
  value === null ? [null, null, null] : [value.value, value.low, value.high];

/** Every value on a line of its own. */
export function groupsTable({ rows, columns, split }: GroupFrame): Table {
  const share = (value: number) => percent(value, 1);
  const numbers = ["before", "before low", "before high", "after", "after low", "after high"];
  return {
    caption: `Groups (${split})`,
    columns: [
      { key: "row", label: "Group" },
      { key: "samples", label: "Samples", show: count },
      { key: "metric", label: "Metric" },
      { key: "class", label: "Class" },
      ...numbers.map((key) => ({ key, label: key, show: share })),
      { key: "not judged", label: "Not judged" },
    ],
    rows: rows.flatMap(({ name, samples, cells }) =>
      cells.map(({ before, after, doubt }, at) => [
        ...[name, samples, columns[at]?.key ?? "", after?.of ?? null],
        ...[...ends(before), ...ends(after), doubt],
      ]),
    ),
  };
}
