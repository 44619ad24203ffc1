/**
 * Problems whose truth is known: rows are drawn, with replacement, from a population of finitely many rows, on all of which a head can be
 * measured. The whole of `selmix tune` runs on each, and every bound that it calls proved is held against the population.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import type { BoundKind, ConstraintId } from "../../src/metrics/catalogue.ts";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import { type Bucket, type Head, rowsInMemory } from "../../src/selmix/problem.ts";
import { partsOf } from "../../src/selmix/proof/parts.ts";
import { exactPredictions } from "../../src/selmix/proof/predictions.ts";
import { sidesOf } from "../../src/selmix/proof/sides.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../../test/files/makeSafetensors.ts";

export interface Setting {
  readonly name: string;
  readonly classes: number;
  readonly groups: number;
  /** Validation rows of each class (in each group); on average, where they are drawn. */
  readonly rows: number;
  /** Whether how many rows a class has is drawn too. */
  readonly drawn?: boolean;
  readonly bounds: readonly {
    readonly metric: ConstraintId;
    readonly kind: BoundKind;
    /** The bound less what a balanced head has in the population, from and to. */
    readonly from: number;
    readonly to: number;
  }[];
}

export interface Simulated {
  /** For each bound: whether it was called proved, and whether the head keeps it in the population. */
  readonly bounds: readonly { readonly proved: boolean; readonly kept: boolean; readonly held: boolean }[];
  /** Whether the head was recommended. */
  readonly used: boolean;
}

const size = 6;
const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

