/**
 * Offsets per group under bounds between groups, on the sets of make_real_sets.py that have groups: what ThresholdOptimizer, which is told the
 * group too, reaches there stands in RESULTS-real.md.
 *
 *     node bench/quality/groupsKnown.ts [--sets adult,compas] [--seeds 0,1,2] [--folder .cache/quality-real]
 *
 * prints a line of JSON for every cell: balanced accuracy and the bounded difference on test, without and with the group.
 */
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import type { ConstraintId } from "../../src/metrics/catalogue.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion.ts";
import { boundedValues } from "../../src/selmix/constraints.ts";
import { widenedHead, withOneHot } from "../../src/selmix/groupColumns.ts";
import { objectiveValue } from "../../src/selmix/objectives.ts";
import type { LabelledRows, Problem } from "../../src/selmix/problem.ts";
import { defaultSettings, type TuneSettings } from "../../src/selmix/settings.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/tallies.ts";
import { tensors } from "../../src/selmix/tensors.ts";
import { tune } from "../../src/selmix/tune.ts";
import { bounds, kinds } from "./realMeasurements.ts";
import { openRealSet, type RealSet, realSetsFolder } from "./realSets.ts";

const { values } = parseArgs({
  options: {
    sets: { type: "string", default: "adult,compas" },
    seeds: { type: "string", default: "0,1,2" },
    bounds: { type: "string", default: bounds.join() },
    folder: { type: "string", default: realSetsFolder },
  },
});

const bounded: Readonly<Record<(typeof kinds)[number], { metric: ConstraintId; classes?: number[] }>> = {
  parity: { metric: "coverageDifference" },
  opportunity: { metric: "recallDifference", classes: [1] },
  odds: { metric: "equalizedOddsDifference" },
};

/** The set with the groups as columns. */
function told({ problem, test, ...set }: RealSet): RealSet {
  const groups = 1 + Math.max(...problem.buckets.map(({ group }) => group ?? 0));
  const widened = (rows: LabelledRows): LabelledRows => ({
    ...rows,
    rows: withOneHot(
      rows.rows,
      rows.buckets.map((b) => problem.buckets[b].group ?? 0),
      groups,
    ),
  });
  const wide: Problem = {
    ...problem,
    head: widenedHead(problem.head, groups),
    train: widened(problem.train),
    validation: widened(problem.validation),
  };
  return { ...set, problem: wide, test: widened(test) };
}

async function reached({ problem, test, isHead }: RealSet, settings: TuneSettings) {
  const { head, method } = await tune(problem, settings);
  const features = tensors.features(test.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  const { buckets, classes } = problem;
  const counts = countPredictions(predictions, test.buckets, buckets.length, classes);
  const summary = new ConfusionSummary(exactConfusion(counts, buckets, classes));
  const [{ measures }] = boundedValues(summary, settings.constraints, { isHead });
  const balanced = objectiveValue(talliesFromCounts(counts, buckets, classes), "meanRecall", isHead);
  return { balanced, gap: Math.max(...measures.values.value), method };
}

await chooseBackend({ forced: "wasm" });
for (const set of values.sets.split(",")) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const blind = await openRealSet(values.folder, set, seed);
    const known = told(blind);
    for (const kind of kinds) {
      for (const bound of values.bounds.split(",").map(Number)) {
        const constraints = [{ ...bounded[kind], atMost: bound }];
        const settings: TuneSettings = {
          ...{ ...defaultSettings, objective: "meanRecall", constraints, isHead: blind.isHead, seed },
        };
        const cell = { set, seed, kind, bound };
        console.log(
          JSON.stringify({
            ...cell,
            blind: await reached(blind, settings),
            told: await reached(known, settings),
          }),
        );
      }
    }
  }
}
process.exit(0);
