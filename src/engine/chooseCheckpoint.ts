/** Which checkpoint a job is about. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { CheckpointError } from "../checkpoints/checkpoint.ts";
import { newestCheckpoint } from "../project/checkpointFiles.ts";
import { checkpointIn } from "../project/checkpointFolder.ts";
import type { Project } from "../project/load.ts";
import { scoresFile } from "../project/scoresFile.ts";

/** The checkpoint asked for, or the newest one that the configuration names. Throws `CheckpointError` when it is not there. */
export async function chooseCheckpoint(project: Project, asked: string | null): Promise<string> {
  const scores = scoresFile(project);
  if (scores !== null) return scoresAsked(scores, asked, project);
  return asked === null ? newestCheckpoint(project) : checkpointAt(asked, project);
}

/** Scores are found by the configuration alone. */
function scoresAsked(scores: string, asked: string | null, project: Project): string {
  if (asked === null || path.resolve(asked) === scores) return scores;
  throw new CheckpointError(
    `${project.path} names no checkpoints, so that ${asked} is not known; add "checkpoints", or leave it out to correct the scores in ${scores}.`,
  );
}

/** A checkpoint by its path, or by that of the folder it was saved into. Throws `CheckpointError` when it is not there. */
export async function checkpointAt(asked: string, project: Project | null): Promise<string> {
  const checkpoint = path.resolve(asked);
  const found = await stat(checkpoint).catch(() => null);
  if (!found) throw new CheckpointError(`There is no checkpoint ${checkpoint}; check the path.`);
  return found.isDirectory() ? checkpointIn(checkpoint, project) : checkpoint;
}
