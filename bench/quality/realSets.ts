/** The sets that make_real_sets.py wrote, as problems: classes, or classes x groups where the tables have groups. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { headByCounts } from "../../src/selmix/confusion/objectives.ts";
import { widenedHead, withOneHot } from "../../src/selmix/heads/groupColumns.ts";
import { classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import type { LabelledRows, Problem } from "../../src/selmix/problem.ts";

export const realSetsFolder = path.resolve(import.meta.dirname, "../../.cache/quality-real");

export interface RealSet {
  readonly set: string;
  readonly seed: number;
  readonly problem: Problem;
  readonly test: LabelledRows;
  readonly isHead: readonly boolean[];
  readonly grouped: boolean;
}

/** Name and seed of every complete set in the folder. @throws Error when make_real_sets.py has not been run */
export function realSetNames(folder: string): { set: string; seed: number }[] {
  if (!existsSync(folder)) throw new Error("Make the sets first: python bench/quality/make_real_sets.py");
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, "head.safetensors")))
    .sort()
    .map((name) => {
      const [set, seed] = name.split("-seed");
      return { set, seed: Number(seed) };
    });
}

export async function openRealSet(folder: string, set: string, seed: number): Promise<RealSet> {
  const file = (which: string) => path.join(folder, `${set}-seed${seed}`, `${which}.safetensors`);
  const tables = await Promise.all(
    ["train", "validation", "test"].map(async (which) => {
      const { rows, labels, attributes } = await openFeatureTable(file(which));
      if (labels === null) throw new Error(`${file(which)} has no labels`);
      return { rows, labels: labels.codes, groups: attributes[0]?.codes ?? null };
    }),
  );
  const grouped = tables.every(({ groups }) => groups !== null);
  const classes = 1 + tables[0].labels.reduce((most, label) => Math.max(most, label), 0);
  const groupCount = grouped ? 2 : 1;
  const buckets = Array.from({ length: classes * groupCount }, (_unused, b) => ({
    label: Math.floor(b / groupCount),
    group: grouped ? b % groupCount : null,
  }));
  const [train, validation, test] = tables.map(
    ({ rows, labels, groups }): LabelledRows => ({
      rows,
      buckets: labels.map((label, row) => label * groupCount + (groups?.[row] ?? 0)),
    }),
  );
  const checkpoint = await openCheckpoint(file("head"));
  const location = findHead(checkpoint, { featureSize: train.rows.size, minimumClasses: classes });
  const head = await readHead(checkpoint, location);
  await checkpoint.close();
  const problem: Problem = { classes, buckets, head, train, validation };
  return { set, seed, problem, test, grouped, isHead: headByCounts(classCounts(problem)) };
}

/** A set with groups, told to the head: their one-hots stand beside the features, as with `"groupsAtPrediction": true`. */
export function told({ problem, test, ...set }: RealSet): RealSet {
  const count = 1 + Math.max(...problem.buckets.map(({ group }) => group ?? 0));
  const widened = (rows: LabelledRows): LabelledRows => {
    const groups = rows.buckets.map((b) => problem.buckets[b].group ?? 0);
    return { ...rows, rows: withOneHot(rows.rows, groups, count) };
  };
  const { head, train, validation } = problem;
  const wide = { head: widenedHead(head, count), train: widened(train), validation: widened(validation) };
  return { ...set, problem: { ...problem, ...wide, groupColumns: count }, test: widened(test) };
}
