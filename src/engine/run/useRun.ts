/** A run's head in its place again, whatever the verdict said: written because a person wants it. */
import path from "node:path";
import { openCheckpoint } from "../../checkpoints/formats.ts";
import { amendRun } from "../../project/amend.ts";
import type { Project } from "../../project/load.ts";
import { isOfScores } from "../../project/paths.ts";
import { readResult } from "../../project/readRuns.ts";
import { keepRun } from "../../project/retention.ts";
import type { JobRequest, UseResult } from "../../protocol/engine.ts";
import type { CopyRecord, RunRecord } from "../../protocol/records.ts";
import { isAdvised, keptHead, usedText } from "../../words/use.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { visit } from "../problem/workplace.ts";
import { openScored } from "../tables/scored.ts";
import type { TableScope } from "../tables/tables.ts";
import { type KeptHead, readKept } from "../verdict/changed.ts";
import { checkedOutput, isSameFile, type OutputOptions, writeOutput } from "./output.ts";
import { runAtRest } from "./runProject.ts";

/**
 * Writes the head that a run kept to the run's output, or elsewhere. Throws `JobError` where there is none, or where the
 * checkpoint is gone or another; `NotOursError` where a file is in the way that we did not write.
 */
export async function useRun(
  request: Extract<JobRequest, { kind: "use" }>,
  context: JobContext,
): Promise<UseResult> {
  const { signal } = context;
  const { folder, record, project } = runAtRest(request.runFolder, request);
  const name = path.basename(folder);
  const verdict = readResult(folder)?.verdict;
  if (!verdict) throw new JobError(`The run ${name} came to no verdict and kept no head; tune again.`);
  const options = { replace: request.replace ?? false, signal };
  const { checkpoint } = record;
  const output = await checkedOutput(project, checkpoint, { ...options, elsewhere: request.output });
  const visiting = {
    what: `writes ${path.basename(output)}`,
    ...{ outputs: [output], run: folder, makesTables: false, trusted: request.trusted ?? false },
  };
  const leave = await visit(project, visiting, context);
  try {
    const kept = await readKept(folder, { signal });
    if (kept.replacements.length === 0) {
      throw new JobError(`The run ${name} came to the checkpoint as it is; there is no other head to use.`);
    }
    const copy = await writeKept(project, kept, output, { ...options, trusted: request.trusted });
    amendRun(folder, { copies: withCopy(record, copy), discardedAt: undefined });
    keepRun(folder, "used");
    const told = { output, ...keptHead(verdict), advised: isAdvised(verdict) };
    return { runFolder: folder, checkpoint, ...told, sentence: usedText({ run: name, output, verdict }) };
  } finally {
    leave();
  }
}

/** Writes what a run kept; its place is that of `checkedOutput`. */
export async function writeKept(
  project: Project,
  { source, classes, groups, replacements }: KeptHead,
  output: string,
  options: Pick<OutputOptions, "replace" | "signal"> & TableScope,
): Promise<CopyRecord> {
  const checkpoint = isOfScores(project)
    ? await openScored(project, classes, options)
    : await openCheckpoint(source);
  try {
    return await writeOutput(project, checkpoint, replacements, output, {
      ...options,
      names: { classes, groups },
    });
  } finally {
    await checkpoint.close();
  }
}

/** The copies of a run with one more, or a newer one in its place. */
export function withCopy({ copies = [] }: Pick<RunRecord, "copies">, copy: CopyRecord): CopyRecord[] {
  return [...copies.filter(({ output }) => !isSameFile(output, copy.output)), copy];
}
