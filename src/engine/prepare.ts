/** From a configuration and a checkpoint to a problem that can be tuned or evaluated, with everything checked on the way. */
import path from "node:path";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { findHead, HeadError, headCandidates } from "../checkpoints/findHead.ts";
import { openCheckpoint } from "../checkpoints/formats.ts";
import { type HeadLocation, readHead } from "../checkpoints/head.ts";
import { openFeatureTable } from "../features/open.ts";
import type { FeatureTable } from "../features/table.ts";
import type { MetricId } from "../metrics/catalogue.ts";
import { type Project, requireMeaning } from "../project/load.ts";
import { classIndex } from "../project/meaning.ts";
import type { BucketRecord } from "../protocol/records.ts";
import type { Constraint } from "../selmix/constraints.ts";
import { headByCounts, needsGroups } from "../selmix/objectives.ts";
import type { LabelledRows, Problem } from "../selmix/problem.ts";
import { requireBelonging } from "./belongs.ts";
import { bucketsOf, type CountedRows, inBuckets, labelsOf, type Members, type Names } from "./buckets.ts";
import { JobError } from "./errors.ts";
import { overlapsOf } from "./overlaps.ts";

export interface Prepared {
  readonly project: Project;
  readonly checkpoint: Checkpoint;
  readonly location: HeadLocation;
  readonly problem: Problem & { readonly validation: CountedRows };
  readonly test: CountedRows | null;
  readonly classes: readonly string[];
  /** What is steered: classes, or classes within groups where the objective or a constraint is about groups. */
  readonly buckets: readonly BucketRecord[];
  /** What is reported: classes within groups wherever the tables have groups. */
  readonly cells: readonly BucketRecord[];
  readonly trainCounts: readonly number[];
  readonly isHead: readonly boolean[];
  readonly constraints: readonly Constraint[];
  /** What the user should know about the data, a sentence each. */
  readonly warnings: readonly string[];
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
    const tables = await openTables(project, (table) => opened.push(table));
    return { ...(await understand(project, checkpoint, tables)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens and checks everything for a job that reports numbers: no table may be another, and the features have to belong to
 * the head. Throws errors of one sentence each; nothing stays open then.
 */
export async function prepareTables(project: Project, checkpointPath: string): Promise<Prepared> {
  const prepared = await prepare(project, checkpointPath);
  try {
    const { problem, test, classes, checkpoint, warnings } = prepared;
    const { features, tuning } = project.configuration;
    const named = (role: string, file: string, set: LabelledRows) => ({
      name: `${role} (${file})`,
      path: path.resolve(project.folder, file),
      set,
    });
    const overlaps = overlapsOf(
      [
        named("train", features.train, problem.train),
        named("validation", features.validation, problem.validation),
        ...(test && features.test ? [named("test", features.test, test)] : []),
      ],
      problem.buckets,
    );
    const madeHere = features.network !== undefined;
    const names = { checkpoint: checkpoint.path, train: features.train, classes, madeHere };
    const doubts = requireBelonging(problem, names, tuning.seed);
    return { ...prepared, warnings: [...warnings, ...overlaps, ...doubts] };
  } catch (error) {
    await prepared.close();
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
): Promise<Omit<Prepared, "close">> {
  const { configuration } = project;
  requireOneSize(tables);
  const labelCount = largestLabel(tables) + 1;
  if (configuration.classes && configuration.classes.length < labelCount) {
    if (smallestLabel(tables) === 1 && configuration.classes.length === labelCount - 1)
      throw countsFromOne(tables, labelCount - 1);
    throw new JobError(
      `The labels go up to ${labelCount - 1}, but "classes" in ${project.path} names only ${configuration.classes.length} classes; name each of them.`,
    );
  }
  const location = locateHead(project, checkpoint, tables, labelCount);
  const count = location.classes;
  requireMeaning(project, count);
  const classes = configuration.classes ?? Array.from({ length: count }, (_, k) => `class ${k}`);
  const warnings: string[] = [];
  const grouped = usesGroups(tables, warnings);
  const constraints = resolveConstraints(project, classes);
  const byGroups = steersByGroups(project, grouped);
  const known = new Map<FeatureTable, Int32Array>();
  const membersOf = (table: FeatureTable, withGroups: boolean) => {
    const labels = known.get(table) ?? labelsOf(table, count);
    known.set(table, labels);
    return { labels, groups: withGroups ? table.groups : null };
  };
  const names = { classes, groups: configuration.groups ?? [] };
  const buckets = bucketsOf([membersOf(tables.validation, byGroups)], names);
  const trainCounts = countLabels(membersOf(tables.train, false).labels, count);
  missingClasses(project, tables, classes, buckets, trainCounts, warnings);
  const cells = cellsOf(tables, buckets, byGroups, (table) => membersOf(table, grouped), names);

  const place = (table: FeatureTable) => {
    const { set, left } = inBuckets(
      table.rows,
      { ...membersOf(table, byGroups), buckets },
      { ...membersOf(table, grouped), cells },
    );
    if (left > 0) {
      warnings.push(
        `${left} rows of ${table.path} are left out: validation has no sample of their class${byGroups ? " and group" : ""}.`,
      );
    }
    if (set.rows.count === 0)
      throw new JobError(`${table.path} has no row of a class that validation has; check the labels.`);
    return set;
  };
  const train = place(tables.train);
  return {
    project,
    checkpoint,
    location,
    problem: {
      classes: count,
      buckets,
      head: await readHead(checkpoint, location),
      train,
      validation: tables.train === tables.validation ? train : place(tables.validation),
      ...(tables.unlabeled && { unlabeled: tables.unlabeled.rows }),
    },
    test: tables.test && place(tables.test),
    classes,
    buckets,
    cells,
    trainCounts,
    isHead: headMask(project, classes, trainCounts),
    constraints,
    warnings,
  };
}

/** The head, or why there is none: labels that count from 1 ask for one class too many. */
function locateHead(
  { configuration }: Project,
  checkpoint: Checkpoint,
  tables: Tables,
  labelCount: number,
): HeadLocation {
  const request = { featureSize: tables.train.rows.size, ...configuration.head };
  const { classes } = configuration;
  try {
    return findHead(checkpoint, {
      ...request,
      minimumClasses: labelCount,
      ...(classes && { classes: classes.length }),
    });
  } catch (error) {
    if (!(error instanceof HeadError) || smallestLabel(tables) !== 1) throw error;
    if (!headCandidates(checkpoint, { ...request, classes: labelCount - 1 })[0]) throw error;
    throw countsFromOne(tables, labelCount - 1);
  }
}

function countsFromOne({ train }: Tables, classes: number): JobError {
  return new JobError(
    `The labels of ${train.path} count from 1 to ${classes}, and the head's ${classes} classes count from 0; subtract 1 from the labels of every table.`,
  );
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

function smallestLabel({ train, validation, test }: Tables): number {
  return [train, validation, test].reduce(
    (least, table) => table?.labels?.reduce((smaller, label) => Math.min(smaller, label), least) ?? least,
    Number.POSITIVE_INFINITY,
  );
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

/**
 * Whether classes within groups are steered, or classes alone: the one place that decides it. A table's groups change nothing
 * but reports where neither the objective nor a constraint is about them.
 */
function steersByGroups({ configuration }: Project, grouped: boolean): boolean {
  const goals: readonly MetricId[] = [
    configuration.objective,
    ...configuration.constraints.map(({ metric }) => metric),
  ];
  const about = goals.find(needsGroups);
  if (about !== undefined && !grouped) {
    throw new JobError(
      `${about} is about groups, but the feature tables have no "groups"; add them to train and validation, or choose another.`,
    );
  }
  return about !== undefined;
}

/** What is reported: the classes steered, divided by the groups that validation or test have. */
function cellsOf(
  { validation, test }: Tables,
  buckets: readonly BucketRecord[],
  byGroups: boolean,
  membersOf: (table: FeatureTable) => Members,
  names: Names,
): readonly BucketRecord[] {
  if (byGroups) return buckets;
  const steered = new Set(buckets.map(({ label }) => label));
  const sets = test ? [membersOf(validation), membersOf(test)] : [membersOf(validation)];
  return bucketsOf(sets, names).filter(({ label }) => steered.has(label));
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

function resolveConstraints(project: Project, classes: readonly string[]): Constraint[] {
  return project.configuration.constraints.map(({ classes: wanted, ...constraint }) => {
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
