/** Which checkpoint a job is about. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { CheckpointError } from "../../checkpoints/checkpoint.ts";
import { checkpointParts } from "../../checkpoints/formats.ts";
import { newestCheckpoint } from "../../project/checkpointFiles.ts";
import { checkpointIn } from "../../project/checkpointFolder.ts";
import type { Project } from "../../project/load.ts";
import { leavesWorkspace } from "../../project/paths.ts";
import { scoresFile } from "../../project/scoresFile.ts";

/**
 * The checkpoint asked for, or the newest one that the configuration names. Throws `CheckpointError` when it is not there, or has
 * parts outside of the workspace that it lies in.
 */
export async function chooseCheckpoint(project: Project, asked: string | null): Promise<string> {
  const scores = scoresFile(project);
  if (scores !== null) return scoresAsked(scores, asked, project);
  const checkpoint = asked === null ? newestCheckpoint(project) : await checkpointAt(asked, project);
  await requireWithin(project, checkpoint);
  return checkpoint;
}

/** A checkpoint of the workspace keeps no tensors elsewhere: its copy would carry them in. */
async function requireWithin({ workspace, allowOutside }: Project, checkpoint: string): Promise<void> {
  if (allowOutside || leavesWorkspace(workspace, checkpoint)) return;
  const parts = await checkpointParts(checkpoint);
  const outside = parts.find((part) => leavesWorkspace(workspace, part));
  if (outside === undefined) return;
  throw new CheckpointError(
    `${checkpoint} keeps tensors in ${outside}, which leads out of ${workspace} through a link, so they are not read; copy the file there, or allow paths outside of the workspace.`,
  );
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
