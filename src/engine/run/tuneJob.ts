/** The main job: a checkpoint in, a tuned copy beside it, and a run folder that tells how. */

import path from "node:path";
import { metricName } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { Project } from "../../project/load.ts";
import { reachOfProject } from "../../project/paths.ts";
import { defaultRetention, pruneRuns } from "../../project/retention.ts";
import { RunWriter } from "../../project/runFolder.ts";
import type { TuneRequest } from "../../protocol/engine.ts";
import type { TuneResult } from "../../protocol/records.ts";
import { errorDetail, errorSentence } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { chooseCheckpoint } from "../problem/chooseCheckpoint.ts";
import { requireAnothers, requireFreshFeatures } from "../problem/origin.ts";
import { projectOf } from "../problem/settings.ts";
import { visit } from "../problem/workplace.ts";
import { readState, removeState } from "../training/savedState.ts";
import { requireTrainable } from "../training/trainable.ts";
import { checkedOutput } from "./output.ts";
import { goOn, resumable } from "./resume.ts";
import type { RunProject } from "./runProject.ts";
import { openingRecord } from "./runRecords.ts";
import { TuneRun } from "./tuneRun.ts";

/**
 * Tunes as asked, or goes on with a run that died or was stopped. Throws what is wrong in one sentence, or the signal's
 * reason; the run folder then says failed or cancelled, and no output was written. What was saved with features of another
 * checkpoint has no run. Stopped while the controls run, it
 * ends with what there is.
 */
export async function tuneJob(request: TuneRequest, context: JobContext): Promise<TuneResult> {
  const started = performance.now();
  const resumed = request.resume === undefined ? null : resumable(request.resume, request);
  const project = resumed?.project ?? projectOf(request);
  const checkpoint = await chooseCheckpoint(project, resumed?.record.checkpoint ?? request.checkpoint);
  if (project.configuration.tuning.train === "all") requireTrainable(checkpoint);
  const output = await checkedOutput(project, checkpoint, { ...request, signal: context.signal });
  const leave = await visit(
    project,
    {
      what: `tunes ${path.basename(checkpoint)}`,
      outputs: [output],
      ...(resumed && { run: resumed.folder }),
      trusted: request.trusted ?? false,
    },
    context,
  );
  try {
    // Whoever was waited for may have gone on with the same run.
    const still = request.resume === undefined ? null : resumable(request.resume, request);
    return await tuneAlone(request, context, { started, resumed: still, project, checkpoint, output });
  } finally {
    leave();
  }
}

interface Task {
  readonly started: number;
  readonly resumed: RunProject | null;
  readonly project: Project;
  readonly checkpoint: string;
  readonly output: string;
}

async function tuneAlone(
  request: TuneRequest,
  context: JobContext,
  { started, resumed, project, checkpoint, output }: Task,
): Promise<TuneResult> {
  if (request.trigger === "save" && !resumed) {
    await requireAnothers(checkpoint, context.signal);
    await requireFreshFeatures(project, checkpoint, { signal: context.signal, trusted: request.trusted });
  }
  const reach = reachOfProject(project);
  const saved = resumed && (await readState(resumed.folder));
  const run = saved
    ? goOn(resumed, saved)
    : new RunWriter(
        project.folder,
        openingRecord(project, checkpoint, { trigger: request.trigger, pid: process.pid }),
        { reach },
      );
  context.progress({ phase: "load", message: "reading", step: 0, steps: 1, runFolder: run.folder });
  run.log(
    `${saved ? `going on from step ${saved.state.step}:` : ""} tuning ${checkpoint} for ${metricName(objectiveKey(project.configuration.objective))}`.trim(),
  );
  try {
    const job = new TuneRun(request, context, run, started, saved);
    const result = await job.toEnd(project, checkpoint, output);
    pruneAfter(run, project, request.keepRuns);
    run.finish("done");
    removeState(run.folder);
    return result;
  } catch (error) {
    recordEnd(run, error, context.signal.aborted);
    throw error;
  }
}

export function recordEnd(run: RunWriter, error: unknown, stopped: boolean): void {
  try {
    run.log(stopped ? "stopped" : `failed: ${errorSentence(error)}\n${errorDetail(error)}`.trimEnd());
    run.finish(stopped ? "cancelled" : "failed", stopped ? null : errorSentence(error));
  } catch {
    // A disk so full that not even this can be written: the first error is the one to tell.
  }
}

/** Old runs make room for this one. */
function pruneAfter(run: RunWriter, project: Project, keepRuns = defaultRetention.runs): void {
  try {
    const retention = { ...defaultRetention, runs: keepRuns };
    const gone = pruneRuns(project.folder, retention, { reach: reachOfProject(project) });
    if (gone.length > 0) run.log(`removed ${gone.length} older runs: selmix.keepRuns is ${keepRuns}`);
  } catch (error) {
    run.log(`older runs were not removed: ${errorSentence(error)}`);
  }
}
