/** From a configuration and a checkpoint to a problem that can be tuned or evaluated, with everything checked on the way. */
import path from "node:path";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { findHead } from "../checkpoints/findHead.ts";
import { openCheckpoint } from "../checkpoints/formats.ts";
import { type HeadLocation, readHead } from "../checkpoints/head.ts";
import { openFeatureTable } from "../features/open.ts";
import type { FeatureTable } from "../features/table.ts";
import { type Project, requireMeaning } from "../project/load.ts";
import { classIndex } from "../project/meaning.ts";
import type { BucketRecord } from "../protocol/records.ts";
import { type Constraint, needsGroups } from "../selmix/constraints.ts";
import { headByCounts } from "../selmix/objectives.ts";
import type { LabelledRows, Problem } from "../selmix/problem.ts";
import { bucketsOf, inBuckets, labelsOf } from "./buckets.ts";
import { JobError } from "./errors.ts";
import { WatchedTables } from "./tableHashes.ts";

export interface Prepared {
  readonly project: Project;
  readonly checkpoint: Checkpoint;
  readonly location: HeadLocation;
  readonly problem: Problem;
  readonly test: LabelledRows | null;
  readonly classes: readonly string[];
  readonly buckets: readonly BucketRecord[];
  readonly trainCounts: readonly number[];
  readonly isHead: readonly boolean[];
  readonly constraints: readonly Constraint[];
  /** What the user should know about the data, a sentence each. */
  readonly warnings: readonly string[];
  /** The tables that all this was read from, to be told apart from what they may be later. */
  readonly tables: WatchedTables;
  close(): Promise<void>;
}

interface Tables {
  readonly train: FeatureTable;
  readonly validation: FeatureTable;
  readonly test: FeatureTable | null;
  readonly unlabeled: FeatureTable | null;
}

