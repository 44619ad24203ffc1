/** A run taken back: where its copy is, that of the run before is again, or none. */
import path from "node:path";
import { onnxBeside } from "../../checkpoints/correction/names.ts";
import { lookAt } from "../../files/fresh.ts";
import { placeWithin } from "../../files/place.ts";
import { amendRun } from "../../project/amend.ts";
import type { LoadOptions } from "../../project/load.ts";
import { ownHash, removeOwn } from "../../project/ownFiles.ts";
import { isOfScores, reachOfProject } from "../../project/paths.ts";
import { listRunFolders, readSummary } from "../../project/readRuns.ts";
import { releaseRun } from "../../project/retention.ts";
import type { DiscardResult, JobRequest } from "../../protocol/engine.ts";
import type { CopyRecord } from "../../protocol/records.ts";
import { discardedText, isAdvised } from "../../words/use.ts";
import { isExpected } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { groupTablePath, removeGroupTable } from "../problem/groupTable.ts";
import { visit } from "../problem/workplace.ts";
import { removeCertificate } from "../proof/certificatePlace.ts";
import type { TableScope } from "../tables/tables.ts";
import { type KeptHead, readKept } from "../verdict/changed.ts";
import { removeCompanions } from "./companions.ts";
import { checkedOutput, isSameFile } from "./output.ts";
import { type RunProject, runAtRest } from "./runProject.ts";
import { withCopy, writeKept } from "./useRun.ts";

type Taken = DiscardResult["copies"][number];

/**
 * Takes the copies of a run away, those that are as it wrote them: the newest copy that another run had in the place comes
 * back, of those that their verdict is for. Throws `JobError` for what is no run, or still runs.
 */
export async function discardRun(
  request: Extract<JobRequest, { kind: "discard" }>,
  context: JobContext,
): Promise<DiscardResult> {
  const { signal } = context;
  const run = runAtRest(request.runFolder, request);
  const { folder, project, record } = run;
  const outputs: string[] = [];
  for (const { output } of record.copies ?? []) {
    outputs.push(
      await checkedOutput(project, record.checkpoint, { elsewhere: output, replace: true, signal }),
    );
  }
  const visiting = {
    what: `takes ${path.basename(folder)} back`,
    ...{ outputs, run: folder, makesTables: false, trusted: request.trusted ?? false },
  };
  const leave = await visit(project, visiting, context);
  try {
    const copies: Taken[] = [];
    for (const copy of record.copies ?? []) copies.push(await takeBack(run, copy, request, signal));
    amendRun(folder, { copies: undefined, discardedAt: new Date().toISOString() });
    releaseRun(folder, "used");
    return { runFolder: folder, copies, sentence: discardedText(path.basename(folder), copies) };
  } finally {
    leave();
  }
}

async function takeBack(
  run: RunProject,
  { output, sha256 }: CopyRecord,
  scope: LoadOptions & TableScope,
  signal: AbortSignal,
): Promise<Taken> {
  const place = placeWithin(reachOfProject(run.project), output);
  if (!lookAt(place)) return { output, now: "gone", restored: null };
  // Of another run by now, or of somebody else: not ours to take away.
  if ((await ownHash(place, signal)) !== sha256) return { output, now: "left", restored: null };
  const before = await runBefore(run, output, scope, signal);
  if (before === null) {
    await removeOwn(place, signal);
    await removeGroupTable(groupTablePath(place), signal);
    await removeCertificate(place, signal);
    const model = isOfScores(run.project) ? onnxBeside(place) : null;
    if (model !== null && (await ownHash(model, signal)) !== null) await removeOwn(model, signal);
    await removeCompanions(run.record.checkpoint, place, signal);
    return { output, now: "removed", restored: null };
  }
  const { folder, record, project, kept } = before;
  const copy = await writeKept(project, kept, output, { signal, trusted: scope.trusted });
  amendRun(folder, { copies: withCopy(record, copy) });
  return { output, now: "restored", restored: folder };
}

/** The run that had its copy in a place before, as the newest of those that can be made again and are for use. */
async function runBefore(
  { folder: own, project }: RunProject,
  output: string,
  scope: LoadOptions,
  signal: AbortSignal,
): Promise<(RunProject & { kept: KeptHead }) | null> {
  const others = listRunFolders(project.folder, reachOfProject(project)).flatMap((folder) => {
    const summary = readSummary(folder);
    const copy = summary?.run.copies?.find((one) => isSameFile(one.output, output));
    const verdict = summary?.result?.verdict;
    const isForUse = verdict !== undefined && isAdvised(verdict);
    return copy && isForUse && path.basename(folder) !== path.basename(own) ? [{ folder, at: copy.at }] : [];
  });
  for (const { folder } of others.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))) {
    try {
      const run = runAtRest(folder, scope);
      const kept = await readKept(folder, { signal });
      if (kept.replacements.length > 0) return { ...run, kept };
    } catch (error) {
      // Its checkpoint is gone or another by now: one before it may still have its own.
      if (signal.aborted || !isExpected(error)) throw error;
    }
  }
  return null;
}
