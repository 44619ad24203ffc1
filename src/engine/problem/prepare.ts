import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { openCheckpoint } from "../../checkpoints/formats.ts";
import { type HeadLocation, readHead } from "../../checkpoints/head.ts";
import { realPlace } from "../../files/place.ts";
import type { MetricId } from "../../metrics/catalogue.ts";
import { metricsIn } from "../../metrics/objective.ts";
import { classNamesOf } from "../../project/classNames.ts";
import { type Project, requireMeaning } from "../../project/load.ts";
import { isOwnOutput } from "../../project/ownFiles.ts";
import type { BucketRecord } from "../../protocol/records.ts";
import type { Attribute } from "../../selmix/confusion/attribute.ts";
import type { Constraint } from "../../selmix/confusion/constraints.ts";
import { needsGroups } from "../../selmix/confusion/objectives.ts";
import { weighed } from "../../selmix/confusion/population.ts";
import { withSupport } from "../../selmix/confusion/support.ts";
import { unitRows } from "../../selmix/heads/sphere.ts";
import type { Problem } from "../../selmix/problem.ts";
import { className } from "../../words/names.ts";
import { JobError } from "../errors.ts";
import { missingClasses, sayHeld, without } from "../tables/absentClasses.ts";
import { bucketsOf, type CountedRows, countedRows, countPlaces } from "../tables/buckets.ts";
import { drawn } from "../tables/draws.ts";
import { saidOfShares } from "../tables/otherShares.ts";
import { lackingWeights, ownWeights, populationMeant } from "../tables/populationMeant.ts";
import { rowsThatCount } from "../tables/someRows.ts";
import { WatchedTables } from "../tables/tableHashes.ts";
import {
  countLabels,
  eachTable,
  labelsOf,
  largestLabel,
  type NumberedTable,
  openTables,
  requireOneSize,
  type TableScope,
  type Tables,
  tableKind,
  unusedArrays,
  usesGroups,
} from "../tables/tables.ts";
import type { Numbered } from "../tables/vocabulary.ts";
import { headMask, resolveConstraints, steeredGroups } from "./constraintsMeant.ts";
import { countedFromOne, locateHead, ofHead, ofScores } from "./headFor.ts";
import { type Divided, type ProofRows, proofRows, withProofRows } from "./heldBack.ts";

export interface Prepared {
  readonly project: Project;
  readonly checkpoint: Checkpoint;
  readonly location: HeadLocation;
  /** The tables as they were opened, numbered alike. */
  readonly opened: Tables;
  readonly problem: Problem & { readonly train: CountedRows; readonly validation: CountedRows };
  readonly test: CountedRows | null;
  /** Whether test has no row that chose nothing: it is shown then, and decides nothing. */
  readonly testIsSeen?: boolean;
  /** The rows that prove bounds; null where no proof is asked for. */
  readonly proof: ProofRows | null;
  readonly classes: readonly string[];
  /** Names by group index; groups beyond them are called by their number. */
  readonly groupNames: readonly string[];
  /** What a group is a combination of: one attribute, or several. */
  readonly attributes: readonly Attribute[];
  /** What is steered: classes, or classes within groups where the objective or a constraint is about groups. */
  readonly buckets: readonly BucketRecord[];
  /** What is reported: classes within groups wherever the tables have groups. */
  readonly cells: readonly BucketRecord[];
  readonly trainCounts: readonly number[];
  readonly isHead: readonly boolean[];
  readonly constraints: readonly Constraint[];
  /** The same, about the groups that are steered: see `steeredGroups`. */
  readonly steeredConstraints: readonly Constraint[];
  /** What the checkpoint predicts for the rows of each set, where some constraint is of a change from it. */
  readonly reference?: { readonly validation: Int32Array; readonly test: Int32Array | null };
  /** What the user should know about the data, a sentence each. */
  readonly warnings: readonly string[];
  /** The tables that all this was read from, to be told apart from what they may be later. */
  readonly tables: WatchedTables;
  close(): Promise<void>;
}

