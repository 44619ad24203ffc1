/** Every kind of job, by name. */
import path from "node:path";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { correctionFormat } from "../checkpoints/correction/names.ts";
import { findHead, headCandidates } from "../checkpoints/findHead.ts";
import { openCheckpoint } from "../checkpoints/formats.ts";
import { openFeatureTable } from "../features/open.ts";
import { loadProject, type Project } from "../project/load.ts";
import { isOfScores } from "../project/paths.ts";
import type { JobKind, JobRequest, JobResult } from "../protocol/engine.ts";
import type { ControlRecord } from "../protocol/records.ts";
import type { Compute } from "../selmix/evaluator.ts";
import { readContent } from "../watching/content.ts";
import { backendFor, placesOf } from "./backend.ts";
import { defaultStorage, listBackends, whileDeviceLives } from "./backends/index.ts";
import { installBackend, installPlan, removeBackend } from "./backends/install.ts";
import { prepareTables } from "./checkedTables.ts";
import { checkpointAt, chooseCheckpoint } from "./chooseCheckpoint.ts";
import { judgeableControls, runControls } from "./controls.ts";
import { discardRun } from "./discardRun.ts";
import { doubtsAbout } from "./doubtfulObjective.ts";
import { isExpected } from "./errors.ts";
import { makeFeatures } from "./features.ts";
import { breathe, type JobContext } from "./job.ts";
import { measureHeads } from "./measure.ts";
import { checkpointOf, splitEvaluationOf } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { setReportOf } from "./setReport.ts";
import { projectOf } from "./settings.ts";
import { tableOptions } from "./tables.ts";
import { tuneJob } from "./tuneJob.ts";
import { useRun } from "./useRun.ts";
import { verdictsOf } from "./verdicts.ts";
import { visit } from "./workplace.ts";

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
    return {
      checkpoint: checkpointOf(prepared),
      classes: [...prepared.classes],
      buckets: [...prepared.cells],
      evaluation: splitEvaluationOf(measured),
      constraints: verdictsOf(prepared, measured),
      sets: {
        validation: setReportOf(prepared, prepared.problem.validation, measured.validation),
        test: prepared.test && measured.test && setReportOf(prepared, prepared.test, measured.test),
      },
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
    const [before] = await measureHeads(prepared, [prepared.problem.head], compute);
    if (!before) throw new Error("one head was measured");
    const records: ControlRecord[] = [];
    const { chosen, why } = judgeableControls(prepared);
    await runControls(chosen, prepared, compute, context, null, ({ record }) => records.push(record));
    return {
      checkpoint: checkpointOf(prepared),
      before: splitEvaluationOf(before),
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
      await breathe(context.signal);
      return await whileDeviceLives(work(prepared, compute));
    } finally {
      await prepared.close();
    }
  } finally {
    leave();
  }
}

async function inspectJob(request: RequestOf<"inspect">): Promise<JobResult<"inspect">> {
  const project = knownProject(request);
  if (project && isOfScores(project)) return inspectScores(project, request);
  const checkpoint = await openCheckpoint(await checkpointAt(request.checkpoint, project));
  try {
    const found = await describeHead(checkpoint, request);
    return {
      checkpoint: checkpoint.path,
      format: checkpoint.format,
      tensors: checkpoint.tensors.map(({ name, shape, type, bytes }) => ({
        name,
        shape: [...shape],
        type,
        bytes,
      })),
      ...found,
    };
  } finally {
    await checkpoint.close();
  }
}

/** Scores have no tensors; they are the head's logits already. */
async function inspectScores(project: Project, request: RequestOf<"inspect">): Promise<JobResult<"inspect">> {
  const { size, labels } = await shapeOfFeatures(project, request);
  const classes = size === 1 ? 2 : size;
  const head = { weight: "scores", bias: null, classes, size, reason: `${labels} classes have labels` };
  const about = { checkpoint: request.checkpoint, format: correctionFormat, tensors: [], candidates: [] };
  return { ...about, head, headProblem: null };
}

/** The configuration of an inspection, where there is one without errors. */
function knownProject(request: RequestOf<"inspect">): Project | null {
  try {
    return request.configurationPath === null ? null : loadProject(request.configurationPath, request);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return null;
  }
}

/** The head, or why there is none to show; an inspection itself never fails for that. */
async function describeHead(
  checkpoint: Checkpoint,
  request: RequestOf<"inspect">,
): Promise<Pick<JobResult<"inspect">, "head" | "headProblem" | "candidates">> {
  let candidates: JobResult<"inspect">["candidates"] = [];
  if (request.configurationPath === null) {
    return {
      head: null,
      candidates,
      headProblem: "Without a configuration the feature size is not known; create selmix.json.",
    };
  }
  try {
    const project = loadProject(request.configurationPath, request);
    const { size, labels } = await shapeOfFeatures(project, request);
    const fitting = {
      featureSize: size,
      minimumClasses: labels,
      ...(project.configuration.classes && { classes: project.configuration.classes.length }),
    };
    candidates = headCandidates(checkpoint, fitting).map((one) => ({
      weight: one.weight,
      bias: one.bias,
      classes: one.classes,
      size: one.size,
    }));
    const { weight, bias, classes, reason } = findHead(checkpoint, {
      ...fitting,
      ...project.configuration.head,
    });
    return { head: { weight, bias, classes, size, reason }, headProblem: null, candidates };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { head: null, headProblem: error.message, candidates };
  }
}

/** Feature size and number of labels, as validation has them. */
async function shapeOfFeatures(
  project: Project,
  request: RequestOf<"inspect">,
): Promise<{ size: number; labels: number }> {
  const { configuration } = project;
  const table = await openFeatureTable(path.resolve(project.folder, configuration.features.validation), {
    ...tableOptions(project, request),
    memoryBudget: 0,
  });
  try {
    const { labels } = table;
    const classes =
      labels?.texts?.length ?? labels?.codes.reduce((most, label) => Math.max(most, label + 1), 0);
    return { size: table.rows.size, labels: classes ?? 0 };
  } finally {
    table.close();
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
