/** The main job: a checkpoint in, a tuned copy beside it, and a run folder that tells how. */
import type { Project } from "../project/load.ts";
import { leavesWorkspace, outputPath } from "../project/paths.ts";
import { RunWriter } from "../project/runFolder.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { TuneResult } from "../protocol/records.ts";
import { chooseCheckpoint } from "./chooseCheckpoint.ts";
import { errorDetail, errorSentence, JobError } from "./errors.ts";
import type { JobContext } from "./job.ts";
import { goOn, resumable } from "./resume.ts";
import { openingRecord } from "./runRecords.ts";
import { readState, removeState } from "./savedState.ts";
import { projectOf } from "./settings.ts";
import { requireTrainable } from "./trainable.ts";
import { TuneRun } from "./tuneRun.ts";

/**
 * Tunes as asked, or goes on with a run that died or was stopped. Throws what is wrong in one sentence, or the signal's
 * reason; the run folder then says failed or cancelled, and no output was written. Stopped while the controls run, it
 * ends with what there is.
 */
export async function tuneJob(request: TuneRequest, context: JobContext): Promise<TuneResult> {
  const started = performance.now();
  const resumed = request.resume === undefined ? null : resumable(request.resume, request);
  const project = resumed?.project ?? projectOf(request);
  const checkpoint = await chooseCheckpoint(project, resumed?.record.checkpoint ?? request.checkpoint);
  if (project.configuration.tuning.train === "all") requireTrainable(checkpoint);
  const output = checkedOutput(project, checkpoint);
  const saved = resumed && (await readState(resumed.folder));
  const run = saved
    ? goOn(resumed, saved)
    : new RunWriter(
        project.folder,
        openingRecord(project, checkpoint, { trigger: request.trigger, pid: process.pid }),
      );
  context.progress({ phase: "load", message: "reading", step: 0, steps: 1, runFolder: run.folder });
  run.log(
    `${saved ? `going on from step ${saved.state.step}:` : ""} tuning ${checkpoint} for ${project.configuration.objective}`.trim(),
  );
  try {
    const job = new TuneRun(request, context, run, started, saved);
    const result = await job.toEnd(project, checkpoint, output);
    run.finish("done");
    removeState(run.folder);
    return result;
  } catch (error) {
    recordEnd(run, error, context.signal.aborted);
    throw error;
  }
}

function recordEnd(run: RunWriter, error: unknown, stopped: boolean): void {
  try {
    run.log(stopped ? "stopped" : `failed: ${errorSentence(error)}\n${errorDetail(error)}`.trimEnd());
    run.finish(stopped ? "cancelled" : "failed", stopped ? null : errorSentence(error));
  } catch {
    // A disk so full that not even this can be written: the first error is the one to tell.
  }
}

function checkedOutput(project: Project, checkpoint: string): string {
  const { objective, output: template } = project.configuration;
  const output = outputPath(project, template, checkpoint, objective);
  if (output === checkpoint) {
    throw new JobError(
      `The output ${output} is the checkpoint itself, which is never overwritten; change "output" in ${project.path}.`,
    );
  }
  if (!project.allowOutside && leavesWorkspace(project.workspace, output)) {
    throw new JobError(
      `The output ${output} leads out of the workspace ${project.workspace}; change "output" in ${project.path}.`,
    );
  }
  return output;
}
