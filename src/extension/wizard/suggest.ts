/** What a workspace suggests: which tables are which, which globs name the checkpoints, which objective is worth it. Pure. */
import path from "node:path";
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import type { EvaluationRecord } from "../../protocol/records.ts";
import { percent } from "../../words/numbers.ts";
import { type TableRole, tableRoles } from "./newConfiguration.ts";

/** Feature tables or samples that were found. `file` is relative to the folder, with forward slashes. */
export interface FoundSet {
  readonly file: string;
  /** Features in a row: tables of another size do not belong together. 0 for samples, whose network decides. */
  readonly size: number;
  /** Highest label plus one; null without labels. */
  readonly classes: number | null;
  /** What it holds, for people. */
  readonly detail: string;
}

/** Highest label plus one; null without labels. */
export function classCount(labels: Int32Array | null): number | null {
  return labels ? labels.reduce((most, label) => Math.max(most, label), -1) + 1 : null;
}

const roleWords: Record<TableRole, RegExp> = {
  unlabeled: /(^|[^a-z])(unlabell?ed|unsup|extra)/i,
  validation: /(^|[^a-z])(val|valid|validation|dev)([^a-z]|$)/i,
  test: /(^|[^a-z])(test|holdout|heldout)([^a-z]|$)/i,
  train: /(^|[^a-z])(train|training)([^a-z]|$)/i,
};

/** Whether a name says which part of the data something is. */
export function isRoleName(name: string): boolean {
  return Object.values(roleWords).some((word) => word.test(name));
}

/** Which set is which, by its name and by whether it has labels; only sets that fit together are taken. */
export function guessRoles<Found extends FoundSet>(
  tables: readonly Found[],
): Partial<Record<TableRole, Found>> {
  const roles: Partial<Record<TableRole, Found>> = {};
  for (const table of tables) {
    const name = path.posix.basename(table.file);
    for (const role of ["unlabeled", "validation", "test", "train"] as const) {
      const labelled = table.classes !== null;
      if (roles[role] || labelled === (role === "unlabeled") || !roleWords[role].test(name)) continue;
      roles[role] = table;
      break;
    }
  }
  const size = roles.train?.size ?? roles.validation?.size;
  for (const role of tableRoles) if (roles[role] && roles[role]?.size !== size) delete roles[role];
  return roles;
}

/** Globs that name the files, folder by folder: the folder with the newest file first. Files are given newest first. */
export function checkpointGlobs(files: readonly string[], endingOf: (file: string) => string): string[] {
  const globs = files.map((file) => {
    const folder = path.posix.dirname(file);
    return folder === "." ? `*${endingOf(file)}` : `${folder}/*${endingOf(file)}`;
  });
  return [...new Set(globs)];
}

/** A suggestion with its reason, from what a checkpoint reaches before tuning. */
export function suggestObjective(measured: EvaluationRecord): { objective: ObjectiveId; why: string } {
  const { meanRecall = Number.NaN, minRecall = Number.NaN } = measured;
  const gap = meanRecall - minRecall;
  const numbers = `worst class ${percent(minRecall)}, mean ${percent(meanRecall)}`;
  const classes = measured.coverage.length;
  if (classes >= 50 && gap > 0.1) {
    return {
      objective: "minHeadTailRecall",
      why: `${numbers}: with ${classes} classes, the rare ones are lifted together`,
    };
  }
  if (gap > 0.2) return { objective: "minRecall", why: `${numbers}: one class is left behind` };
  if (gap > 0.08) return { objective: "hMean", why: `${numbers}: some classes are weaker than others` };
  return { objective: "meanRecall", why: `${numbers}: the classes are close to one another` };
}

/** Names of classes from a file's text: a JSON list or map of index to name, or a name a line. Null unless there are `count`. */
export function classNames(text: string, count: number): string[] | null {
  const names = fromJson(text) ?? text.split(/\r?\n/).map((line) => line.trim());
  const given = names.filter((name) => name !== "");
  const valid = given.length === count && new Set(given).size === count;
  return valid ? given : null;
}

function fromJson(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    return Object.values(value).map(String);
  } catch {
    return null;
  }
}
