/** From what tables say of their rows, numbers or texts, to classes and groups that are numbered alike in all of them. */
import { multiLabelAdvice } from "../../features/labelMatrix.ts";
import type { IndexColumn } from "../../features/table.ts";
import type { ClassNames } from "../../project/classNames.ts";
import type { Project } from "../../project/load.ts";
import { nearest } from "../../project/problems.ts";
import type { Attribute } from "../../selmix/confusion/attribute.ts";
import { listed } from "../../words/names.ts";
import { JobError } from "../errors.ts";
import { mapped, numbersOf } from "./columnNumbers.ts";
import { groupNumbers } from "./groupNumbers.ts";
import { eachTable, type NumberedTable, type OpenedTables, type Tables } from "./tables.ts";

/** Tables that are numbered alike, and what their numbers mean. */
export interface Numbered {
  readonly tables: Tables;
  /** Null where labels are numbers and nobody names them. */
  readonly classes: readonly string[] | null;
  /** Names by group index; none where groups are numbers. */
  readonly groups: readonly string[];
  /** What a group is a combination of. */
  readonly attributes: readonly Attribute[];
  /** What the user should know of it, a sentence each. */
  readonly notes: readonly string[];
}

/** What a configuration says of names. */
export interface Vocabulary {
  readonly path: string;
  readonly configuration: Pick<Project["configuration"], "classes" | "groups" | "columns">;
}

const wholeNumber = /^[+-]?\d+(\.0*)?(e[+-]?\d+)?$/i;

/**
 * Numbers classes and groups. Labels that are numbers are class indices; texts are looked up in `classes` of selmix.json, in what
 * else names the classes, or else in all texts of the tables, sorted.
 * @param scores whether `known` are the names of columns of scores: those that are numbers, but not the classes' indices, are
 * labels too (p_3 to p_8 of classes 3 to 8)
 * @throws JobError for a label that no class has, and for labels below the first
 */
export function numberTables(
  opened: OpenedTables,
  project: Vocabulary,
  known: ClassNames | null,
  scores = false,
): Numbered {
  const { configuration } = project;
  const own = configuration.classes ? { names: configuration.classes, source: project.path } : null;
  const labels = labelNumbers(opened, own, known, {
    firstLabel: configuration.columns?.firstLabel ?? 0,
    scores,
  });
  const groups = groupNumbers(opened, configuration.groups ?? null);
  return {
    tables: eachTable(
      opened,
      (table): NumberedTable => ({
        ...table,
        labels: table.labels && labels.of(table.path, table.labels),
        labelsAreNames: labels.areNames,
        groups: groups.of(table),
      }),
    ),
    classes: labels.classes,
    groups: groups.names,
    attributes: groups.attributes,
    notes: labels.note ? [labels.note] : [],
  };
}

interface LabelNumbers {
  readonly classes: readonly string[] | null;
  readonly note: string | null;
  readonly areNames: boolean;
  of(file: string, column: IndexColumn): Int32Array;
}

function labelNumbers(
  opened: OpenedTables,
  own: ClassNames | null,
  known: ClassNames | null,
  { firstLabel, scores }: { readonly firstLabel: number; readonly scores: boolean },
): LabelNumbers {
  const columns = [opened.train, opened.validation, opened.test, opened.certify].flatMap((table) =>
    table?.labels ? [table.labels] : [],
  );
  const texts = [...new Set(columns.flatMap((column) => column.texts ?? []))];
  const byName = own !== null && texts.length > 0 && texts.every((text) => own.names.includes(text));
  if (firstLabel === 0 && own === null && known !== null && scores && areCalled(columns, known.names))
    return byNumber(known, "the columns of scores are called");
  // Numbers of arrays are indices wherever they can be.
  if (firstLabel === 0 && own !== null && areCalled(columns, own.names) && areBeyond(columns, own.names))
    return byNumber(own, null);
  if (!byName && texts.every((text) => wholeNumber.test(text))) {
    return {
      classes: own?.names ?? null,
      note: null,
      areNames: false,
      of: (file, column) => numbersOf(file, column, firstLabel),
    };
  }
  refuseSeveral(opened, texts);
  const named = own ?? (known && texts.every((text) => known.names.includes(text)) ? known : null);
  const names = named?.names ?? texts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const places = new Map(names.map((name, at): [string, number] => [name, at]));
  const from = named ? `as ${named.source} has them` : "sorted, as nothing names them in another order";
  return {
    classes: names,
    areNames: true,
    note: own ? null : `The classes are ${listed(names, 12)}, ${from}.`,
    of(file, { codes, texts: own }) {
      if (own === null) return codes;
      return mapped(
        codes,
        own.map((text) => places.get(text) ?? unknown(file, text, names)),
      );
    },
  };
}

/** Whether all labels are numbers that classes are called by, which are other numbers than their indices. */
function areCalled(columns: readonly IndexColumn[], names: readonly string[]): boolean {
  if (!names.every((name) => wholeNumber.test(name)) || names.every((name, k) => Number(name) === k))
    return false;
  const numbers = new Set(names.map(Number));
  return columns.every((column) => differentNumbers(column).every((label) => numbers.has(label)));
}

/** Whether a label is no index of any class. */
function areBeyond(columns: readonly IndexColumn[], names: readonly string[]): boolean {
  return columns.some((column) =>
    differentNumbers(column).some((label) => label < 0 || label >= names.length),
  );
}

function differentNumbers({ codes, texts }: IndexColumn): number[] {
  return texts === null ? [...new Set(codes)] : texts.map(Number);
}

/** Classes that are called by the numbers of their labels. @param as who calls them so; null for selmix.json itself */
function byNumber({ names }: ClassNames, as: string | null): LabelNumbers {
  const places = new Map(names.map((name, at): [number, number] => [Number(name), at]));
  const place = (label: number) => places.get(label) ?? -1;
  return {
    classes: names,
    note: as === null ? null : `The classes are ${listed(names, 12)}, as ${as}.`,
    areNames: true,
    of: (_file, { codes, texts }) =>
      texts === null ? codes.map(place) : mapped(codes, texts.map(Number).map(place)),
  };
}

const separators = ["|", ";", ","];

/** Throws `JobError` where a label is made of other labels: "cough|fever" beside "cough" and "fever". */
function refuseSeveral({ train }: OpenedTables, texts: readonly string[]): void {
  const known = new Set(texts);
  const isMade = (text: string) =>
    separators.some((separator) => {
      const parts = text.split(separator).map((part) => part.trim());
      return parts.length > 1 && parts.every((part) => part !== "" && known.has(part));
    });
  const made = texts.find(isMade);
  if (made === undefined) return;
  throw new JobError(
    `The labels of ${train.path} are those of a multi-label classifier (${JSON.stringify(made.slice(0, 60))} beside labels that it is made of): ${multiLabelAdvice}.`,
  );
}

function unknown(file: string, text: string, names: readonly string[]): never {
  const close = nearest(text, names);
  const advice = close ? `did you mean "${close}"?` : `"classes" names ${listed(names, 12)}.`;
  throw new JobError(
    `${file} has the label ${JSON.stringify(text.slice(0, 60))}, which no class is called; ${advice}`,
  );
}
