/** Whose head a problem is about: a checkpoint's, or the scores themselves. */
import path from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { correctionHead, scoredCheckpoint } from "../../checkpoints/correction/correction.ts";
import { findHead, HeadError, headCandidates } from "../../checkpoints/findHead.ts";
import type { HeadLocation } from "../../checkpoints/head.ts";
import { requestOf } from "../../checkpoints/headRequest.ts";
import { type ClassNames, classNamesOf, listedClasses } from "../../project/classNames.ts";
import type { Project } from "../../project/load.ts";
import { JobError } from "../errors.ts";
import { scoredTables } from "../tables/scored.ts";
import type { OpenedTables, Tables } from "../tables/tables.ts";
import { type Numbered, numberTables } from "../tables/vocabulary.ts";

/** What a problem is made of: whose head, and which tables; the location is found later where it is null. */
export interface Ingredients {
  readonly checkpoint: Checkpoint;
  readonly numbered: Numbered;
  readonly location: HeadLocation | null;
}

export function ofHead(project: Project, checkpoint: Checkpoint, tables: OpenedTables): Ingredients {
  const named =
    classNamesOf(project, checkpoint) ?? listedClasses([path.dirname(checkpoint.path), project.folder]);
  return { checkpoint, numbered: numberTables(tables, project, named), location: null };
}

export function ofScores(project: Project, tables: OpenedTables): Ingredients {
  const { numbered, classifier } = scoredTables(tables, project);
  return { checkpoint: scoredCheckpoint(classifier), numbered, location: correctionHead(classifier) };
}

/** The head, or why there is none: labels that count from 1 ask for one class too many. */
export function locateHead(
  { configuration }: Project,
  checkpoint: Checkpoint,
  tables: Tables,
  { labelCount, named }: { readonly labelCount: number; readonly named: ClassNames | null },
): HeadLocation {
  const request = { featureSize: tables.train.rows.size, ...requestOf(configuration.head ?? {}) };
  const classes = named?.names.length ?? 0;
  try {
    return findHead(checkpoint, {
      ...request,
      minimumClasses: labelCount,
      ...(classes >= labelCount && { classes }),
    });
  } catch (error) {
    if (!(error instanceof HeadError)) throw error;
    if (!headCandidates(checkpoint, { ...request, classes: labelCount - 1 })[0]) throw error;
    throw countedFromOne(tables, labelCount - 1) ?? error;
  }
}

/** Says which labels count from 1, where no class has a number as high as theirs; null where that is not what is wrong. */
export function countedFromOne(
  { train, validation, test, certify }: Tables,
  classes: number,
): JobError | null {
  const labelled = [train, validation, test, certify].filter((table) => table !== null);
  const fromOne = labelled.filter(({ labels }) => labels && least(labels) === 1 && most(labels) === classes);
  const [first] = fromOne;
  if (first === undefined || labelled.some(({ labels }) => labels && most(labels) > classes)) return null;
  const said = `count from 1 to ${classes}, and the ${classes} classes count from 0`;
  if (labelled.every(({ labels }) => !labels || least(labels) > 0)) {
    return new JobError(
      `The labels of ${first.path} ${said}; subtract 1 from the labels of every table, or let "columns": { "firstLabel": 1 } in selmix.json do it.`,
    );
  }
  const files = fromOne.map(({ path: file }) => file).join(" and ");
  return new JobError(
    `The labels of ${files} ${said}, as other tables do; subtract 1 from the labels of ${files}.`,
  );
}

const least = (labels: Int32Array) => labels.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (labels: Int32Array) => labels.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
