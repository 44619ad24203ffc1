/**
 * SelMix and its training-free rivals on other people's data: the sets of make_real_sets.py, three seeds, defaults, test metrics.
 *
 *     python bench/quality/make_real_sets.py && python bench/quality/group_rivals.py && node bench/quality/real.ts
 *
 * writes RESULTS-real.md. What is measured is kept beside the sets, in <folder>.jsonl, and not measured twice;
 * `--anew --methods selmix` measures the method again after a change, `--sets a,b`, `--seeds 0,1` and `--kinds odds` a part of it.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import { boundedValues, type Constraint } from "../../src/selmix/confusion/constraints.ts";
import { objectiveValue } from "../../src/selmix/confusion/objectives.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { defaultSettings, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import {
  boundedOf,
  bounds,
  isRealObjective,
  kinds,
  RealMeasurements,
  type RealTask,
  realObjectives,
} from "./realMeasurements.ts";
import { realReport } from "./realReport.ts";
import { openRealSet, type RealSet, realSetNames, realSetsFolder, told } from "./realSets.ts";
import { rivalsOf } from "./rivals.ts";

const { values } = parseArgs({
  options: {
    methods: { type: "string", default: "checkpoint,logitAdjustment,tunedBias,selmix,groupsKnown" },
    objectives: { type: "string", default: realObjectives.join() },
    kinds: { type: "string", default: kinds.join() },
    bounds: { type: "string", default: bounds.join() },
    sets: { type: "string" },
    seeds: { type: "string", default: "0,1,2" },
    anew: { type: "boolean", default: false },
    folder: { type: "string", default: realSetsFolder },
    out: { type: "string", default: path.join(import.meta.dirname, "RESULTS-real.md") },
  },
});

function constraintsOf({ kind, bound }: RealTask): Constraint[] {
  return kind === null ? [] : [{ ...boundedOf[kind], atMost: bound }];
}

/** Heads by name: a method may make several, SelMix its answer and its own path's. */
async function headsOf(
  method: string,
  { problem }: RealSet,
  settings: TuneSettings,
): Promise<Record<string, Head>> {
  switch (method) {
    case "checkpoint":
      return { checkpoint: problem.head };
    case "logitAdjustment":
      return { logitAdjustment: rivalsOf(problem, settings).logitAdjustment() };
    case "tunedBias":
      return { tunedBias: rivalsOf(problem, settings).tunedBias() };
    case "selmix": {
      const { head, own } = await tune(problem, settings);
      return { selmix: head, selmixOwn: own };
    }
    case "groupsKnown":
      return { groupsKnown: (await tune(problem, settings)).head };
    default:
      throw new RangeError(`there is no method ${method}`);
  }
}

async function measure(method: string, asked: RealSet, task: RealTask): Promise<void> {
  const set = method === "groupsKnown" ? told(asked) : asked;
  const { problem, test, isHead, seed } = set;
  const constraints = constraintsOf(task);
  const settings = { ...defaultSettings, objective: task.objective, constraints, isHead, seed };
  const heads = await headsOf(method, set, settings);
  for (const [name, head] of Object.entries(heads)) {
    const features = tensors.features(test.rows, head);
    const [predictions] = await features.predict([head]);
    features.dispose();
    const { buckets, classes } = problem;
    const counts = countPredictions(predictions, test.buckets, buckets.length, classes);
    const tallies = talliesFromCounts(counts, buckets, classes);
    const value = objectiveValue(tallies, task.objective, isHead);
    const overGroups = set.grouped ? objectiveValue(tallies, "meanGroupRecall", isHead) : null;
    const summary = new ConfusionSummary(exactConfusion(counts, buckets, classes));
    const [bounded] = boundedValues(summary, constraints, { isHead });
    const gap = bounded === undefined ? null : Math.max(...bounded.measures.values.value);
    measurements.add({ ...task, method: name, set: set.set, seed, value, overGroups, gap });
  }
}

function* tasksOf(set: RealSet): Generator<RealTask> {
  if (set.grouped) {
    const wanted = bounds.filter((one) => values.bounds.split(",").includes(String(one)));
    for (const kind of kinds.filter((one) => values.kinds.split(",").includes(one)))
      for (const bound of wanted) yield { objective: "meanRecall", kind, bound };
    return;
  }
  for (const objective of values.objectives.split(","))
    if (isRealObjective(objective)) yield { objective, kind: null, bound: 0 };
}

await chooseBackend({ forced: "wasm" });
const measurements = new RealMeasurements(`${values.folder}.measured.jsonl`);
const methods = values.methods.split(",");
const seeds = values.seeds.split(",").map(Number);
const chosen = realSetNames(values.folder).filter(
  ({ set, seed }) => seeds.includes(seed) && (values.sets?.split(",").includes(set) ?? true),
);
if (values.anew) measurements.drop(({ method }) => methods.some((one) => method.startsWith(one)));
for (const { set, seed } of chosen) {
  const opened = await openRealSet(values.folder, set, seed);
  for (const task of tasksOf(opened)) {
    const wanted = methods.filter((one) => one === "selmix" || (one === "groupsKnown") === opened.grouped);
    for (const method of wanted)
      if (!measurements.has({ ...task, method, set, seed })) await measure(method, opened, task);
  }
  console.error(`${set}, seed ${seed}: measured`);
  writeFileSync(values.out, realReport(measurements.all, `${values.folder}.groups.jsonl`));
}
process.exit(0);
