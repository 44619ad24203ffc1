/** Which checkpoint a job is about. */
import { existsSync } from "node:fs";
import path from "node:path";
import { CheckpointError } from "../checkpoints/checkpoint.ts";
import { newestCheckpoint } from "../project/checkpointFiles.ts";
import type { Project } from "../project/load.ts";

/** The checkpoint asked for, or the newest one that the configuration names. Throws `CheckpointError` when it is not there. */
export function chooseCheckpoint(project: Project, asked: string | null): string {
  if (asked === null) return newestCheckpoint(project);
  const checkpoint = path.resolve(asked);
  if (existsSync(checkpoint)) return checkpoint;
  throw new CheckpointError(`There is no checkpoint ${checkpoint}; check the path.`);
}
