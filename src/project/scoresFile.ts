/** Where there are no checkpoints, a classifier's scores of the training samples stand for it: the file that they are in. */
import { statSync } from "node:fs";
import path from "node:path";
import type { Project } from "./load.ts";

/** The file of scores that is tuned and watched as a checkpoint is; null for a project with checkpoints. */
export function scoresFile({
  folder,
  configuration,
}: Pick<Project, "folder" | "configuration">): string | null {
  if (configuration.checkpoints.length > 0) return null;
  const table = path.resolve(folder, configuration.features.train);
  const isFolder = statSync(table, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? path.join(table, `${configuration.columns?.scores ?? "scores"}.npy`) : table;
}
