/** Where the tuned copy goes, whether it may, and how it comes there. */
import path from "node:path";
import type { Checkpoint, TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { correctionEnding, onnxBeside } from "../../checkpoints/correction/names.ts";
import { formatOf } from "../../checkpoints/formats.ts";
import { lookAt } from "../../files/fresh.ts";
import { placeWithin, realPlace } from "../../files/place.ts";
import type { Project } from "../../project/load.ts";
import { ownGate, removeOldParts, requireOurs } from "../../project/ownFiles.ts";
import { isOfScores, leavesWorkspace, outputPath, reachOfProject } from "../../project/paths.ts";
import { allTablesOf } from "../../project/tables.ts";
import type { CopyRecord } from "../../protocol/records.ts";
import { JobError } from "../errors.ts";
import { type HeadNames, requireTablePlace, withoutOffsets, writeGroupTable } from "../problem/groupTable.ts";
import { removeCertificate, requireCertificatePlace } from "../proof/certificatePlace.ts";
import { copyCompanions } from "./companions.ts";

export interface OutputOptions {
  /** Another place than the one that the configuration names; absolute. */
  readonly elsewhere?: string;
  /** Whether a file that is not ours may be replaced. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The place of a checkpoint's tuned copy. Throws `JobError` where it would replace what a job reads or lies out of reach, and
 * `NotOursError` where a file is there that we did not write, unless it is to be replaced.
 */
export async function checkedOutput(
  project: Project,
  checkpoint: string,
  { elsewhere, replace = false, signal }: OutputOptions = {},
): Promise<string> {
  const { objective, output: template } = project.configuration;
  const output = elsewhere ?? outputPath(project, template, checkpoint, objective);
  const change = elsewhere === undefined ? `change "output" in ${project.path}` : "choose another place";
  if (output === checkpoint) {
    throw new JobError(
      `The output ${output} is the checkpoint itself, which is never overwritten; ${change}.`,
    );
  }
  if (!project.allowOutside && leavesWorkspace(project.workspace, output)) {
    throw new JobError(`The output ${output} leads out of the workspace ${project.workspace}; ${change}.`);
  }
  for (const source of [project.path, ...allTablesOf(project)]) {
    if (isSameFile(source, output)) {
      throw new JobError(
        `The output ${output} is ${source}, which SelMix reads and never overwrites; ${change}.`,
      );
    }
  }
  const isSameKind = isOfScores(project)
    ? path.extname(output) === correctionEnding
    : path.extname(output).toLowerCase() === path.extname(checkpoint).toLowerCase() ||
      formatOf(output)?.id === formatOf(checkpoint)?.id;
  if (!isSameKind && isOfScores(project)) {
    throw new JobError(
      `The output ${output} would be a correction of scores, which is a ${correctionEnding} file; ${change}.`,
    );
  }
  if (!isSameKind) {
    const end =
      elsewhere === undefined
        ? `end "output" in ${project.path} with \${checkpointExt}`
        : `let its name end as that of ${path.basename(checkpoint)} does`;
    throw new JobError(
      `The output ${output} would be a copy of ${path.basename(checkpoint)} under the name of another kind of file; ${end}.`,
    );
  }
  if (!replace) {
    for (const file of [output, ...(isOfScores(project) ? [onnxBeside(output)] : [])])
      await requireOurs(file, signal);
  }
  return output;
}

/** Writes a checkpoint's copy in its place, as `checkedOutput` gave it, and takes away what it leaves unused of the one before. */
export async function writeOutput(
  project: Project,
  checkpoint: Checkpoint,
  replacements: readonly TensorReplacement[],
  output: string,
  { replace = false, signal, names }: Pick<OutputOptions, "replace" | "signal"> & { names: HeadNames },
): Promise<CopyRecord> {
  const place = placeWithin(reachOfProject(project), output);
  const passes = ownGate(replace, signal);
  const { tensors, offsets } = withoutOffsets(replacements);
  if (offsets !== null) await requireTablePlace(output, { replace, signal });
  if (!replace) await requireCertificatePlace(output, signal);
  let sha256 = "";
  await copyCompanions(project, checkpoint.path, place, { replace, signal });
  await checkpoint.writeCopy(place, tensors, {
    signal,
    async gate(files) {
      await passes(files);
      sha256 = files.at(-1)?.sha256 ?? "";
    },
  });
  await removeOldParts(place);
  await removeCertificate(place, signal);
  await writeGroupTable(project, offsets, { output, sha256 }, { replace, signal, ...names });
  return { output, sha256, at: new Date().toISOString() };
}

/** Whether two paths lead to one file, or would. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => lookAt(realPlace(file) ?? file));
  return (
    path.resolve(one) === path.resolve(other) || (a !== undefined && a.dev === b?.dev && a.ino === b.ino)
  );
}