/** Opens and checks everything. Throws errors of one sentence each; nothing stays open then. */
export async function prepare(project: Project, checkpointPath: string): Promise<Prepared> {
  const opened: { close(): void | Promise<void> }[] = [];
  const close = async () => {
    for (const one of opened) await one.close();
  };
  try {
    const checkpoint = await openCheckpoint(checkpointPath);
    opened.push(checkpoint);
    const watched = await WatchedTables.of(project.folder, project.configuration.features);
    const tables = await openTables(project, (table) => opened.push(table));
    const understood = await understand(project, checkpoint, tables);
    await watched.assertUnchanged();
    return { ...understood, tables: watched, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openTables(project: Project, onOpen: (table: FeatureTable) => void): Promise<Tables> {
  const { features } = project.configuration;
  const known = new Map<string, FeatureTable>();
  const open = async (file: string, inOrder = true) => {
    const place = path.resolve(project.folder, file);
    const table = known.get(place) ?? (await openFeatureTable(place, { inOrder }));
    if (!known.has(place)) onOpen(table);
    known.set(place, table);
    return table;
  };
  return {
    train: await open(features.train, false),
    validation: await open(features.validation),
    test: features.test === undefined ? null : await open(features.test),
    unlabeled: features.unlabeled === undefined ? null : await open(features.unlabeled, false),
  };
}

async function understand(
  project: Project,
  checkpoint: Checkpoint,
  tables: Tables,
): Promise<Omit<Prepared, "close" | "tables">> {
  const { configuration } = project;
  requireOneSize(tables);
  const labelCount = largestLabel(tables) + 1;
  if (configuration.classes && configuration.classes.length < labelCount) {
    throw new JobError(
      `The labels go up to ${labelCount - 1}, but "classes" in ${project.path} names only ${configuration.classes.length} classes; name each of them.`,
    );
  }
  const location = findHead(checkpoint, {
    featureSize: tables.train.rows.size,
    minimumClasses: labelCount,
    ...(configuration.classes && { classes: configuration.classes.length }),
    ...configuration.head,
  });
  const count = location.classes;
  requireMeaning(project, count);
  const classes = configuration.classes ?? Array.from({ length: count }, (_, k) => `class ${k}`);
  const warnings: string[] = [];
  const grouped = usesGroups(tables, warnings);
  const groupsOf = (table: FeatureTable) => (grouped ? table.groups : null);
  const oneTable = tables.train === tables.validation;
  const trainLabels = labelsOf(tables.train, count);
  const labels = {
    train: trainLabels,
    validation: oneTable ? trainLabels : labelsOf(tables.validation, count),
  };
  const names = { classes, groups: configuration.groups ?? [] };
  const buckets = bucketsOf(labels.validation, groupsOf(tables.validation), names);
  const trainCounts = countLabels(labels.train, count);
  missingClasses(project, tables, classes, buckets, trainCounts, warnings);

  const place = (table: FeatureTable, tableLabels: Int32Array) => {
    const { set, left } = inBuckets(table, tableLabels, groupsOf(table), buckets);
    if (left > 0) {
      warnings.push(
        `${left} rows of ${table.path} are left out: validation has no sample of their class${grouped ? " and group" : ""}.`,
      );
    }
    if (set.rows.count === 0)
      throw new JobError(`${table.path} has no row of a class that validation has; check the labels.`);
    return set;
  };
  const train = place(tables.train, labels.train);
  const constraints = resolveConstraints(project, classes, grouped);
  return {
    project,
    checkpoint,
    location,
    problem: {
      classes: count,
      buckets,
      head: await readHead(checkpoint, location),
      train,
      validation: oneTable ? train : place(tables.validation, labels.validation),
      ...(tables.unlabeled && { unlabeled: tables.unlabeled.rows }),
    },
    test: tables.test && place(tables.test, labelsOf(tables.test, count)),
    classes,
    buckets,
    trainCounts,
    isHead: headMask(project, classes, trainCounts),
    constraints,
    warnings,
  };
}

function requireOneSize(tables: Tables): void {
  const { train } = tables;
  for (const table of [tables.validation, tables.test, tables.unlabeled]) {
    if (table && table.rows.size !== train.rows.size) {
      throw new JobError(
        `${table.path} has ${table.rows.size} features a row and ${train.path} has ${train.rows.size}; export both from the same layer.`,
      );
    }
    if (table?.rows.count === 0) throw new JobError(`${table.path} has no rows; export the features again.`);
  }
}

function largestLabel({ train, validation, test }: Tables): number {
  return [train, validation, test].reduce(
    (most, table) => table?.labels?.reduce((larger, label) => Math.max(larger, label), most) ?? most,
    0,
  );
}

/** Groups count when every labelled table has them. */
function usesGroups({ train, validation, test }: Tables, warnings: string[]): boolean {
  const labelled = [train, validation, ...(test ? [test] : [])];
  const without = labelled.find((table) => !table.groups);
  if (!without) return true;
  if (labelled.some((table) => table.groups)) {
    warnings.push(`Groups are not used: ${without.path} has none.`);
  }
  return false;
}

function countLabels(labels: Int32Array, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function missingClasses(
  project: Project,
  tables: Tables,
  classes: readonly string[],
  buckets: readonly BucketRecord[],
  trainCounts: readonly number[],
  warnings: string[],
): void {
  const present = new Set(buckets.map(({ label }) => label));
  const absent = classes.filter((_, k) => !present.has(k));
  if (absent.length > 0) {
    const who = list(absent);
    if (project.configuration.validationMissing === "refuse") {
      throw new JobError(
        `${tables.validation.path} has no sample of ${who}; add some, or set "validationMissing" to "allow" to tune for the other classes only.`,
      );
    }
    warnings.push(`Validation has no sample of ${who}: the objective is about the other classes only.`);
  }
  const untrained = classes.filter((_, k) => trainCounts[k] === 0 && present.has(k));
  if (untrained.length > 0)
    warnings.push(`The training set has no sample of ${list(untrained)}: never sampled.`);
}

function list(names: readonly string[]): string {
  return names.length > 8
    ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more classes`
    : names.join(", ");
}

function resolveConstraints(project: Project, classes: readonly string[], grouped: boolean): Constraint[] {
  return project.configuration.constraints.map(({ classes: wanted, ...constraint }) => {
    if (needsGroups(constraint.metric) && !grouped) {
      throw new JobError(
        `The constraint on ${constraint.metric} compares groups, but the feature tables have no "groups"; add them to train and validation, or remove the constraint.`,
      );
    }
    if (!wanted) return constraint;
    const indices = wanted.map((reference) => classIndex(reference, classes, classes.length));
    return { ...constraint, classes: indices.filter((index) => index !== null) };
  });
}

function headMask(project: Project, classes: readonly string[], trainCounts: readonly number[]): boolean[] {
  const named = project.configuration.headClasses;
  if (!named) return headByCounts(trainCounts);
  const indices = new Set(named.map((reference) => classIndex(reference, classes, classes.length)));
  return classes.map((_, k) => indices.has(k));
}
