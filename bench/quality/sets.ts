/** The evaluation sets that make_sets.py wrote, and problems made from them with validation sets of any size. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { headByCounts } from "../../src/selmix/confusion/objectives.ts";
import { classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import { type Head, type LabelledRows, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { rowsByBucket } from "../../src/selmix/rowsByBucket.ts";

export const defaultFolder = path.resolve(import.meta.dirname, "../../.cache/quality");

export interface EvaluationSet {
  readonly name: string;
  readonly classes: number;
  readonly head: Head;
  readonly train: LabelledRows;
  /** Labelled samples to draw validation sets from. */
  readonly pool: LabelledRows;
  readonly test: LabelledRows;
}

/** @throws Error when make_sets.py has not been run */
export async function evaluationSets(folder: string): Promise<EvaluationSet[]> {
  if (!existsSync(folder))
    throw new Error("Make the evaluation sets first: python bench/quality/make_sets.py");
  return Promise.all(
    readdirSync(folder)
      .sort()
      .map((name) => openSet(folder, name)),
  );
}

async function openSet(folder: string, name: string): Promise<EvaluationSet> {
  const table = async (which: string): Promise<LabelledRows> => {
    const { rows, labels } = await openFeatureTable(path.join(folder, name, `${which}.safetensors`));
    if (labels === null) throw new Error(`${name}/${which} has no labels`);
    return { rows, buckets: labels.codes };
  };
  const [train, pool, test] = [await table("train"), await table("pool"), await table("test")];
  const classes = 1 + pool.buckets.reduce((most, label) => Math.max(most, label), 0);
  const checkpoint = await openCheckpoint(path.join(folder, name, "head.safetensors"));
  const location = findHead(checkpoint, { featureSize: train.rows.size, minimumClasses: classes });
  return { name, classes, head: await readHead(checkpoint, location), train, pool, test };
}

/** A problem with `perClass` validation samples a class, drawn by the seed from the pool. */
export function problemOf(set: EvaluationSet, perClass: number, seed: number): Problem {
  const random = new Random(seed, 11);
  const chosen = rowsByBucket(set.pool.buckets, set.classes).flatMap((rows) =>
    draw([...rows], perClass, random),
  );
  const { size } = set.pool.rows;
  const values = new Float32Array(chosen.length * size);
  for (const [at, row] of chosen.entries()) set.pool.rows.read(row, 1, values, at * size);
  return {
    classes: set.classes,
    buckets: Array.from({ length: set.classes }, (_unused, label) => ({ label, group: null })),
    head: set.head,
    train: set.train,
    validation: {
      rows: rowsInMemory(values, size),
      buckets: Int32Array.from(chosen, (row) => set.pool.buckets[row]),
    },
  };
}

/** The first `count` of a shuffle. */
function draw(rows: number[], count: number, random: Random): number[] {
  if (rows.length < count)
    throw new Error(`the pool has ${rows.length} samples of a class, ${count} are wanted`);
  for (let at = 0; at < count; at++) {
    const other = at + random.integer(rows.length - at);
    [rows[at], rows[other]] = [rows[other], rows[at]];
  }
  return rows.slice(0, count);
}

export function headClassesOf(problem: Problem): boolean[] {
  return headByCounts(classCounts(problem));
}
