/** What a checkpoint holds, and which of it is the head: by the features where there are some, else by a guess. */
import path from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { correctionFormat } from "../../checkpoints/correction/names.ts";
import { findHead, headCandidates } from "../../checkpoints/findHead.ts";
import { openCheckpoint } from "../../checkpoints/formats.ts";
import { guessHead } from "../../checkpoints/guessHead.ts";
import type { HeadLocation } from "../../checkpoints/head.ts";
import { requestOf } from "../../checkpoints/headRequest.ts";
import { openFeatureTable } from "../../features/open.ts";
import { classNamesOf } from "../../project/classNames.ts";
import { hookLine } from "../../project/exportScripts/hook.ts";
import { loadProject, type Project } from "../../project/load.ts";
import { isOfScores } from "../../project/paths.ts";
import type { JobRequest, JobResult } from "../../protocol/engine.ts";
import { isExpected } from "../errors.ts";
import { checkpointAt } from "../problem/chooseCheckpoint.ts";
import { type TableScope, tableOptions } from "../tables/tables.ts";

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
      ...found(checkpoint, await headFinder(checkpoint, project, request)),
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
export function knownProject(request: Omit<InspectRequest, "kind" | "checkpoint">): Project | null {
  try {
    return request.configurationPath === null ? null : loadProject(request.configurationPath, request);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return null;
  }
}

interface Finder {
  readonly candidates: readonly HeadLocation[];
  /** Throws `CheckpointError` where there is none to be found. */
  find(): HeadLocation;
  /** Whether there are no features to go by. */
  readonly guessed: boolean;
}

/** How the head of a checkpoint is found: by the features where there are some. */
export async function headFinder(
  checkpoint: Checkpoint,
  project: Project | null,
  scope: TableScope,
): Promise<Finder> {
  const shape = project && (await shapeOfFeatures(project, scope));
  if (!project || !shape) return { candidates: [], find: () => guessHead(checkpoint), guessed: true };
  const { size, labels } = shape;
  const names = nameCount(project, checkpoint);
  const fitting = {
    featureSize: size,
    minimumClasses: labels,
    ...(names >= labels && names > 0 && { classes: names }),
  };
  const candidates = headCandidates(checkpoint, fitting);
  const find = () => findHead(checkpoint, { ...fitting, ...requestOf(project.configuration.head ?? {}) });
  return { candidates, find, guessed: false };
}

/** The head, or why there is none to show; an inspection itself never fails for that. */
function found(checkpoint: Checkpoint, { candidates: fitting, find, guessed }: Finder): Found {
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
  request: TableScope,
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