interface Population {
  readonly cells: readonly Bucket[];
  readonly features: Float32Array;
  readonly cellOf: Int32Array;
  readonly perCell: number;
  readonly head: Head;
  /** The same without what training has of the classes' frequencies. */
  readonly balanced: Head;
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function populationOf({ classes, groups }: Setting, random: Random): Population {
  const perCell = Math.round(Math.max(600, Math.min(4000, 60_000 / (classes * groups))));
  const distance = classes === 2 ? 0.75 : classes === 10 ? 1.5 : 2.2;
  const centres = Array.from({ length: classes }, () =>
    Array.from({ length: size }, () => distance * gaussian(random)),
  );
  if (classes === 2) for (let i = 0; i < size; i++) centres[1][i] = centres[0][i] + (i < 2 ? 1.2 : 0);
  const cells: Bucket[] = centres.flatMap((_, label) =>
    Array.from({ length: groups }, (_unused, group) => ({ label, group: groups > 1 ? group : null })),
  );
  const features = new Float32Array(cells.length * perCell * size);
  const cellOf = new Int32Array(cells.length * perCell);
  cells.forEach(({ label, group }, cell) => {
    for (let at = 0; at < perCell; at++) {
      const row = cell * perCell + at;
      cellOf[row] = cell;
      for (let i = 0; i < size; i++)
        features[row * size + i] = centres[label][i] + (i === 0 ? 0.5 * (group ?? 0) : 0) + gaussian(random);
    }
  });
  const weight = Float32Array.from(centres.flat());
  const plain = centres.map((centre) => -centre.reduce((sum, value) => sum + value * value, 0) / 2);
  const bias = (shift: number) => Float32Array.from(plain, (value, k) => value - (shift * k) / (classes - 1));
  const like = { classes, size, weight };
  return {
    cells,
    features,
    cellOf,
    perCell,
    head: { ...like, bias: bias(classes === 2 ? 0.7 : 1.5) },
    balanced: { ...like, bias: bias(0) },
  };
}

/** The values of a bound in the population; the one nearest to it, or furthest beyond. */
async function worstOf(
  { cells, features, cellOf }: Population,
  head: Head,
  { metric, kind }: Setting["bounds"][number],
): Promise<number> {
  const predictions = await exactPredictions(rowsInMemory(features, size), head, async () => undefined);
  const counts = countPredictions(predictions, cellOf, cells.length, head.classes);
  const isHead = Array.from({ length: head.classes }, () => true);
  const parts = partsOf(
    sidesOf({ cells, classes: head.classes, counts }),
    { metric, kind, bound: 0.5 },
    { isHead, shares: null, unlike: null },
  );
  const values = parts.map(({ value }) => value ?? (kind === "atLeast" ? 0 : 1));
  return kind === "atLeast" ? Math.min(...values) : Math.max(...values);
}

function drawn({ cells, features, perCell }: Population, counts: readonly number[], random: Random) {
  const rows = counts.flatMap((count, cell) =>
    Array.from({ length: count }, () => ({ cell, row: cell * perCell + random.integer(perCell) })),
  );
  const count = rows.length;
  const grouped = cells.some(({ group }) => group !== null);
  return makeSafetensors({
    features: {
      dtype: "F32",
      shape: [count, size],
      values: rows.flatMap(({ row }) => Array.from(features.subarray(row * size, (row + 1) * size))),
    },
    labels: { dtype: "I64", shape: [count], values: rows.map(({ cell }) => cells[cell].label) },
    ...(grouped && {
      groups: { dtype: "I64", shape: [count], values: rows.map(({ cell }) => cells[cell].group ?? 0) },
    }),
  });
}

/** How many rows each cell gets: the same, or as chance has it but never none. */
function countsOf(setting: Setting, cells: number, random: Random): number[] {
  if (!setting.drawn) return Array.from({ length: cells }, () => setting.rows);
  const counts = Array.from({ length: cells }, () => 3);
  for (let left = cells * (setting.rows - 3); left > 0; left--) counts[random.integer(cells)]++;
  return counts;
}

/** One problem, tuned and held against its population. */
export async function simulate(setting: Setting, seed: number): Promise<Simulated> {
  const random = new Random(seed, 71);
  const population = populationOf(setting, random);
  const { cells, head, balanced } = population;
  const constraints = [];
  for (const bound of setting.bounds) {
    const middle = await worstOf(population, balanced, bound);
    const at = middle + bound.from + random.uniform() * (bound.to - bound.from);
    constraints.push({ ...bound, bound: Math.min(0.98, Math.max(0.02, at)) });
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-proof-"));
  const write = (name: string, bytes: Uint8Array) => writeFileSync(path.join(folder, name), bytes);
  try {
    const tensors = {
      "head.weight": { dtype: "F32", shape: [head.classes, size], values: Array.from(head.weight) },
      "head.bias": { dtype: "F32", shape: [head.classes], values: Array.from(head.bias ?? []) },
    };
    write("model.safetensors", makeSafetensors(tensors));
    const [most, tail] = setting.classes === 2 ? [400, 0.4] : [120, 0.1];
    const longTailed = cells.map(({ label }) => Math.round(most * tail ** (label / (setting.classes - 1))));
    write("train.safetensors", drawn(population, longTailed, random));
    write("validation.safetensors", drawn(population, countsOf(setting, cells.length, random), random));
    const configurationPath = path.join(folder, "selmix.json");
    const configuration = {
      checkpoints: ["model.safetensors"],
      features: { train: "train.safetensors", validation: "validation.safetensors" },
      objective: "meanRecall",
      confidence: 0.95,
      unjudged: "allow",
      constraints: constraints.map(({ metric, kind, bound }) => ({ metric, [kind]: bound })),
      tuning: { steps: 40, seed, controls: "none" },
    };
    writeFileSync(configurationPath, JSON.stringify(configuration));
    const request = { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } as const;
    const result = await runJob<"tune">({ kind: "tune", request }, context);
    const changed = result.verdict?.closest ? [] : await readChanged(result.runFolder);
    const valuesOf = (name: string) => changed.find((one) => one.name === name)?.values;
    const about = {
      ...head,
      weight: valuesOf("head.weight") ?? head.weight,
      bias: valuesOf("head.bias") ?? head.bias,
    };
    const bounds = [];
    for (const [at, { status }] of result.constraints.entries()) {
      const { kind, bound } = constraints[at];
      const truth = await worstOf(population, about, constraints[at]);
      const kept = kind === "atLeast" ? truth >= bound : truth <= bound;
      bounds.push({ proved: status === "proved", kept, held: status === "proved" || status === "notProved" });
    }
    const used = result.verdict?.decision === "use" || result.verdict?.decision === "useBaseline";
    return { bounds, used };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
