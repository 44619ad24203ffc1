/**
 * Other multipliers and other coordinates in the place of the method's own (`variants.ts`), on the sets of make_real_sets.py, three
 * seeds, otherwise defaults. `node bench/quality/multipliers.ts` writes RESULTS-multipliers.md; what is measured is kept beside the
 * sets, in <folder>.variants.jsonl, and not measured twice. `--sets a,b`, `--seeds 0` and `--compare rules` measure a part.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import type { ObjectiveId } from "../../src/metrics/catalogue.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import { boundedValues, type Constraint, slacksOfBound } from "../../src/selmix/confusion/constraints.ts";
import type { Counts } from "../../src/selmix/confusion/matrix.ts";
import { objectiveValue } from "../../src/selmix/confusion/objectives.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { defaultSettings, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { runControl } from "../../src/selmix/training/controls.ts";
import type { CycleReport } from "../../src/selmix/training/course.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { Journal } from "../journal.ts";
import { boundedOf, kinds } from "./realMeasurements.ts";
import { openRealSet, type RealSet, realSetNames, realSetsFolder } from "./realSets.ts";
import { heads, keyOf, measurementSchema, writeReport } from "./variantReport.ts";
import { coordinateVariants, ruleVariants, type Variant } from "./variants.ts";

const { values } = parseArgs({
  options: {
    sets: {
      type: "string",
      default:
        "compas,german,compas-sex,compas-age,adult,adult-race,adult-age,vehicle,digits,satellite,dna,soybean,letter",
    },
    seeds: { type: "string", default: "0,1,2" },
    compare: { type: "string", default: "rules,coordinates" },
    folder: { type: "string", default: realSetsFolder },
    groups: { type: "string", default: path.join(realSetsFolder, "../quality-groups") },
    out: { type: "string", default: path.join(import.meta.dirname, "RESULTS-multipliers.md") },
  },
});

/** How far below what offsets reach on validation a recall is to stay, and the share of its frequency a class is to be predicted. */
const BELOW = 0.05;
const COVERED = 0.9;
const BETWEEN_GROUPS = 0.05;

interface Task {
  readonly name: string;
  readonly objective: ObjectiveId;
  readonly constraints: Constraint[];
}

/** Counts [B,K] of a head on some rows. */
async function countsOf({ problem }: RealSet, rows: RealSet["test"], head: Head) {
  const features = tensors.features(rows.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  return countPredictions(predictions, rows.buckets, problem.buckets.length, problem.classes);
}

function settingsOf({ isHead, seed }: RealSet, { objective, constraints }: Omit<Task, "name">): TuneSettings {
  return { ...defaultSettings, objective, constraints, isHead, seed };
}

/** Every class's recall a little below the worst that tuned offsets reach, so that the bound can be kept and is not for nothing. */
async function recallBound(set: RealSet): Promise<number> {
  const settings = settingsOf(set, { objective: "minRecall", constraints: [] });
  const { head } = await runControl("tunedBias", set.problem, settings);
  const { buckets, classes, validation } = set.problem;
  const tallies = talliesFromCounts(await countsOf(set, validation, head), buckets, classes);
  return Math.max(0.1, Math.floor(100 * (objectiveValue(tallies, "minRecall", set.isHead) - BELOW)) / 100);
}

async function boundedTasks(set: RealSet): Promise<Task[]> {
  if (set.grouped)
    return kinds.map((kind) => ({
      name: kind,
      objective: "meanRecall",
      constraints: [{ ...boundedOf[kind], atMost: BETWEEN_GROUPS }],
    }));
  const { classes, validation } = set.problem;
  const counts = new Float64Array(classes);
  for (const label of validation.buckets) counts[label]++;
  const shares = counts.map((count) => count / validation.rows.count);
  return [
    {
      name: "recalls",
      objective: "meanRecall",
      constraints: [{ metric: "recall", atLeast: await recallBound(set) }],
    },
    {
      name: "coverages",
      objective: "minRecall",
      constraints: Array.from(shares, (share, k) => ({
        metric: "coverage",
        classes: [k],
        atLeast: COVERED * share,
      })),
    },
  ];
}

const freeTasks = (["meanRecall", "minRecall", "hMean"] as const).map(
  (objective): Task => ({ name: objective, objective, constraints: [] }),
);

/** By how much the bound that is missed most is missed. */
function missedBy(counts: Counts, { problem, isHead }: RealSet, constraints: Constraint[]): number {
  const summary = new ConfusionSummary(exactConfusion(counts, problem.buckets, problem.classes));
  const bounded = boundedValues(summary, constraints, { isHead });
  return Math.max(0, ...bounded.flatMap((one) => Array.from(slacksOfBound(one).value, (slack) => -slack)));
}

async function measure(id: string, variant: Variant, set: RealSet, task: Task): Promise<void> {
  const { problem, test, seed } = set;
  const settings = { ...settingsOf(set, task), ...(variant.rule && { multipliers: variant.rule }) };
  let last: Counts = [];
  const onCycle = ({ counts }: CycleReport) => {
    last = counts;
  };
  const { head, own } = await tune(problem, settings, { onCycle }, tensors, [], variant.coordinates);
  const seen = {
    last,
    own: await countsOf(set, test, own),
    answer: await countsOf(set, test, head),
  };
  for (const which of heads) {
    const tallies = talliesFromCounts(seen[which], problem.buckets, problem.classes);
    const value = objectiveValue(tallies, task.objective, set.isHead);
    const missed = missedBy(seen[which], set, task.constraints);
    journal.add({ variant: id, set: set.set, seed, task: task.name, which, value, missed });
  }
}

await chooseBackend({ forced: "wasm" });
const journal = new Journal(`${values.folder}.variants.jsonl`, measurementSchema, keyOf);
const compared = values.compare.split(",");
const folders = [values.folder, values.groups].filter(existsSync);
const known = folders.flatMap((folder) => realSetNames(folder).map((one) => ({ ...one, folder })));
for (const seed of values.seeds.split(",").map(Number)) {
  for (const name of values.sets.split(",")) {
    const place = known.find((one) => one.set === name && one.seed === seed);
    if (place === undefined) continue;
    const set = await openRealSet(place.folder, name, seed);
    const bounded = await boundedTasks(set);
    const work: [Record<string, Variant>, Task[]][] = [];
    if (compared.includes("rules")) work.push([ruleVariants, bounded]);
    if (compared.includes("coordinates"))
      work.push([coordinateVariants, set.grouped ? bounded : [...freeTasks, ...bounded]]);
    for (const [variants, tasks] of work)
      for (const [id, variant] of Object.entries(variants))
        for (const task of tasks)
          if (!journal.has(keyOf({ variant: id, set: name, seed, task: task.name, which: "answer" })))
            await measure(id, variant, set, task);
    console.error(`${name}, seed ${seed}: measured`);
    writeReport(values.out, journal.all);
  }
}
process.exit(0);