/** Opens and checks everything. Throws errors of one sentence each; nothing stays open then. */
export async function prepare(
  project: Project,
  checkpointPath: string,
  scope: TableScope = {},
): Promise<Prepared> {
  const opened: { close(): void | Promise<void> }[] = [];
  const close = async () => {
    for (const one of opened) await one.close();
  };
  try {
    const ofFeatures = tableKind(project) === "features" ? await openCheckpoint(checkpointPath) : null;
    if (ofFeatures) opened.push(ofFeatures);
    const watched = await WatchedTables.of(project.folder, project.configuration.features);
    const tables = await openTables(project, scope, (table) => opened.push(table));
    const { checkpoint, numbered, location } = ofFeatures
      ? ofHead(project, ofFeatures, tables)
      : ofScores(project, tables);
    const counted = rowsThatCount(numbered.tables);
    const whole = withProofRows(project, counted.tables);
    const { draw } = scope;
    const divided = draw === undefined ? whole : { ...whole, tables: drawn(whole.tables, draw) };
    const all = { ...numbered, ...divided, notes: [...numbered.notes, ...counted.notes] };
    const understood = await understand(
      withNames(project, numbered),
      checkpoint,
      project.configuration.head?.kind === "cosine" ? atUnitLength(all) : all,
      location,
    );
    await watched.assertUnchanged();
    return { ...understood, tables: watched, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The tables with features of unit length, which is all that a cosine head sees of them. */
function atUnitLength(numbered: Numbered & Divided): Numbered & Divided {
  const unit = (table: NumberedTable) => ({ ...table, rows: unitRows(table.rows) });
  return { ...numbered, tables: eachTable(numbered.tables, unit) };
}

/** The configuration with the names that labels turned out to have. */
function withNames(project: Project, { classes }: Numbered): Project {
  if (classes === null) return project;
  return { ...project, configuration: { ...project.configuration, classes: [...classes] } };
}

async function understand(
  project: Project,
  checkpoint: Checkpoint,
  { tables, groups: groupNames, attributes, notes, heldBack }: Numbered & Divided,
  known: HeadLocation | null,
): Promise<Omit<Prepared, "close" | "tables">> {
  const { configuration } = project;
  requireOneSize(tables);
  const labelCount = largestLabel(tables) + 1;
  const named = classNamesOf(project, checkpoint);
  if (configuration.classes && configuration.classes.length < labelCount) {
    const tooFew = `The labels go up to ${labelCount - 1}, but "classes" in ${project.path} names only ${configuration.classes.length} classes; name each of them.`;
    throw countedFromOne(tables, configuration.classes.length) ?? new JobError(tooFew);
  }
  const location = known ?? locateHead(project, checkpoint, tables, { labelCount, named });
  const count = location.classes;
  const fromOne = labelCount > count ? countedFromOne(tables, count) : null;
  if (fromOne) throw fromOne;
  const numbers = Array.from({ length: count }, (_, k) => className([], k));
  const classes = named?.names.length === count ? named.names : numbers;
  // Classes may be referred to by the names that the checkpoint gives them.
  requireMeaning({ ...project, configuration: { classes: [...classes], ...configuration } }, count);
  const warnings = [...(location.notes ?? []), ...notes, ...unusedArrays(tables)];
  const grouped = usesGroups(tables, warnings);
  const constraints = resolveConstraints(project, classes, attributes);
  const byGroups = steersByGroups(project, grouped);
  const members = new Map<NumberedTable, Int32Array>();
  const membersOf = (table: NumberedTable, withGroups: boolean) => {
    const labels = members.get(table) ?? labelsOf(table, count);
    members.set(table, labels);
    return { labels, groups: withGroups ? table.groups : null };
  };
  const steering = steeredGroups(project, constraints, attributes);
  const steeredOf = (table: NumberedTable) => {
    const { labels, groups } = membersOf(table, byGroups);
    const { attribute } = steering;
    return { labels, groups: groups && attribute ? groups.map((group) => attribute.byGroup[group]) : groups };
  };
  const names = { classes, groups: groupNames };
  const steeredNames = { classes, groups: steering.attribute?.values ?? groupNames };
  const buckets = bucketsOf([steeredOf(tables.validation)], steeredNames);
  const held = without(bucketsOf([steeredOf(tables.train)], steeredNames), buckets);
  const trainCounts = countLabels(membersOf(tables.train, false).labels, count);
  missingClasses(project, tables, classes, buckets, trainCounts, warnings);
  sayHeld(held, tables, warnings);
  const measured = tables.test ? [tables.validation, tables.test] : [tables.validation];
  const cells = bucketsOf(
    measured.map((table) => membersOf(table, grouped)),
    names,
  );
  const place = (table: NumberedTable) =>
    countedRows(
      table.rows,
      { ...steeredOf(table), buckets: [...buckets, ...held] },
      { ...membersOf(table, grouped), cells },
      configuration.minimumSupport,
    );
  const train = place(tables.train);
  const validation = tables.train === tables.validation ? train : place(tables.validation);
  const test = tables.test && place(tables.test);
  warnings.push(
    ...saidOfShares(
      configuration,
      { classes, groupNames },
      { train, validation, test },
      grouped ? tables : null,
    ),
  );
  const meant = populationMeant(
    configuration,
    trainCounts,
    { ...validation, ownWeights: ownWeights(tables.validation) },
    test && { ...test, ownWeights: tables.test && ownWeights(tables.test) },
  );
  warnings.push(...lackingWeights(tables));
  const supported = withSupport(
    buckets,
    countPlaces(validation.buckets, buckets.length),
    configuration.minimumSupport,
  );
  const steered = meant.validation
    ? weighed(supported, { ...validation, weights: meant.validation }, meant.validation)
    : { buckets: supported, rows: validation };
  return {
    project,
    checkpoint,
    location,
    opened: tables,
    problem: {
      classes: count,
      buckets: steered.buckets,
      ...(held.length > 0 && { held }),
      head: await readHead(checkpoint, location),
      train,
      validation: steered.rows,
      ...(tables.unlabeled && { unlabeled: tables.unlabeled.rows }),
    },
    test: test && { ...test, ...(meant.test && { weights: meant.test }) },
    proof:
      tables.certify &&
      proofRows(tables.certify, heldBack, {
        ...membersOf(tables.certify, grouped),
        others: [tables.train, tables.validation, ...(tables.test ? [tables.test] : [])].map((table) =>
          membersOf(table, grouped),
        ),
        isTuned: isOwnOutput(realPlace(checkpoint.path) ?? checkpoint.path),
        names,
        attributes: grouped ? attributes.map(({ name }) => name) : null,
        shares: meant.shares,
      }),
    classes,
    groupNames,
    attributes,
    buckets,
    cells,
    trainCounts,
    isHead: headMask(project, classes, trainCounts),
    constraints,
    steeredConstraints: steering.constraints,
    warnings,
  };
}

/**
 * Whether classes within groups are steered, or classes alone: the one place that decides it. A table's groups change nothing
 * but reports where neither the objective nor a constraint is about them.
 */
function steersByGroups({ configuration }: Project, grouped: boolean): boolean {
  const goals: readonly MetricId[] = [
    ...metricsIn(configuration.objective),
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
