/** What a checkpoint holds, and which of it is the head: by the features where there are some, else by a guess. */
import path from "node:path";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { correctionFormat } from "../checkpoints/correction/names.ts";
import { findHead, headCandidates } from "../checkpoints/findHead.ts";
import { openCheckpoint } from "../checkpoints/formats.ts";
import { guessHead } from "../checkpoints/guessHead.ts";
import type { HeadLocation } from "../checkpoints/head.ts";
import { requestOf } from "../checkpoints/headRequest.ts";
import { openFeatureTable } from "../features/open.ts";
import { classNamesOf } from "../project/classNames.ts";
import { hookLine } from "../project/exportScripts/hook.ts";
import { loadProject, type Project } from "../project/load.ts";
import { isOfScores } from "../project/paths.ts";
import type { JobRequest, JobResult } from "../protocol/engine.ts";
import { checkpointAt } from "./chooseCheckpoint.ts";
import { isExpected } from "./errors.ts";
import { tableOptions } from "./tables.ts";

type InspectRequest = Extract<JobRequest, { kind: "inspect" }>;
type Found = Pick<JobResult<"inspect">, "head" | "headProblem" | "headNotes" | "hook" | "candidates">;

/** Lists the tensors and finds the head. Throws where the checkpoint cannot be opened. */
export async function inspectJob(request: InspectRequest): Promise<JobResult<"inspect">> {
  const project = knownProject(request);
  if (project && isOfScores(project)) return inspectScores(project, request);
  const checkpoint = await openCheckpoint(await checkpointAt(request.checkpoint, project));
  try {
    return {
      checkpoint: checkpoint.path,
      format: checkpoint.format,
      tensors: checkpoint.tensors.map(({ name, shape, type, bytes }) => ({
        name,
        shape: [...shape],
        type,
        bytes,
      })),
      ...(await describeHead(checkpoint, project, request)),
    };
  } finally {
    await checkpoint.close();
  }
}

/** Scores have no tensors; they are the head's logits already. */
async function inspectScores(project: Project, request: InspectRequest): Promise<JobResult<"inspect">> {
  const { size, labels } = (await shapeOfFeatures(project, request)) ?? { size: 0, labels: 0 };
  const classes = size === 1 ? 2 : size;
  const head = { weight: "scores", bias: null, classes, size, reason: `${labels} classes have labels` };
  const about = { checkpoint: request.checkpoint, format: correctionFormat, tensors: [], candidates: [] };
  return { ...about, head, headProblem: null };
}

/** The configuration of an inspection, where there is one without errors. */
function knownProject(request: InspectRequest): Project | null {
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
  project: Project | null,
  request: InspectRequest,
): Promise<Found> {
  const shape = project && (await shapeOfFeatures(project, request));
  if (!project || !shape) return found(checkpoint, [], () => guessHead(checkpoint), true);
  const { size, labels } = shape;
  const names = nameCount(project, checkpoint);
  const fitting = {
    featureSize: size,
    minimumClasses: labels,
    ...(names >= labels && names > 0 && { classes: names }),
  };
  const candidates = headCandidates(checkpoint, fitting);
  return found(checkpoint, candidates, () =>
    findHead(checkpoint, { ...fitting, ...requestOf(project.configuration.head ?? {}) }),
  );
}

function found(
  checkpoint: Checkpoint,
  fitting: readonly HeadLocation[],
  find: () => HeadLocation,
  guessed = false,
): Found {
  const candidates = fitting.map(({ weight, bias, classes, size }) => ({ weight, bias, classes, size }));
  try {
    const location = find();
    const { weight, bias, classes, size, reason, notes = [] } = location;
    return {
      head: { weight, bias, classes, size, reason, ...(guessed && { guessed }) },
      headProblem: null,
      headNotes: [...notes],
      hook: hookLine(checkpoint, location),
      candidates,
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { head: null, headProblem: error.message, candidates };
  }
}

/** Of the classes, as many as have names. */
function nameCount(project: Project, checkpoint: Checkpoint): number {
  try {
    return classNamesOf(project, checkpoint)?.names.length ?? 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return 0;
  }
}

/** Feature size and number of labels, as validation has them; null where there is no such table (yet). */
async function shapeOfFeatures(
  project: Project,
  request: InspectRequest,
): Promise<{ size: number; labels: number } | null> {
  const { validation } = project.configuration.features;
  try {
    const table = await openFeatureTable(path.resolve(project.folder, validation), {
      ...tableOptions(project, request),
      inOrder: true,
    });
    try {
      const { labels } = table;
      const classes =
        labels?.texts?.length ?? labels?.codes.reduce((most, label) => Math.max(most, label + 1), 0);
      return { size: table.rows.size, labels: classes ?? 0 };
    } finally {
      table.close();
    }
  } catch (error) {
    if (!isExpected(error)) throw error;
    return null;
  }
}
