/** The feature tables of a configuration, opened and checked against each other. */
import path from "node:path";
import { openFeatureTable } from "../features/open.ts";
import type { FeatureTable } from "../features/table.ts";
import type { Project } from "../project/load.ts";
import { JobError } from "./errors.ts";

export interface Tables {
  readonly train: FeatureTable;
  readonly validation: FeatureTable;
  readonly test: FeatureTable | null;
  readonly unlabeled: FeatureTable | null;
}

/** Opens every table once. @param onOpen hears of each, to close it */
export async function openTables(project: Project, onOpen: (table: FeatureTable) => void): Promise<Tables> {
  const { features } = project.configuration;
  const known = new Map<string, FeatureTable>();
  const open = async (file: string, inOrder = true) => {
    const place = path.resolve(project.folder, file);
    const table = known.get(place) ?? (await openFeatureTable(place, { inOrder }));
    if (!known.has(place)) onOpen(table);
    known.set(place, table);
    return table;
  };
  return {
    train: await open(features.train, false),
    validation: await open(features.validation),
    test: features.test === undefined ? null : await open(features.test),
    unlabeled: features.unlabeled === undefined ? null : await open(features.unlabeled, false),
  };
}

/** Every label as [N]; throws `JobError` when the table has none, is empty, or names a class that the head has not. */
export function labelsOf(table: FeatureTable, classes: number): Int32Array {
  if (table.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
  if (!table.labels)
    throw new JobError(`${table.path} has no labels; add a tensor "labels" with a class index per row.`);
  const wrong = table.labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new JobError(
      `${table.path} has label ${table.labels[wrong]} in row ${wrong}, but the head has classes 0 to ${classes - 1}; correct the labels, or use the checkpoint they belong to.`,
    );
  }
  return table.labels;
}

/** Throws `JobError` where tables are of different layers, or empty. */
export function requireOneSize(tables: Tables): void {
  const { train } = tables;
  for (const table of [tables.validation, tables.test, tables.unlabeled]) {
    if (table && table.rows.size !== train.rows.size) {
      throw new JobError(
        `${table.path} has ${table.rows.size} features a row and ${train.path} has ${train.rows.size}; export both from the same layer.`,
      );
    }
    if (table?.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
  }
}

/** The least and the greatest label of all tables that have labels. */
export function smallestLabel({ train, validation, test }: Tables): number {
  return [train, validation, test].reduce(
    (least, table) => table?.labels?.reduce((smaller, label) => Math.min(smaller, label), least) ?? least,
    Number.POSITIVE_INFINITY,
  );
}

export function largestLabel({ train, validation, test }: Tables): number {
  return [train, validation, test].reduce(
    (most, table) => table?.labels?.reduce((larger, label) => Math.max(larger, label), most) ?? most,
    0,
  );
}

/** Groups count when every labelled table has them. */
export function usesGroups({ train, validation, test }: Tables, warnings: string[]): boolean {
  const labelled = [train, validation, ...(test ? [test] : [])];
  const without = labelled.find((table) => !table.groups);
  if (!without) return true;
  if (labelled.some((table) => table.groups)) {
    warnings.push(`Groups are not used: ${without.path} has none.`);
  }
  return false;
}

/** A sentence for all tables that have the same arrays that are not read. */
export function unusedArrays(tables: Tables): string[] {
  const all = [tables.train, tables.validation, tables.test, tables.unlabeled].filter(
    (table) => table !== null,
  );
  const named = Map.groupBy(new Set(all), ({ unused }) => unused.toSorted().join(", "));
  named.delete("");
  return [...named].map(([arrays, some]) => {
    const files = some.map(({ path: file }) => file).join(", ");
    return `Not used: ${arrays} in ${files}; only features, labels and groups are read.`;
  });
}

/** Rows of each label. */
export function countLabels(labels: Int32Array, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
