/** Which tables a configuration names. */
import type { Configuration } from "./configuration.ts";

/** The table of the rows that prove bounds; undefined where there is none of their own. */
export function certifyTable({ certify }: Configuration["features"]): string | undefined {
  return typeof certify === "string" ? certify : undefined;
}

/** The file of each table that a configuration names, by its role. */
export function tableFiles(features: Configuration["features"]) {
  const { train, validation, test, unlabeled } = features;
  return { train, validation, test, unlabeled, certify: certifyTable(features) };
}

/** Roles of tables whose rows have labels, and so may have a table beside them that says what they are. */
export const labelledRoles = ["train", "validation", "test", "certify"] as const;
