/**
 * Groups known at prediction: every row's group stands beside its features as a one-hot, so that the method tunes offsets per group as it
 * tunes everything else. What is written is the head without those columns, and the columns as a table of offsets beside it.
 */
import type { TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { headReplacements } from "../../checkpoints/head.ts";
import { headAndOffsets, widenedHead, withOneHot } from "../../selmix/heads/groupColumns.ts";
import type { Head } from "../../selmix/problem.ts";
import { JobError } from "../errors.ts";
import type { NumberedTable } from "../tables/tables.ts";
import { offsetsReplacement } from "./groupTable.ts";
import type { Prepared } from "./prepare.ts";

/** The same with the groups as columns. Throws `JobError` where a table has none. */
export function withGroupColumns<P extends Prepared>(prepared: P): P {
  const { opened, problem, test, groupNames } = prepared;
  const tables = [opened.train, opened.validation, ...(opened.test ? [opened.test] : [])];
  const without = tables.find(({ groups }) => groups === null);
  if (without) {
    throw new JobError(
      `"groupsAtPrediction" needs the groups of every row, and ${without.path} has no "groups"; add them, or remove "groupsAtPrediction".`,
    );
  }
  const count = Math.max(
    groupNames.length,
    ...tables.map(({ groups }) => groups?.reduce((most, group) => Math.max(most, group + 1), 0) ?? 0),
  );
  const widened = ({ rows, groups }: Pick<NumberedTable, "rows" | "groups">) =>
    withOneHot(rows, groups, count);
  const validation = widened(opened.validation);
  return {
    ...prepared,
    problem: {
      ...problem,
      groupColumns: count,
      head: widenedHead(problem.head, count),
      train: { ...problem.train, rows: widened(opened.train) },
      validation: { ...problem.validation, rows: validation },
      ...(opened.unlabeled && { unlabeled: widened({ rows: opened.unlabeled.rows, groups: null }) }),
    },
    test: test && opened.test && { ...test, rows: widened(opened.test) },
  };
}

/** What a head replaces in the checkpoint; and the offsets by group, where it has any. */
export function replacementsOf(
  { location, problem: { groupColumns }, opened }: Prepared,
  head: Head,
): TensorReplacement[] {
  if (groupColumns === undefined) return headReplacements(location, head);
  const shares = new Float64Array(groupColumns);
  const groups = opened.train.groups ?? new Int32Array();
  for (const group of groups) shares[group] += 1 / groups.length;
  const { plain, offsets } = headAndOffsets(head, location.size, shares);
  const written = headReplacements(location, plain);
  return offsets.every((offset) => offset === 0)
    ? written
    : [...written, offsetsReplacement(offsets, groupColumns)];
}
