/**
 * Measures SelMix and its rivals on the settings that checkpoints.py made; started by run.ts. What is measured is kept in
 * <home>/<data>.jsonl and not measured twice.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { type EvaluationRecord, tuneResult } from "../../src/protocol/records.ts";
import { evaluate } from "../../src/selmix/confusion/evaluation.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { tuneBias } from "../../src/selmix/heads/tunedBias.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { isBetter } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { runControl } from "../../src/selmix/training/controls.ts";
import { valueIn } from "../../src/words/sets.ts";
import { runTune } from "../command.ts";
import { Journal } from "../journal.ts";
import { openRealSet, type RealSet, realSetNames } from "../quality/realSets.ts";
import { writeReport } from "./report.ts";
import {
  constraintsOf,
  keyOf,
  leastBounded,
  type Method,
  measurement,
  methods,
  nameOf,
  type Task,
  tasks,
} from "./tasks.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "fashion-mnist" },
    source: { type: "string" },
    home: { type: "string", default: path.resolve(import.meta.dirname, "../../.cache/paper") },
    seeds: { type: "string", default: "0,1,2" },
    "whole-seeds": { type: "string", default: "0" },
    "whole-steps": { type: "string", default: "1000" },
    out: { type: "string" },
  },
});
const python = process.env.PYTHON ?? "python";

interface Place {
  readonly opened: RealSet;
  readonly folder: string;
  readonly settings: TuneSettings;
}

function placeOf(opened: RealSet, task: Task): Place {
  const { set, seed, isHead, problem } = opened;
  const constraints = constraintsOf(task, problem.classes);
  const settings = { ...defaultSettings, objective: task.objective, constraints, isHead, seed };
  return { opened, folder: path.join(values.home, `${set}-seed${seed}`), settings };
}

async function onTest({ problem, test, isHead }: RealSet, head: Head): Promise<EvaluationRecord> {
  const features = tensors.features(test.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  const { buckets, classes } = problem;
  const counts = countPredictions(predictions, test.buckets, buckets.length, classes);
  return evaluate(talliesFromCounts(counts, buckets, classes), isHead);
}

/** Of the heads that heads.py fitted for a rival, the one that is best on validation once its offsets are tuned. */
async function fitted(rival: string, { opened, folder, settings }: Place): Promise<Head> {
  const { problem } = opened;
  const files = readdirSync(path.join(folder, "rivals")).filter((name) => name.startsWith(`${rival}-`));
  let best: Awaited<ReturnType<typeof tuneBias>> | null = null;
  for (const file of files.sort()) {
    const checkpoint = await openCheckpoint(path.join(folder, "rivals", file));
    const location = findHead(checkpoint, {
      featureSize: problem.head.size,
      minimumClasses: problem.classes,
    });
    const tuned = await tuneBias(problem, await readHead(checkpoint, location), goalOf(settings), tensors);
    await checkpoint.close();
    if (best === null || isBetter(tuned.score, best.score)) best = tuned;
  }
  if (best === null) throw new Error(`${folder}/rivals has no head of ${rival}: python bench/paper/heads.py`);
  return best.head;
}

function onTestOf(result: unknown, what: string): EvaluationRecord {
  const { test } = tuneResult.parse(result).after;
  if (test === null) throw new Error(`${what} has no evaluation on test`);
  return test;
}

async function tuned({ folder, settings }: Place, task: Task): Promise<EvaluationRecord> {
  const config = path.join(folder, task.configuration);
  const chosen = ["--objective", task.objective, "--seed", String(settings.seed), "--threads", "1"];
  const { result } = await runTune(["--config", config, "--allow-outside", ...chosen]);
  return onTestOf(result, config);
}

async function tunedWhole({ opened, settings }: Place, task: Task): Promise<EvaluationRecord> {
  const options = {
    data: values.data,
    ...(values.source !== undefined && { source: values.source }),
    home: values.home,
    unlabelled: opened.set.slice(`${values.data}-u`.length),
    seed: settings.seed,
    config: task.configuration,
    objective: task.objective,
    steps: values["whole-steps"],
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const script = path.join(import.meta.dirname, "whole.py");
  const { stdout } = await promisify(execFile)(python, [script, ...args], { maxBuffer: 2 ** 26 });
  const run = stdout.trim().split(" ").at(-1) ?? "";
  return onTestOf(JSON.parse(readFileSync(path.join(run, "result.json"), "utf8")), run);
}

async function evaluated(method: Method, place: Place, task: Task): Promise<EvaluationRecord> {
  const { opened, settings } = place;
  switch (method) {
    case "selmix":
      return tuned(place, task);
    case "whole":
      return tunedWhole(place, task);
    case "checkpoint":
      return onTest(opened, opened.problem.head);
    case "logitAdjustment":
    case "tunedBias":
      return onTest(opened, (await runControl(method, opened.problem, settings)).head);
    case "crt":
    case "balancedLr":
      return onTest(opened, await fitted(method, place));
  }
}

async function measure(opened: RealSet, method: Method, task: Task): Promise<void> {
  const { set, seed, isHead, problem } = opened;
  const cell = { set, seed, task: nameOf(task), method };
  if (journal.has(keyOf(cell))) return;
  const record = await evaluated(method, placeOf(opened, task), task);
  const value = valueIn(record, task.objective);
  journal.add({ ...cell, value, least: leastBounded(task, record, isHead), classes: problem.classes });
  writeReport(out, values.data, journal.all);
  console.error(`${set}, seed ${seed}, ${nameOf(task)}: ${methods[method]} measured`);
}

await chooseBackend({ forced: "wasm" });
const journal = new Journal(path.join(values.home, `${values.data}.jsonl`), measurement, keyOf);
const isDefault = values.data === "fashion-mnist";
const out =
  values.out ??
  path.join(isDefault ? import.meta.dirname : values.home, `RESULTS${isDefault ? "" : `-${values.data}`}.md`);
const seedsOf = (text: string) => text.split(",").filter(Boolean).map(Number);
const names = realSetNames(values.home)
  .filter(({ set, seed }) => set.startsWith(`${values.data}-u`) && seedsOf(values.seeds).includes(seed))
  .sort((a, b) => a.seed - b.seed);
const onFeatures = ["checkpoint", "logitAdjustment", "tunedBias", "crt", "balancedLr", "selmix"] as const;
for (const { set, seed } of names) {
  const opened = await openRealSet(values.home, set, seed);
  for (const task of tasks) for (const method of onFeatures) await measure(opened, method, task);
}
// Minutes each: seed by seed and task by task, so that what is there when it is stopped can be compared.
for (const seed of seedsOf(values["whole-seeds"])) {
  const sets = names.filter((one) => one.seed === seed);
  for (const task of tasks)
    for (const { set } of sets) await measure(await openRealSet(values.home, set, seed), "whole", task);
}
process.exit(0);
