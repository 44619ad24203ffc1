/**
 * Test metrics of SelMix, logit adjustment and tuned bias over all evaluation sets, seeds, validation sizes and
 * objectives, defaults only. `node bench/quality/table.ts [--seeds 3] [--sizes 10,30,100,500] [--out RESULTS.md]`
 * writes RESULTS.md.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import type { EvaluationRecord, ObjectiveId } from "../../src/protocol/records.ts";
import type { Constraint } from "../../src/selmix/constraints.ts";
import { countPredictions, evaluate, talliesFromCounts } from "../../src/selmix/evaluation.ts";
import { FeatureSet } from "../../src/selmix/featureSet.ts";
import { columnsOf, headTensor } from "../../src/selmix/headTensor.ts";
import type { Head, Problem } from "../../src/selmix/problem.ts";
import { defaultSettings, type TuneSettings } from "../../src/selmix/settings.ts";
import { tune } from "../../src/selmix/tune.ts";
import { rivalsOf } from "./rivals.ts";
import { type EvaluationSet, evaluationSets, headClassesOf, problemOf } from "./sets.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    sizes: { type: "string", default: "10,30,100,500" },
    out: { type: "string" },
  },
});
const objectives: readonly ObjectiveId[] = [
  "minRecall",
  "meanRecall",
  "gMean",
  "hMean",
  "macroF1",
  "minHeadTailRecall",
];
const coverage: readonly Constraint[] = [{ metric: "coverage", atLeast: 0.095 }];
const sizes = values.sizes.split(",").map(Number);
/** What "at least equal" leaves to chance. */
const SLACK = 0.003;

async function onTest(set: EvaluationSet, problem: Problem, head: Head): Promise<EvaluationRecord> {
  const features = new FeatureSet(set.test.rows, columnsOf(head), set.classes);
  const matrix = headTensor(head);
  const [predictions] = await features.predict([matrix]);
  features.dispose();
  matrix.dispose();
  const counts = countPredictions(predictions, set.test.buckets, set.classes, set.classes);
  return evaluate(talliesFromCounts(counts, problem.buckets, set.classes), headClassesOf(problem));
}

interface Cell {
  readonly selmix: EvaluationRecord[];
  readonly adjusted: EvaluationRecord[];
  readonly bias: EvaluationRecord[];
}

const cells = new Map<string, Cell>();
const constrained = new Map<number, EvaluationRecord[]>();
const before: EvaluationRecord[] = [];

function cellOf(objective: ObjectiveId, size: number): Cell {
  const key = `${objective}/${size}`;
  const cell = cells.get(key) ?? { selmix: [], adjusted: [], bias: [] };
  cells.set(key, cell);
  return cell;
}

async function measure(set: EvaluationSet, size: number, seed: number): Promise<void> {
  const problem = problemOf(set, size, seed);
  const settingsFor = (objective: ObjectiveId, constraints: readonly Constraint[] = []): TuneSettings => ({
    ...defaultSettings,
    objective,
    constraints,
    isHead: headClassesOf(problem),
    seed,
  });
  before.push(await onTest(set, problem, set.head));
  for (const objective of objectives) {
    const settings = settingsFor(objective);
    const cell = cellOf(objective, size);
    cell.selmix.push(await onTest(set, problem, (await tune(problem, settings)).head));
    const rivals = rivalsOf(problem, settings);
    cell.adjusted.push(await onTest(set, problem, rivals.logitAdjustment));
    cell.bias.push(await onTest(set, problem, rivals.tunedBias));
  }
  const { head } = await tune(problem, settingsFor("meanRecall", coverage));
  constrained.set(size, [...(constrained.get(size) ?? []), await onTest(set, problem, head)]);
}

function meanOf(records: readonly EvaluationRecord[], metric: ObjectiveId | "minCoverage"): number {
  return records.reduce((sum, record) => sum + record[metric], 0) / records.length;
}

function table(): string {
  const percent = (value: number) => (100 * value).toFixed(2);
  const lines = [
    "| objective | validation a class | checkpoint | logit adjustment | tuned bias | SelMix | against the better |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const objective of objectives) {
    for (const size of sizes) {
      const { selmix, adjusted, bias } = cellOf(objective, size);
      if (selmix.length === 0) continue;
      const [ours, la, tb] = [selmix, adjusted, bias].map((records) => meanOf(records, objective));
      const margin = ours - Math.max(la, tb);
      const verdict = margin >= 0 ? "better" : margin >= -SLACK ? "equal within 0.3" : "behind";
      const start = percent(meanOf(before, objective));
      lines.push(
        `| ${objective} | ${size} | ${start} | ${percent(la)} | ${percent(tb)} | **${percent(ours)}** | ${margin >= 0 ? "+" : ""}${percent(margin)} ${verdict} |`,
      );
    }
  }
  lines.push("", "Objective mean recall, constraint coverage >= 0.095 for every class:", "");
  lines.push(
    "| validation a class | min coverage | mean recall | mean recall unconstrained |",
    "|---|---|---|---|",
  );
  for (const size of sizes) {
    const records = constrained.get(size) ?? [];
    if (records.length === 0) continue;
    const free = cellOf("meanRecall", size).selmix;
    lines.push(
      `| ${size} | ${meanOf(records, "minCoverage").toFixed(4)} | ${percent(meanOf(records, "meanRecall"))} | ${percent(meanOf(free, "meanRecall"))} |`,
    );
  }
  return lines.join("\n");
}

await chooseBackend({ forced: "wasm" });
const sets = await evaluationSets();
const seeds = Array.from({ length: Number(values.seeds) }, (_unused, seed) => seed);
/** Written after each size, so that a long run shows what it has. */
function write(): string {
  const text = `# Test metrics, defaults only

Mean over ${sets.length} long-tailed Fashion-MNIST sets (${sets.map((set) => set.name).join(", ")}) and ${seeds.length} seeds; each seed draws its own validation
set. In percent, on the 10,000 test images. Logit adjustment and bias are tuned on the same validation set for the row's
objective (\`rivals.ts\`). Made by \`python bench/quality/make_sets.py\` and \`node bench/quality/table.ts\`.

${table()}
`;
  writeFileSync(values.out ?? path.join(import.meta.dirname, "RESULTS.md"), text);
  return text;
}

for (const size of sizes) {
  for (const set of sets) {
    for (const seed of seeds) await measure(set, size, seed);
    console.error(`${set.name} measured with ${size} a class`);
  }
  write();
}
console.log(write());
process.exit(0);
