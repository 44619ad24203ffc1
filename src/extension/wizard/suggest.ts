/** What a workspace suggests: which tables are which, which globs name the checkpoints, which objective is worth it. Pure. */
import path from "node:path";
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import type { GroupsRecord } from "../../protocol/evaluation.ts";
import type { EvaluationRecord } from "../../protocol/records.ts";
import { named } from "../../words/names.ts";
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
  if (size === undefined) return roles;
  for (const role of tableRoles) if (roles[role] && roles[role]?.size !== size) delete roles[role];
  return roles;
}

/**
 * A suggestion with its reason, from what a checkpoint reaches before tuning. A group is named only where it is below by more than
 * chance.
 */
export function suggestObjective(
  measured: EvaluationRecord,
  groups: GroupsRecord | null = null,
): { objective: ObjectiveId; why: string } {
  const { meanRecall = Number.NaN, minRecall = Number.NaN } = measured;
  const gap = meanRecall - minRecall;
  const numbers = `worst class ${percent(minRecall)}, mean ${percent(meanRecall)}`;
  const left = worstWithinGroup(groups);
  if (left && left.recall.high < meanRecall && left.recall.value < minRecall - 0.1) {
    const who = `${named(left.class)} in ${named(left.group)}`;
    return {
      objective: "minGroupRecall",
      why: `${who} ${percent(left.recall.value)}, ${numbers}: a class is left behind in one group`,
    };
  }
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

function worstWithinGroup(groups: GroupsRecord | null) {
  return (groups?.recall ?? [])
    .flatMap(({ recall, judged, ...who }) => (recall === null || !judged ? [] : [{ ...who, recall }]))
    .toSorted((a, b) => a.recall.value - b.recall.value)[0];
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
