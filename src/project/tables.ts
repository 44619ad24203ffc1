/** The tables that a configuration names, by their places on disk. */
import path from "node:path";
import type { Project } from "./load.ts";
import { tableFiles } from "./tableFiles.ts";

type Tables = Pick<Project, "folder" | "configuration">;

function placesOf(folder: string, names: readonly (string | undefined)[]): string[] {
  const known = names.filter((name) => name !== undefined);
  return [...new Set(known.map((name) => path.resolve(folder, name)))];
}

/** Absolute paths of the tables of features or scores. */
export function tablesOf({ folder, configuration }: Tables): string[] {
  return placesOf(folder, Object.values(tableFiles(configuration.features)));
}

/** The same, and the tables beside them that say what their rows are. */
export function allTablesOf(project: Tables): string[] {
  const { folder, configuration } = project;
  return [...tablesOf(project), ...placesOf(folder, Object.values(configuration.features.metadata ?? {}))];
}
