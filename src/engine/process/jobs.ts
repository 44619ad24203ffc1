/** Every kind of job, by name. */

import path from "node:path";
import type { JobKind, JobRequest, JobResult } from "../../protocol/engine.ts";
import type { ControlRecord } from "../../protocol/records.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { readContent } from "../../watching/content.ts";
import { allKept } from "../../words/constraints.ts";
import { defaultStorage, listBackends, whileDeviceLives } from "../backends/index.ts";
import { installBackend, installPlan, removeBackend } from "../backends/install.ts";
import { gridScope } from "../grid/tasks.ts";
import { inspectJob } from "../inspect/inspect.ts";
import { headRowsJob, tensorJob } from "../inspect/look.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { measureHeads } from "../measure/measure.ts";
import { checkpointOf, splitEvaluationOf } from "../measure/measured.ts";
import { withReference } from "../measure/withReference.ts";
import { backendFor, placesOf } from "../problem/backend.ts";
import { prepareTables } from "../problem/checkedTables.ts";
import { chooseCheckpoint } from "../problem/chooseCheckpoint.ts";
import { doubtsAbout } from "../problem/doubtfulObjective.ts";
import { requireJudgedCells } from "../problem/judgeable.ts";
import type { Prepared } from "../problem/prepare.ts";
import { projectOf } from "../problem/settings.ts";
import { visit } from "../problem/workplace.ts";
import { verdictsWithProofs } from "../proof/sequence.ts";
import { judgeableControls, runControls } from "../run/controls.ts";
import { discardRun } from "../run/discardRun.ts";
import { tuneJob } from "../run/tuneJob.ts";
import { useRun } from "../run/useRun.ts";
import { makeFeatures } from "../tables/features.ts";
import { against } from "../verdict/against.ts";
import { setReportOf } from "../verdict/setReport.ts";
import { verdictsOf } from "../verdict/verdicts.ts";

type RequestOf<K extends JobKind> = Extract<JobRequest, { kind: K }>;

/** Runs a job. Throws errors of one sentence, or the signal's reason. */
export async function runJob<K extends JobKind>(
  request: RequestOf<K>,
  context: JobContext,
): Promise<JobResult<K>>;
export async function runJob(request: JobRequest, context: JobContext): Promise<JobResult<JobKind>> {
  switch (request.kind) {
    case "tune":
      return tuneJob(request.request, context);
    case "evaluate":
      return evaluateJob(request, context);
    case "controls":
      return controlsJob(request, context);
    case "inspect":
      return inspectJob(request);
    case "tensor":
      return tensorJob(request, context.signal);
    case "headRows":
      return headRowsJob(request);
    case "sweep": {
      const { sweepJob } = await import("../sweep/sweepJob.ts");
      return sweepJob(request, context);
    }
    case "grid": {
      const { gridJob } = await import("../grid/runGrid.ts");
      return gridJob(request, context);
    }
    case "usePoint": {
      const { usePoint } = await import("../sweep/usePoint.ts");
      return usePoint(request, context);
    }
    case "useTask": {
      const { useTask } = await import("../grid/useTask.ts");
      const { task, replace = false, ...scope } = request;
      return useTask(task, gridScope(scope), { replace }, context);
    }
    case "use":
      return useRun(request, context);
    case "discard":
      return discardRun(request, context);
    case "backends":
      return backendsJob(request, context);
    case "install":
      return installJob(request, context);
    case "remove":
      return { removed: await removeBackend(request.backend, placesOf({}).storage ?? defaultStorage()) };
  }
}

async function evaluateJob(
  request: RequestOf<"evaluate">,
  context: JobContext,
): Promise<JobResult<"evaluate">> {
  const started = performance.now();
  return withPrepared(request, context, async (prepared, compute) => {
    const [measured] = await measureHeads(prepared, [prepared.problem.head], compute);
    if (!measured) throw new Error("one head was measured");
    const { prior } = prepared.project.configuration;
    return {
      checkpoint: checkpointOf(prepared),
      classes: [...prepared.classes],
      ...(prior !== undefined && { prior }),
      buckets: [...prepared.cells],
      evaluation: splitEvaluationOf(measured),
      constraints: await verdictsWithProofs(prepared, measured, context),
      sets: {
        validation: setReportOf(prepared, prepared.problem.validation, measured.validation),
        test: prepared.test && measured.test && setReportOf(prepared, prepared.test, measured.test),
      },
      ...(request.against && { against: against(prepared, measured, request.against) }),
      warnings: [...prepared.warnings, ...(await doubtsAbout(prepared, compute))],
      tables: await prepared.tables.hashes(context.signal),
      seconds: (performance.now() - started) / 1000,
    };
  });
}

async function controlsJob(
  request: RequestOf<"controls">,
  context: JobContext,
): Promise<JobResult<"controls">> {
  const started = performance.now();
  return withPrepared(request, context, async (prepared, compute) => {
    requireJudgedCells(prepared);
    const [before] = await measureHeads(prepared, [prepared.problem.head], compute);
    if (!before) throw new Error("one head was measured");
    const records: ControlRecord[] = [];
    const { chosen, why } = judgeableControls(prepared);
    await runControls(chosen, prepared, compute, context, null, ({ record }) => records.push(record));
    return {
      checkpoint: checkpointOf(prepared),
      before: splitEvaluationOf(before),
      beforeSatisfied: allKept(verdictsOf(prepared, before)),
      controls: records,
      tables: await prepared.tables.hashes(context.signal),
      notes: [...why],
      seconds: (performance.now() - started) / 1000,
    };
  });
}

async function withPrepared<T>(
  request: RequestOf<"evaluate" | "controls">,
  context: JobContext,
  work: (prepared: Prepared, compute: Compute) => Promise<T>,
): Promise<T> {
  const project = projectOf(request);
  const checkpoint = await chooseCheckpoint(project, request.checkpoint);
  const what = `measures ${path.basename(checkpoint)}`;
  const leave = await visit(project, { what, trusted: request.trusted ?? false }, context);
  try {
    const content = async () => (await readContent(checkpoint, { signal: context.signal })).hash;
    await makeFeatures(project, checkpoint, content, context, null, request);
    const prepared = await prepareTables(project, checkpoint, {
      signal: context.signal,
      trusted: request.trusted,
    });
    try {
      const { compute } = await backendFor(prepared, project.configuration.tuning, request, context.signal);
      await yieldToEvents(context.signal);
      return await whileDeviceLives(withReference(prepared, compute).then((ready) => work(ready, compute)));
    } finally {
      await prepared.close();
    }
  } finally {
    leave();
  }
}

async function backendsJob(
  request: RequestOf<"backends">,
  { signal }: JobContext,
): Promise<JobResult<"backends">> {
  const backends = await listBackends({ ...placesOf(request), signal });
  return { chosen: null, backends };
}

async function installJob(
  { backend }: RequestOf<"install">,
  context: JobContext,
): Promise<JobResult<"install">> {
  const { storage = defaultStorage() } = placesOf({});
  const { packageName } = installPlan(backend, storage);
  const { version, folder } = await installBackend(backend, {
    storage,
    signal: context.signal,
    onProgram: context.program,
    onProgress: ({ message, bytes, expectedBytes }) =>
      context.progress({ phase: "install", message, step: bytes, steps: expectedBytes, runFolder: null }),
  });
  return { packageName, version, folder };
}
