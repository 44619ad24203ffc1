import { chooseBackend } from "../../src/engine/backends/index.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion.ts";
import { boundedValues } from "../../src/selmix/constraints.ts";
import { objectiveValue } from "../../src/selmix/objectives.ts";
import { defaultSettings } from "../../src/selmix/settings.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/tallies.ts";
import { tensors } from "../../src/selmix/tensors.ts";
import { tune } from "../../src/selmix/tune.ts";
import { openRealSet, realSetsFolder } from "./realSets.ts";
const kinds: any = { parity: { metric: "coverageDifference" }, opportunity: { metric: "recallDifference", classes: [1] }, odds: { metric: "equalizedOddsDifference" } };
await chooseBackend({ forced: "wasm" });
const [sets, ks, bs, seeds] = process.argv.slice(2).map((a) => a.split(","));
for (const set of sets) for (const kind of ks) for (const b of bs.map(Number)) for (const seed of (seeds ?? ["0","1","2"]).map(Number)) {
  const { problem, test, isHead } = await openRealSet(realSetsFolder, set, seed);
  const constraints = [{ ...kinds[kind], atMost: b }];
  const settings: any = { ...defaultSettings, objective: "meanRecall", constraints, isHead, seed };
  const t0 = process.cpuUsage().user;
  const out = await tune(problem, settings);
  const s = (process.cpuUsage().user - t0) / 1e6;
  const on = async (rows: any, head: any) => {
    const f = tensors.features(rows.rows, head); const [pr] = await f.predict([head]); f.dispose();
    const counts = countPredictions(pr, rows.buckets, problem.buckets.length, problem.classes);
    const [{ measures }] = boundedValues(new ConfusionSummary(exactConfusion(counts, problem.buckets, problem.classes)), constraints, { isHead });
    return `${(100 * objectiveValue(talliesFromCounts(counts, problem.buckets, problem.classes), "meanRecall", isHead)).toFixed(1)} (${Math.max(...measures.values.value).toFixed(3)})`;
  };
  console.log(set, kind, b, seed, `${s.toFixed(1)} s`, out.method, "val", await on(problem.validation, out.head), "test", await on(test, out.head), "own", await on(test, out.own));
}
process.exit(0);
