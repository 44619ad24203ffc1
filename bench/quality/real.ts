import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import type { ObjectiveId } from "../../src/metrics/catalogue.ts";
import { conditionedProblem, conditioningOf, originalHead } from "../../src/selmix/conditioning.ts";
import type { Constraint } from "../../src/selmix/constraints.ts";
import { evaluate } from "../../src/selmix/evaluation.ts";
import { groupScores } from "../../src/selmix/groupScores.ts";
import { bestAdjustment, classCounts } from "../../src/selmix/logitAdjustment.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/settings.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/tallies.ts";
import { tensors } from "../../src/selmix/tensors.ts";
import { tune } from "../../src/selmix/tune.ts";
import { baggedBias, tuneBias } from "../../src/selmix/tunedBias.ts";
import { Validation } from "../../src/selmix/validation.ts";
import { openRealSet, type RealSet, realSetNames, realSetsFolder } from "./realSets.ts";
import { rivalsOf } from "./rivals.ts";

const { values } = parseArgs({
  options: {
    margin: { type: "string", default: "auto" },
    label: { type: "string", default: "selmix" },
    method: { type: "string", default: "selmix" },
    sets: { type: "string" },
    seeds: { type: "string", default: "0,1,2" },
    objectives: { type: "string", default: "meanRecall,minRecall,gMean,hMean,minHeadTailRecall,macroF1" },
    kinds: { type: "string" },
    bounds: { type: "string", default: "0.02,0.05,0.1" },
    out: { type: "string", default: `${realSetsFolder}.jsonl` },
  },
});
const metrics: Record<string, Constraint["metric"]> = {
  parity: "coverageDifference",
  opportunity: "recallDifference",
  odds: "equalizedOddsDifference",
};

async function onTest({ problem, test, isHead, grouped }: RealSet, head: Head) {
  const features = tensors.features(test.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  const K = problem.classes;
  const counts = countPredictions(predictions, test.buckets, problem.buckets.length, K);
  const record = evaluate(talliesFromCounts(counts, problem.buckets, K), isHead);
  let balanced = 0;
  for (let k = 0; k < K; k++) {
    let [hit, all] = [0, 0];
    problem.buckets.forEach((bucket, b) => {
      if (bucket.label !== k) return;
      hit += counts[b * K + k];
      for (let l = 0; l < K; l++) all += counts[b * K + l];
    });
    balanced += hit / all / K;
  }
  return { record, balanced, gaps: grouped && K === 2 ? gapsOf(counts) : null };
}

function gapsOf(c: Int32Array) {
  const rate = (buckets: number[]) => {
    const one = buckets.reduce((s, b) => s + c[2 * b + 1], 0);
    return one / buckets.reduce((s, b) => s + c[2 * b] + c[2 * b + 1], 0);
  };
  const parity = Math.abs(rate([0, 2]) - rate([1, 3]));
  const opportunity = Math.abs(rate([2]) - rate([3]));
  return { parity, opportunity, odds: Math.max(opportunity, Math.abs(rate([0]) - rate([1]))) };
}

let own: Head | null = null;
async function headOf(set: RealSet, settings: TuneSettings) {
  if (values.method === "checkpoint") return { head: set.problem.head, how: "" };
  if (values.method === "logitAdjustment")
    return { head: rivalsOf(set.problem, settings).logitAdjustment(), how: "" };
  if (values.method === "tunedBias") return { head: rivalsOf(set.problem, settings).tunedBias(), how: "" };
  if (values.method === "bagBias") {
    const { head } = await bestAdjustment(
      set.problem,
      new Validation(set.problem, tensors),
      goalOf(settings),
      classCounts(set.problem),
    );
    return { head: await baggedBias(set.problem, head, goalOf(settings), tensors, settings.seed), how: "" };
  }
  if (values.method === "ourBias") {
    const { head } = await bestAdjustment(
      set.problem,
      new Validation(set.problem, tensors),
      goalOf(settings),
      classCounts(set.problem),
    );
    return { head: (await tuneBias(set.problem, head, goalOf(settings), tensors)).head, how: "" };
  }
  if (values.method === "groupBias") {
    const conditioning = conditioningOf(set.problem.train.rows, true);
    const problem = conditionedProblem(set.problem, conditioning);
    const within = settings.constraints[0].metric !== "coverageDifference";
    const { head, score } = await tuneBias(
      problem,
      problem.head,
      goalOf(settings),
      tensors,
      groupScores(problem, within),
    );
    return {
      head: originalHead(head, conditioning),
      how: `v=${(100 * score.value).toFixed(1)}/${score.violation.toFixed(3)}`,
    };
  }
  const out = await tune(set.problem, settings);
  own = out.own;
  return {
    head: out.head,
    how: `${out.method} ${out.start.kind}${out.start.tau} step ${out.bestStep} v=${(100 * out.score.value).toFixed(1)}/${out.score.violation.toFixed(3)}`,
  };
}

await chooseBackend({ forced: "wasm" });
const wanted = values.sets?.split(",");
for (const { set, seed } of realSetNames(realSetsFolder)) {
  if (wanted && !wanted.includes(set)) continue;
  if (!values.seeds.split(",").map(Number).includes(seed)) continue;
  const opened = await openRealSet(realSetsFolder, set, seed);
  const jobs = values.kinds
    ? values.kinds
        .split(",")
        .flatMap((kind) =>
          values.bounds
            .split(",")
            .map((b) => ({ objective: "meanRecall" as ObjectiveId, kind, bound: Number(b) })),
        )
    : values.objectives
        .split(",")
        .map((objective) => ({ objective: objective as ObjectiveId, kind: null, bound: 0 }));
  for (const { objective, kind, bound } of jobs) {
    const constraints =
      kind === null
        ? []
        : [{ metric: metrics[kind], atMost: bound, ...(kind === "opportunity" && { classes: [1] }) }];
    const settings: TuneSettings = {
      ...defaultSettings,
      objective,
      constraints,
      isHead: opened.isHead,
      seed,
      margin: values.margin === "0" ? 0 : "auto",
    };
    const started = performance.now();
    const { head, how } = await headOf(opened, settings);
    const seconds = (performance.now() - started) / 1000;
    const { record, balanced, gaps } = await onTest(opened, head);
    const gap = kind === null || gaps === null ? null : gaps[kind as keyof typeof gaps];
    const line = {
      label: values.label,
      objective,
      kind,
      bound,
      set,
      seed,
      value: (record as any)[objective],
      balanced,
      overGroups: (record as any).meanGroupRecall ?? 0,
      gap,
      seconds,
      how,
    };
    appendFileSync(values.out, `${JSON.stringify(line)}\n`);
    if (own !== null) {
      const t = await onTest(opened, own);
      const g = kind === null || t.gaps === null ? null : t.gaps[kind as keyof typeof t.gaps];
      appendFileSync(
        values.out,
        `${JSON.stringify({ ...line, label: `${values.label}:own`, value: (t.record as any)[objective], balanced: t.balanced, overGroups: (t.record as any).meanGroupRecall ?? 0, gap: g, how: "" })}\n`,
      );
    }
    console.log(
      set,
      seed,
      objective,
      kind ?? "",
      bound || "",
      (100 * (record as any)[objective]).toFixed(2),
      kind ? `bal ${(100 * balanced).toFixed(1)} gap ${gap?.toFixed(3)}` : "",
      how,
      `${seconds.toFixed(2)}s`,
    );
  }
}
process.exit(0);
