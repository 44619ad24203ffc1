/** Which checkpoint a job is about. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { CheckpointError } from "../checkpoints/checkpoint.ts";
import { checkpointParts } from "../checkpoints/formats.ts";
import { newestCheckpoint } from "../project/checkpointFiles.ts";
import { checkpointIn } from "../project/checkpointFolder.ts";
import type { Project } from "../project/load.ts";
import { leavesWorkspace } from "../project/paths.ts";

/**
 * The checkpoint asked for, or the newest one that the configuration names. Throws `CheckpointError` when it is not there, or has
 * parts outside of the workspace that it lies in.
 */
export async function chooseCheckpoint(project: Project, asked: string | null): Promise<string> {
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

/** A checkpoint by its path, or by that of the folder it was saved into. Throws `CheckpointError` when it is not there. */
export async function checkpointAt(asked: string, project: Project | null): Promise<string> {
  const checkpoint = path.resolve(asked);
  const found = await stat(checkpoint).catch(() => null);
  if (!found) throw new CheckpointError(`There is no checkpoint ${checkpoint}; check the path.`);
  return found.isDirectory() ? checkpointIn(checkpoint, project) : checkpoint;
}
