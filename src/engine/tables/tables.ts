/** The feature tables of a configuration, opened and checked against each other. */

import path from "node:path";
import type { TableKind } from "../../features/columns.ts";
import { placeOf, pruneCache } from "../../features/flatCache.ts";
import { openFeatureTable } from "../../features/open.ts";
import type { OpenTableOptions } from "../../features/options.ts";
import type { FeatureTable } from "../../features/table.ts";
import { groupBy } from "../../files/groupBy.ts";
import { placeWithin } from "../../files/place.ts";
import type { Project } from "../../project/load.ts";
import { isOfScores, ownFolder, reachOfProject } from "../../project/paths.ts";
import { certifyTable } from "../../project/tableFiles.ts";
import { JobError } from "../errors.ts";

/** The roles that tables have, those with labels first. */
export const tableRoles = ["train", "validation", "test", "certify", "unlabeled"] as const;
export type TableRole = (typeof tableRoles)[number];

/** A table for each role that the configuration names. */
export interface TableSet<Table> {
  readonly train: Table;
  readonly validation: Table;
  readonly test: Table | null;
  /** The rows that prove bounds: a table of their own, or those of validation that are held back. */
  readonly certify: Table | null;
  readonly unlabeled: Table | null;
}

/** The same set of other tables, each made once: one table for two uses stays one. */
export function eachTable<From, To>(set: TableSet<From>, make: (table: From) => To): TableSet<To> {
  const made = new Map<From, To>();
  const of = (table: From): To => {
    const known = made.get(table) ?? make(table);
    made.set(table, known);
    return known;
  };
  const orNull = (table: From | null) => (table === null ? null : of(table));
  return {
    train: of(set.train),
    validation: of(set.validation),
    test: orNull(set.test),
    certify: orNull(set.certify),
    unlabeled: orNull(set.unlabeled),
  };
}

export type OpenedTables = TableSet<FeatureTable>;

/** A table whose classes and groups are numbered as in all others. */
export interface NumberedTable extends Omit<FeatureTable, "labels" | "attributes"> {
  readonly labels: Int32Array | null;
  /** Whether the labels were names of classes rather than their numbers. */
  readonly labelsAreNames: boolean;
  readonly groups: Int32Array | null;
}

export type Tables = TableSet<NumberedTable>;

/** What may be done while tables are opened. */
export interface TableScope {
  /** Whether tables that are too large for memory may be turned into others in `.selmix`. Default: no. */
  readonly trusted?: boolean;
  /** A draw of validation in the place of its rows, from 1: see `drawn`. */
  readonly draw?: number;
}

/** How the tables of a project are opened, whatever their role. */
export function tableOptions(project: Project, { trusted = false }: TableScope): OpenTableOptions {
  const { columns } = project.configuration;
  const cache = trusted
    ? placeWithin(reachOfProject(project), path.join(project.folder, ownFolder, "tables"))
    : null;
  return { kind: tableKind(project), cache, ...(columns && { columns }) };
}

/** Without checkpoints there are no features: a classifier's scores are read in their place. */
export function tableKind({ configuration }: Pick<Project, "configuration">): TableKind {
  return isOfScores({ configuration }) ? "scores" : "features";
}

/** Opens every table once. @param onOpen hears of each, to close it */
export async function openTables(
  project: Project,
  scope: TableScope,
  onOpen: (table: FeatureTable) => void,
): Promise<OpenedTables> {
  const { features } = project.configuration;
  const common = tableOptions(project, scope);
  const known = new Map<string, FeatureTable>();
  const used: string[] = [];
  const certify = certifyTable(features);
  const open = async (role: TableRole, file: string, inOrder: boolean) => {
    const place = path.resolve(project.folder, file);
    const beside = role === "unlabeled" ? undefined : features.metadata?.[role];
    const metadata = beside === undefined ? undefined : path.resolve(project.folder, beside);
    const key = JSON.stringify([place, metadata]);
    const before = known.get(key);
    if (before) return before;
    const options = { ...common, inOrder, unlabelled: role === "unlabeled", ...(metadata && { metadata }) };
    const table = await openFeatureTable(place, options);
    onOpen(table);
    known.set(key, table);
    if (common.cache) used.push(placeOf(common.cache, place, common));
    return table;
  };
  const tables = {
    train: await open("train", features.train, false),
    validation: await open("validation", features.validation, true),
    test: features.test === undefined ? null : await open("test", features.test, true),
    certify: certify === undefined ? null : await open("certify", certify, true),
    unlabeled: features.unlabeled === undefined ? null : await open("unlabeled", features.unlabeled, false),
  };
  if (common.cache) pruneCache(common.cache, used);
  return tables;
}

/** Every label as [N]; throws `JobError` when the table has none, is empty, or names a class that the head has not. */
export function labelsOf(table: NumberedTable, classes: number): Int32Array {
  if (table.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
  if (!table.labels) {
    throw new JobError(
      `${table.path} has no labels; add "labels" with a class for each row, or name them under "columns".`,
    );
  }
  const wrong = table.labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new JobError(
      `${table.path} has label ${table.labels[wrong]} in row ${wrong}, but the head has classes 0 to ${classes - 1}; correct the labels, or use the checkpoint they belong to.`,
    );
  }
  return table.labels;
}

/** Throws `JobError` where tables are of different layers, or their columns stand in another order. */
export function requireOneSize(tables: TableSet<Pick<FeatureTable, "path" | "rows" | "names">>): void {
  const { train } = tables;
  for (const table of [tables.validation, tables.test, tables.certify, tables.unlabeled]) {
    if (table && table.rows.size !== train.rows.size) {
      throw new JobError(
        `${table.path} has ${table.rows.size} features a row and ${train.path} has ${train.rows.size}; export both from the same layer.`,
      );
    }
    if (table?.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
    const other = train.names && table?.names?.findIndex((name, at) => name !== train.names?.[at]);
    if (table && other != null && other >= 0) {
      throw new JobError(
        `${table.path} has the column ${table.names?.[other]} where ${train.path} has ${train.names?.[other]}; let both have the same columns in the same order.`,
      );
    }
  }
}

type Labelled = TableSet<Pick<NumberedTable, "labels">>;

/** The greatest label of all tables that have labels. */
export function largestLabel({ train, validation, test, certify }: Labelled): number {
  return [train, validation, test, certify].reduce(
    (most, table) => table?.labels?.reduce((larger, label) => Math.max(larger, label), most) ?? most,
    0,
  );
}

/** Groups count when every labelled table has them. */
export function usesGroups({ train, validation, test, certify }: Tables, warnings: string[]): boolean {
  const labelled = [train, validation, ...[test, certify].filter((table) => table !== null)];
  const without = labelled.find((table) => !table.groups);
  if (!without) return true;
  if (labelled.some((table) => table.groups)) {
    warnings.push(`Groups are not used: ${without.path} has none.`);
  }
  return false;
}

/** A sentence for all tables that have the same arrays that are not read. */
export function unusedArrays(tables: Tables): string[] {
  const all = [tables.train, tables.validation, tables.test, tables.certify, tables.unlabeled].filter(
    (table) => table !== null,
  );
  const named = groupBy(new Set(all), ({ unused }) => unused.toSorted().join(", "));
  named.delete("");
  return [...named].map(([arrays, some]) => {
    const files = some.map(({ path: file }) => file).join(", ");
    return `Not used: ${arrays} in ${files}; "columns" in selmix.json says what is read as what.`;
  });
}

/** Rows of each label. */
export function countLabels(labels: Int32Array, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
