/**
 * Many classes with few samples each, where the truth is known: classes are normal around means in d dimensions, train is
 * long-tailed, validation has ten samples a class, and heads are measured on fresh samples.
 *
 *     node bench/quality/manyClasses.ts [--classes 137,200,500,1000] [--seeds 0,1,2] [--objectives a,b]
 *
 * prints a line of JSON for every cell: the objective on fresh samples for the checkpoint, the best logit adjustment, and SelMix; and
 * makes RESULTS-many.md of these lines and of those of a file named by --lines, which are not measured again.
 */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { groupBy } from "../../src/files/groupBy.ts";
import { type ObjectiveId, objectiveIds } from "../../src/metrics/catalogue.ts";
import { headByCounts, needsGroups, objectiveValue } from "../../src/selmix/confusion/objectives.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { bestAdjustment, classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import { type Head, type LabelledRows, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";

const SIZE = 64;
const VALIDATION_ROWS = 10;
const FRESH_ROWS = 50;
/** Training samples of the most and the least frequent class. */
const [MOST, FEWEST] = [100, 3];
/** Spread of the class means around 0, in standard deviations of a class. */
const SEPARATION = 0.55;

const { values } = parseArgs({
  options: {
    classes: { type: "string", default: "137,200,500,1000" },
    seeds: { type: "string", default: "0,1,2" },
    lines: { type: "string" },
    objectives: { type: "string", default: objectiveIds.filter((id) => !needsGroups(id)).join() },
  },
});

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** Classes of unlike difficulty around means, and a head of the training samples' own means, as a classifier on them has. */
function mixture(classes: number, seed: number): { problem: Problem; fresh: LabelledRows } {
  const random = new Random(seed, 71);
  const means = Float64Array.from({ length: classes * SIZE }, () => SEPARATION * gaussian(random));
  const sample = (sizes: readonly number[]): LabelledRows => {
    const buckets = Int32Array.from(sizes.flatMap((count, k) => new Array<number>(count).fill(k)));
    const rows = new Float32Array(buckets.length * SIZE);
    for (let at = 0; at < rows.length; at++)
      rows[at] = means[buckets[Math.floor(at / SIZE)] * SIZE + (at % SIZE)] + gaussian(random);
    return { rows: rowsInMemory(rows, SIZE), buckets };
  };
  const sizes = Array.from({ length: classes }, (_unused, k) =>
    Math.round(MOST * (FEWEST / MOST) ** (k / (classes - 1))),
  );
  const train = sample(sizes);
  const each = (count: number) => sizes.map(() => count);
  const problem = {
    classes,
    buckets: sizes.map((_size, label) => ({ label, group: null })),
    head: headOfMeans(train, sizes),
    train,
    validation: sample(each(VALIDATION_ROWS)),
  };
  return { problem, fresh: sample(each(FRESH_ROWS)) };
}

/** Linear discriminant of means shrunk towards 0 by one sample's worth, with the frequencies of train. */
function headOfMeans({ rows, buckets }: LabelledRows, sizes: readonly number[]): Head {
  const weight = new Float32Array(sizes.length * SIZE);
  buckets.forEach((k, row) => {
    for (let i = 0; i < SIZE; i++)
      weight[k * SIZE + i] += (rows.values?.[row * SIZE + i] ?? 0) / (sizes[k] + 1);
  });
  const bias = Float32Array.from(sizes, (size, k) => {
    const own = weight.subarray(k * SIZE, (k + 1) * SIZE);
    return Math.log(size) - own.reduce((sum, value) => sum + value * value, 0) / 2;
  });
  return { classes: sizes.length, size: SIZE, weight, bias };
}

type Line = Awaited<ReturnType<typeof measured>>;

/** The cells, the mean over seeds in each. */
function report(lines: readonly Line[]): string {
  const cells = groupBy(lines, ({ classes, objective }) => `${classes} | ${objective}`);
  const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const shown = (value: number) => (100 * value).toFixed(1);
  const rows = [...cells].map(([cell, some]) => {
    const [before, adjusted, after] = (["checkpoint", "adjusted", "selmix"] as const).map((who) =>
      mean(some.map((line) => line[who])),
    );
    const change = after - adjusted;
    const answers = [...new Set(some.map(({ method }) => method))].join(", ");
    return `| ${cell} | ${some.length} | ${shown(before)} | ${shown(adjusted)} | ${shown(after)} | ${change < 0 ? "" : "+"}${shown(change)} | ${answers} |`;
  });
  return `# Many classes with ten validation samples each

Classes normal around means in ${SIZE} dimensions, train long-tailed from ${MOST} to ${FEWEST} samples a class; ${FRESH_ROWS} fresh samples a class judge. Made by
\`node bench/quality/manyClasses.ts\`. In percent; "logit adjustment" has the tau that is best on validation.

| classes | objective | seeds | checkpoint | logit adjustment | SelMix | difference | answer |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

async function measured(
  { problem, fresh }: ReturnType<typeof mixture>,
  objective: ObjectiveId,
  seed: number,
) {
  const { classes, buckets } = problem;
  const isHead = headByCounts(classCounts(problem));
  const settings: TuneSettings = { ...defaultSettings, objective, isHead, seed };
  const features = tensors.features(fresh.rows, problem.head);
  const measuredOf = async (head: Head) => {
    const [predictions] = await features.predict([head]);
    const counts = countPredictions(predictions, fresh.buckets, buckets.length, classes);
    return objectiveValue(talliesFromCounts(counts, buckets, classes), objective, isHead);
  };
  const validation = new Validation(problem, tensors);
  const adjusted = await bestAdjustment(problem, validation, goalOf(settings), classCounts(problem));
  validation.dispose();
  const started = performance.now();
  const { head, own, method } = await tune(problem, settings);
  const seconds = (performance.now() - started) / 1000;
  const line = {
    ...{ classes, objective, seed, tau: adjusted.tau, method, seconds: Math.round(seconds) },
    ...{ checkpoint: await measuredOf(problem.head), adjusted: await measuredOf(adjusted.head) },
    ...{ selmix: await measuredOf(head), own: await measuredOf(own) },
  };
  features.dispose();
  return line;
}

await chooseBackend({ forced: "wasm" });
const known = values.lines === undefined ? "" : readFileSync(values.lines, "utf8");
const lines: Line[] = known
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));
for (const classes of values.classes.split(",").map(Number)) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const drawn = mixture(classes, seed);
    for (const objective of objectiveIds.filter((id) => values.objectives.split(",").includes(id))) {
      if (
        lines.some((line) => line.classes === classes && line.seed === seed && line.objective === objective)
      )
        continue;
      const line = await measured(drawn, objective, seed);
      lines.push(line);
      console.log(JSON.stringify(line));
    }
  }
}
lines.sort((a, b) => a.classes - b.classes);
writeFileSync(path.join(import.meta.dirname, "RESULTS-many.md"), report(lines));
process.exit(0);
