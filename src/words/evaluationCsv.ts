/** An evaluation as one table: a row for each class of each set, and for each class in each group, with its row of the confusion. */
import type { ConfusionTable, SetReport } from "../protocol/evaluation.ts";
import type { Interval } from "../protocol/records.ts";
import { type CsvText, csv } from "./escape/sinks.ts";
import type { Evaluated } from "./evaluation.ts";

const fixed = [
  ...["set", "class", "group", "samples", "predicted"],
  ...["recall", "recall low", "recall high", "precision", "precision low", "precision high", "F1"],
];

type Cell = string | number | null | undefined;

const ends = (interval: Interval | null): Cell[] => [interval?.value, interval?.low, interval?.high];

const taken = (confusion: ConfusionTable | null, row: number): Cell[] => confusion?.counts[row] ?? [];

function rowsOf(set: string, { classes, groups, confusion }: SetReport): Cell[][] {
  return [
    ...classes.map(({ class: name, samples, predicted, recall, precision, f1 }, at) => [
      ...[set, name, null, samples, predicted],
      ...[...ends(recall), ...ends(precision), f1],
      ...taken(confusion, at),
    ]),
    ...(groups?.recall ?? []).map(({ class: name, group, samples, recall }, at) => [
      ...[set, name, group, samples, null],
      ...[...ends(recall), null, null, null, null],
      ...taken(groups?.confusion ?? null, at),
    ]),
  ];
}

/** The table, with a head; "group" is empty in the rows of whole classes. */
export function evaluationCsv({ sets }: Evaluated): CsvText {
  const { validation, test } = sets;
  const predicted = validation.confusion?.columns.map((name) => `predicted as ${name}`) ?? [];
  const rows = [...rowsOf("validation", validation), ...(test ? rowsOf("test", test) : [])];
  const line = (cells: readonly Cell[]) =>
    csv.join(
      cells.map((cell) => (typeof cell === "number" ? csv`${cell}` : csv.text(cell ?? ""))),
      csv`,`,
    );
  return csv.join(
    [[...fixed, ...predicted], ...rows].map((cells) => csv`${line(cells)}\r\n`),
    csv``,
  );
}
