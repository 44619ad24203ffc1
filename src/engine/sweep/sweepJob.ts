/** A sweep: one bound after another, each tuned from its neighbour's head and from the usual starts, and what came of all together. */

import path from "node:path";
import type { Project } from "../../project/load.ts";
import { reachOfProject } from "../../project/paths.ts";
import { newSweepFolder, pruneSweeps, writeSweep } from "../../project/sweepFolder.ts";
import type { JobRequest, SweepResult } from "../../protocol/engine.ts";
import type { SweepRecord } from "../../protocol/sweep.ts";
import { readContent } from "../../watching/content.ts";
import { whileDeviceLives } from "../backends/index.ts";
import { errorSentence, JobError } from "../errors.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { withReference } from "../measure/withReference.ts";
import { backendFor } from "../problem/backend.ts";
import { type PreparedTables, prepareTables } from "../problem/checkedTables.ts";
import { chooseCheckpoint } from "../problem/chooseCheckpoint.ts";
import { withGroupColumns } from "../problem/groupColumns.ts";
import { requireJudgeable } from "../problem/judgeable.ts";
import { projectOf } from "../problem/settings.ts";
import { visit } from "../problem/workplace.ts";
import { makeFeatures } from "../tables/features.ts";
import { inOrder } from "./bounds.ts";
import { openingSweep } from "./record.ts";
import { Sweep } from "./sweep.ts";
import { sweptProject } from "./swept.ts";

type SweepRequest = Extract<JobRequest, { kind: "sweep" }>;

/**
 * Sweeps as asked, and writes a folder under `.selmix/sweeps` that tells how. Throws what is wrong in one sentence, or the signal's
 * reason; the record then says failed or cancelled, with the points that there are.
 */
export async function sweepJob(request: SweepRequest, context: JobContext): Promise<SweepResult> {
  const project = sweptProject(projectOf(request), request.swept);
  if (project.configuration.tuning.train === "all")
    throw new JobError(
      'A sweep tunes heads, and "train" is "all": each point would train the whole network; sweep with "train": "head".',
    );
  const checkpoint = await chooseCheckpoint(project, request.checkpoint);
  const what = `sweeps ${path.basename(checkpoint)}`;
  const leave = await visit(project, { what, trusted: request.trusted ?? false }, context);
  try {
    return await sweepAlone(request, context, project, checkpoint);
  } finally {
    leave();
  }
}

async function sweepAlone(
  request: SweepRequest,
  context: JobContext,
  project: Project,
  checkpoint: string,
): Promise<SweepResult> {
  const started = performance.now();
  const reach = reachOfProject(project);
  let record = openingSweep(project, checkpoint, request.swept);
  const folder = newSweepFolder(project.folder, record, reach);
  const tell = (change: Partial<SweepRecord>) => {
    record = { ...record, ...change, seconds: (performance.now() - started) / 1000 };
    writeSweep(folder, record);
  };
  context.progress({ phase: "load", message: "reading", step: 0, steps: 1, runFolder: folder });
  try {
    const content = readContent(checkpoint, { signal: context.signal });
    const hash = content.then((read) => read.hash);
    hash.catch(() => undefined);
    await makeFeatures(project, checkpoint, () => hash, context, null, request);
    const { signal } = context;
    const opened = await prepareTables(project, checkpoint, { signal, trusted: request.trusted });
    try {
      requireJudgeable(opened);
      const prepared = opened.project.configuration.groupsAtPrediction ? withGroupColumns(opened) : opened;
      await sweepPrepared(prepared, { request, context, folder, hash: await hash, tell });
    } finally {
      await opened.close();
    }
    tell({ state: "done", endedAt: new Date().toISOString() });
    pruneSweeps(project.folder, reach);
    return { sweepFolder: folder, sweep: record };
  } catch (error) {
    const stopped = context.signal.aborted;
    const end = {
      state: stopped ? "cancelled" : "failed",
      error: stopped ? null : errorSentence(error),
    } as const;
    try {
      tell({ ...end, endedAt: new Date().toISOString() });
    } catch {
      // A disk so full that not even this can be written: the first error is the one to tell.
    }
    throw error;
  }
}

interface Around {
  readonly request: SweepRequest;
  readonly context: JobContext;
  readonly folder: string;
  readonly hash: string;
  tell(change: Partial<SweepRecord>): void;
}

async function sweepPrepared(
  prepared: PreparedTables,
  { request, context, folder, hash, tell }: Around,
): Promise<void> {
  const { signal } = context;
  const { swept, bounds: asked } = request;
  const backend = await backendFor(prepared, prepared.project.configuration.tuning, request, signal);
  await yieldToEvents(signal);
  const ready = await whileDeviceLives(withReference(prepared, backend.compute));
  const sweep = new Sweep(ready, swept, backend, { context, folder, hash });
  await whileDeviceLives(
    (async () => {
      tell(await sweep.begin());
      const bounds = typeof asked === "number" ? await sweep.bounds(asked) : inOrder(swept, asked);
      tell({ bounds });
      for (const [at, bound] of bounds.entries()) {
        const message = `bound ${at + 1} of ${bounds.length}`;
        context.progress({ phase: "tune", message, step: at, steps: bounds.length, runFolder: folder });
        await yieldToEvents(signal);
        await sweep.tune(bound, bounds.length);
        tell({ points: sweep.points() });
      }
      context.progress({ phase: "save", message: "keeping the heads", step: 0, steps: 1, runFolder: folder });
      await prepared.tables.assertUnchanged();
      await sweep.keep();
    })(),
  );
}
