/** Where the tuned copy goes, and whether it may. */
import path from "node:path";
import { formatOf } from "../checkpoints/formats.ts";
import { lookAt } from "../files/fresh.ts";
import { realPlace } from "../files/place.ts";
import type { Project } from "../project/load.ts";
import { requireOurs } from "../project/ownFiles.ts";
import { leavesWorkspace, outputPath } from "../project/paths.ts";
import { JobError } from "./errors.ts";
import { tablesOf } from "./features.ts";

/**
 * The place of a checkpoint's tuned copy. Throws `JobError` where it would replace what a job reads or lies out of reach, and
 * `NotOursError` where a file is there that we did not write, unless it is to be replaced.
 */
export async function checkedOutput(
  project: Project,
  checkpoint: string,
  { replace = false, signal }: { replace?: boolean; signal?: AbortSignal } = {},
): Promise<string> {
  const { objective, output: template } = project.configuration;
  const output = outputPath(project, template, checkpoint, objective);
  const change = `change "output" in ${project.path}`;
  if (output === checkpoint) {
    throw new JobError(
      `The output ${output} is the checkpoint itself, which is never overwritten; ${change}.`,
    );
  }
  if (!project.allowOutside && leavesWorkspace(project.workspace, output)) {
    throw new JobError(`The output ${output} leads out of the workspace ${project.workspace}; ${change}.`);
  }
  for (const source of [project.path, ...tablesOf(project)]) {
    if (isSameFile(source, output)) {
      throw new JobError(
        `The output ${output} is ${source}, which SelMix reads and never overwrites; ${change}.`,
      );
    }
  }
  const isSameKind =
    path.extname(output).toLowerCase() === path.extname(checkpoint).toLowerCase() ||
    formatOf(output)?.id === formatOf(checkpoint)?.id;
  if (!isSameKind) {
    throw new JobError(
      `The output ${output} would be a copy of ${path.basename(checkpoint)} under the name of another kind of file; end "output" in ${project.path} with \${checkpointExt}.`,
    );
  }
  if (!replace) await requireOurs(output, signal);
  return output;
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => lookAt(realPlace(file) ?? file));
  return (
    path.resolve(one) === path.resolve(other) || (a !== undefined && a.dev === b?.dev && a.ino === b.ino)
  );
}
