/** A project without checkpoints: a classifier's scores take the place of features, and its head is what they are already. */

import path from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { type ScoredClassifier, scoredCheckpoint } from "../../checkpoints/correction/correction.ts";
import { starPart } from "../../features/columns.ts";
import { openFeatureTable } from "../../features/open.ts";
import type { FeatureTable } from "../../features/table.ts";
import { type ClassNames, listedClasses } from "../../project/classNames.ts";
import type { Project } from "../../project/load.ts";
import { logitRows, type ScoreForm, scoreFormOf } from "../../selmix/heads/scoreRows.ts";
import type { FeatureRows } from "../../selmix/problem.ts";
import { className } from "../../words/names.ts";
import { JobError } from "../errors.ts";
import { type OpenedTables, requireOneSize, type TableScope, tableOptions } from "./tables.ts";
import { type Numbered, numberTables } from "./vocabulary.ts";

/** A correction has so many numbers squared. */
const mostScores = 4096;

/** Tables of logits, numbered alike, with what is known of their classifier. */
export interface Scored {
  readonly numbered: Numbered;
  readonly classifier: ScoredClassifier;
}

/** Reads what the scores are, and which is whose. Throws `JobError` where classes and scores do not go together. */
export function scoredTables(opened: OpenedTables, project: Project): Scored {
  requireOneSize(opened);
  const { train } = opened;
  const { size } = train.rows;
  const count = size === 1 ? 2 : size;
  if (size > mostScores) {
    throw new JobError(
      `${train.path} has ${size} scores a row, more than the ${mostScores} that a correction may have; name the checkpoint under "checkpoints", and export what enters its last layer.`,
    );
  }
  const form = scoreFormOf(train.rows);
  const columns = columnNames(train, project);
  const numbered = numberTables(
    opened,
    project,
    columns ?? listedClasses([project.folder]),
    columns !== null,
  );
  const classes = numbered.classes ?? Array.from({ length: count }, (_, k) => className([], k));
  if (classes.length !== count) {
    const scores = size === 1 ? "one score a row, that of the second of two classes" : `${size} scores a row`;
    throw new JobError(
      `${train.path} has ${scores}, and there are ${classes.length} classes (${classes.slice(0, 8).join(", ")}); give each class a score, and name the classes in their order under "classes".`,
    );
  }
  const order = columns && orderOf(columns.names, classes);
  const known = new Map<FeatureRows, FeatureRows>();
  const logits = <Table extends { readonly rows: FeatureRows }>(table: Table): Table => {
    const { rows } = table;
    const made = known.get(rows) ?? logitRows(order ? ordered(rows, order) : rows, form);
    known.set(rows, made);
    return { ...table, rows: made };
  };
  const { tables } = numbered;
  const trained = logits(tables.train);
  const asLogits = {
    train: trained,
    validation: tables.validation === tables.train ? trained : logits(tables.validation),
    test: tables.test && logits(tables.test),
    certify: tables.certify && logits(tables.certify),
    unlabeled: tables.unlabeled && logits(tables.unlabeled),
  };
  return {
    numbered: { ...numbered, tables: asLogits, notes: [formNote(form, size), ...numbered.notes] },
    classifier: { path: train.path, form, size, classes },
  };
}

/** The classifier of a run again, from the table that it was made of. */
export async function openScored(
  project: Project,
  classes: readonly string[],
  scope: TableScope,
): Promise<Checkpoint> {
  const place = path.resolve(project.folder, project.configuration.features.train);
  const { rows, close } = await openFeatureTable(place, {
    ...tableOptions(project, scope),
    unlabelled: true,
  });
  try {
    return scoredCheckpoint({ path: place, form: scoreFormOf(rows), size: rows.size, classes });
  } finally {
    close();
  }
}

/** What the columns of scores are called after their common part, where that may be the names of classes. */
function columnNames({ names, path: source }: FeatureTable, { configuration }: Project): ClassNames | null {
  const pattern = configuration.columns?.scores;
  if (names === null || pattern === undefined || names.length < 2) return null;
  return { names: names.map((name) => starPart(name, pattern)), source };
}

/** The column of each class, where they are called like the classes and stand in another order. */
function orderOf(columns: readonly string[], classes: readonly string[]): number[] | null {
  const order = classes.map((name) => columns.indexOf(name));
  return order.includes(-1) || order.every((column, k) => column === k) ? null : order;
}

function ordered(rows: FeatureRows, order: readonly number[]): FeatureRows {
  const { count, size } = rows;
  const row = new Float32Array(size);
  return {
    count,
    size,
    read(start, wanted, target, at) {
      rows.read(start, wanted, target, at);
      for (let from = at; from < at + wanted * size; from += size) {
        row.set(target.subarray(from, from + size));
        for (let k = 0; k < size; k++) target[from + k] = row[order[k] ?? k] ?? 0;
      }
    },
  };
}

function formNote({ kind, floor }: ScoreForm, size: number): string {
  const which = size === 1 ? "The score is" : "The scores are";
  if (kind === "logits") return `${which} read as logits: some are below 0 or above 1.`;
  return `${which} read as ${size === 1 ? "the second class's probability" : "probabilities"}; those below ${Number(floor.toPrecision(2))} count as so much.`;
}
