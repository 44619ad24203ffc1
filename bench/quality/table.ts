/**
 * Test metrics of SelMix, its rivals and the controls over all evaluation sets, seeds, validation sizes and objectives,
 * defaults only. `node bench/quality/table.ts` writes RESULTS.md; it takes an hour or two on one core, so
 *
 *     --columns selmix,tunedBias --objectives minRecall --sizes 500 --seeds 0,1   measures a part of it
 *     --anew                                                                       measures that part again
 *     --sets <folder> --out <file>                                                 for sets other than the table's
 *
 * What is measured is kept beside the sets, in <folder>.jsonl, and not measured twice: after a change of the method,
 * measure its columns anew.
 */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { type ObjectiveId, objectiveIds } from "../../src/metrics/catalogue.ts";
import type { EvaluationRecord } from "../../src/protocol/records.ts";
import type { Constraint } from "../../src/selmix/confusion/constraints.ts";
import { evaluate } from "../../src/selmix/confusion/evaluation.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import type { Head, Problem } from "../../src/selmix/problem.ts";
import { defaultSettings, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { valueIn } from "../../src/words/sets.ts";
import { type Column, columnById, columns } from "./columns.ts";
import { type Cell, Measurements } from "./measurements.ts";
import { report } from "./report.ts";
import { defaultFolder, type EvaluationSet, evaluationSets, headClassesOf, problemOf } from "./sets.ts";

const { values } = parseArgs({
  options: {
    columns: { type: "string", default: columns.map(({ id }) => id).join() },
    objectives: { type: "string", default: objectiveIds.join() },
    sizes: { type: "string", default: "10,30,100,500" },
    seeds: { type: "string", default: "0,1,2" },
    anew: { type: "boolean", default: false },
    sets: { type: "string", default: defaultFolder },
    out: { type: "string", default: path.join(import.meta.dirname, "RESULTS.md") },
  },
});
const chosen = {
  columns: values.columns.split(",").map(columnById),
  objectives: z.array(z.enum(objectiveIds)).parse(values.objectives.split(",")),
  sizes: values.sizes.split(",").map(Number),
  seeds: values.seeds.split(",").map(Number),
};
const coverage: readonly Constraint[] = [{ metric: "coverage", atLeast: 0.095 }];

/** What is asked of a column on one set, size and seed: every objective, and the constraint of SelMix. */
function* cellsOf(set: EvaluationSet, size: number, seed: number): Generator<{ column: Column; cell: Cell }> {
  for (const column of chosen.columns) {
    for (const objective of chosen.objectives) {
      const cell = { column: column.id, objective, constrained: false, size, set: set.name, seed };
      yield { column, cell };
      if (column.id === "selmix" && objective === "meanRecall")
        yield { column, cell: { ...cell, constrained: true } };
    }
  }
}

function settingsOf(problem: Problem, { objective, constrained, seed }: Cell): TuneSettings {
  const constraints = constrained ? coverage : [];
  return { ...defaultSettings, objective, constraints, isHead: headClassesOf(problem), seed };
}

async function onTest(set: EvaluationSet, problem: Problem, head: Head): Promise<EvaluationRecord> {
  const features = tensors.features(set.test.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  const counts = countPredictions(predictions, set.test.buckets, set.classes, set.classes);
  return evaluate(talliesFromCounts(counts, problem.buckets, set.classes), headClassesOf(problem));
}

async function measure(column: Column, cell: Cell, set: EvaluationSet, problem: Problem): Promise<void> {
  const head = await column.head(problem, settingsOf(problem, cell));
  const record = await onTest(set, problem, head);
  const objective: ObjectiveId = cell.objective;
  measurements.add({
    ...cell,
    value: valueIn(record, objective),
    minCoverage: valueIn(record, "minCoverage"),
  });
}

function write(): void {
  const counts = columns.map(({ id, title }) => `${title} ${measurements.of({ column: id }).length}`);
  const text = `# Test metrics, defaults only

Mean over ${sets.length} long-tailed Fashion-MNIST sets (${sets.map((set) => set.name).join(", ")}) and the seeds, each of which draws
its own validation set. In percent, on the 10,000 test images. Logit adjustment and tuned bias are the rivals, tuned on the same
validation set for the row's objective (\`rivals.ts\`). The last four are SelMix's trained controls, by how much higher than SelMix
they end in the same runs: the classes that its policy draws first, without mixup; every class equally often, without mixup; all pairs
equally often; and the validation set itself, every class equally often. They start, and are selected, as SelMix is.
Made by \`python bench/quality/make_sets.py\` and \`node bench/quality/table.ts\`.

${report(measurements)}

Heads measured: ${counts.join(", ")}. A control with fewer heads than SelMix was measured on the first seeds only.
`;
  writeFileSync(values.out, text);
}

await chooseBackend({ forced: "wasm" });
const sets = await evaluationSets(values.sets);
const measurements = new Measurements(`${values.sets}.jsonl`);
if (values.anew) {
  const again = new Set<string>(chosen.columns.map(({ id }) => id));
  measurements.drop(
    ({ column, objective, size, seed }) =>
      again.has(column) &&
      chosen.objectives.includes(objective) &&
      chosen.sizes.includes(size) &&
      chosen.seeds.includes(seed),
  );
}
for (const size of chosen.sizes) {
  for (const seed of chosen.seeds) {
    for (const set of sets) {
      const problem = problemOf(set, size, seed);
      for (const { column, cell } of cellsOf(set, size, seed))
        if (!measurements.has(cell)) await measure(column, cell, set, problem);
      console.error(`${size} a class, seed ${seed}, ${set.name}: measured`);
    }
    write();
  }
}
write();
process.exit(0);
