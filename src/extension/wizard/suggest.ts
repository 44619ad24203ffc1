/** What a workspace suggests: which tables are which, which globs name the checkpoints, which objective is worth it. Pure. */
import path from "node:path";
import type { EvaluationRecord, ObjectiveId } from "../../protocol/records.ts";

/** A feature table that was found. `file` is relative to the folder, with forward slashes. */
export interface FoundTable {
  readonly file: string;
  readonly count: number;
  readonly size: number;
  /** Highest label plus one; null in a table without labels. */
  readonly classes: number | null;
}

export const tableRoles = ["train", "validation", "test", "unlabeled"] as const;
export type TableRole = (typeof tableRoles)[number];

const roleWords: Record<TableRole, RegExp> = {
  unlabeled: /(^|[^a-z])(unlabell?ed|unsup|extra)/i,
  validation: /(^|[^a-z])(val|valid|validation|dev)([^a-z]|$)/i,
  test: /(^|[^a-z])(test|holdout|heldout)([^a-z]|$)/i,
  train: /(^|[^a-z])(train|training)([^a-z]|$)/i,
};

/** Which table is which, by its name and by whether it has labels; only tables that fit together are taken. */
export function guessRoles(tables: readonly FoundTable[]): Partial<Record<TableRole, FoundTable>> {
  const roles: Partial<Record<TableRole, FoundTable>> = {};
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
  const gap = measured.meanRecall - measured.minRecall;
  const numbers = `worst class ${percent(measured.minRecall)}, mean ${percent(measured.meanRecall)}`;
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

export interface NewConfiguration {
  readonly checkpoints: readonly string[];
  readonly tables: Readonly<Record<"train" | "validation", string>> & Partial<Record<TableRole, string>>;
  /** Whether the feature tables are still to be written by a program. */
  readonly withCommand: boolean;
  readonly classes: readonly string[] | null;
}

/** The text of a new selmix.json, with a comment where a reader may wonder. */
export function configurationText({ checkpoints, tables, withCommand, classes }: NewConfiguration): string {
  const text = (value: unknown) => JSON.stringify(value);
  const list = (values: readonly unknown[]) => `[${values.map(text).join(", ")}]`;
  const features = tableRoles.flatMap((role) => {
    const file = tables[role];
    return file === undefined ? [] : [`    "${role}": ${text(file)}`];
  });
  if (withCommand) {
    features.push(
      [
        "    // The program that writes the feature tables of a checkpoint; it runs before each tune, without a shell.",
        `    "command": ${list(["python", "export_features.py", "${checkpoint}", "${featuresDir}"])}`,
      ].join("\n"),
    );
  }
  const parts = [
    `  // The checkpoints that are watched and tuned; they are never written to.\n  "checkpoints": ${list(checkpoints)}`,
    `  // Features of the data. Validation steers the tuning; test is only reported.\n  "features": {\n${features.join(",\n")}\n  }`,
    ...(classes ? [`  "classes": ${list(classes)}`] : []),
    '  // What tuning raises, and the bounds it keeps.\n  "objective": "minRecall"',
    '  "constraints": []',
    '  // Tune every checkpoint that is saved, by itself.\n  "autoRetune": false',
  ];
  return `{\n${parts.join(",\n")}\n}\n`;
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

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}
