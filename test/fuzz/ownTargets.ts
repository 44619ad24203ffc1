/** Readers of what SelMix itself writes, for a stranger's folder holds it too: run folders, configurations, states. */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { storedState } from "../../src/engine/policy/policyState.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import { isCurrent } from "../../src/features/extraction/stamp.ts";
import { checkpointMatcher } from "../../src/project/checkpointFiles.ts";
import { classNamesOf, listedClasses } from "../../src/project/classNames.ts";
import { globMatcher, splitGlob } from "../../src/project/glob.ts";
import { checkConfiguration } from "../../src/project/load.ts";
import { encodeCounts, encodeGain } from "../../src/project/matrices.ts";
import { listRunFolders, readGain, readResult, readRun, readRunRecord } from "../../src/project/readRuns.ts";
import { packedSnapshot, packSnapshot } from "../../src/protocol/packedSnapshot.ts";
import { verdictsText } from "../../src/words/constraints.ts";
import { shortHeadline } from "../../src/words/verdict.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { cycleOf, resultOf, runOf } from "../support/records.ts";
import type { Target } from "./targets.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const run = runOf({ state: "done", startedAt: "2026-05-01T10:20:30.000Z", pid: 1 });
const result = resultOf();
const cells = run.buckets.length * run.buckets.length;
const history = [0, 1, 2]
  .map((index) => JSON.stringify({ ...cycleOf(index), gainIndex: index === 2 ? null : index }))
  .join("\n");
const numbers = (count: number) => Buffer.from(Float32Array.from({ length: count }, (_, i) => i / 10).buffer);

/** The files of a run, each the mutated one of a target, in a folder where runs lie. */
const runFiles = new Map<string, Uint8Array>([
  ["run.json", json(run)],
  ["result.json", json(result)],
  ["history.jsonl", Buffer.from(`${history}\n`)],
  [
    "gain16.bin",
    Buffer.from(encodeGain(new Float32Array(cells).fill(0.1), new Float32Array(cells).fill(0.2))),
  ],
  ["counts.bin", Buffer.from(encodeCounts(Int32Array.from({ length: cells }, (_, i) => i)))],
  ["gain.bin", numbers(4 * cells)],
  ["confusion.bin", Buffer.from(Int32Array.from({ length: 4 * cells }, (_, i) => i).buffer)],
]);

const configuration = {
  checkpoints: ["checkpoints/*.safetensors", "**/{best,last}-[0-9].pt"],
  head: { weight: "fc.weight", bias: null },
  features: {
    train: "a.npz",
    validation: "b.npz",
    test: "c.npz",
    command: ["python", "${checkpoint}", "${featuresDir}"],
  },
  classes: ["a", "b", "c"],
  groups: ["m", "f"],
  headClasses: ["a", 1],
  objective: "minRecall",
  constraints: [
    { metric: "coverage", atLeast: 0.1 },
    { metric: "recall", classes: ["a"], atMost: 0.9 },
  ],
  tuning: { steps: 100, seed: 1, train: "head", augment: [] },
  output: "tuned/${checkpointName}${checkpointExt}",
};

/** One that does not say what the classes are called. */
const nameless = { checkpoints: ["*.safetensors"], features: { train: "a.npz", validation: "b.npz" } };

const state = {
  version: 2,
  objective: "minRecall",
  cycle: 3,
  averaged: "AAAAAAAA8D8=",
  temperature: 1.2,
  spread: 0.5,
  selection: { best: { value: 0.5, violation: 0 }, threshold: { value: 0.4, violation: 0.1 } },
  start: null,
  run: null,
};

export const ownTargets: readonly Target[] = [
  ...[...runFiles].map(
    ([name, seed]): Target => ({
      name: `run-${path.parse(name).name}`,
      file: path.join(".selmix/runs/r", name),
      seeds: [seed],
      structured: name.endsWith(".bin") ? null : name.endsWith(".jsonl") ? "lines" : "json",
      beside: new Map([...runFiles].map(([other, bytes]) => [path.join(".selmix/runs/r", other), bytes])),
      read: async (file) => readRunFolder(path.dirname(file)),
    }),
  ),
  {
    name: "configuration",
    file: "selmix.json",
    seeds: [json(configuration), Buffer.from(JSON.stringify(configuration, null, 2))],
    structured: "json",
    beside: new Map(),
    read: async (file, bytes) => readConfiguration(file, Buffer.from(bytes).toString("utf8")),
  },
  {
    name: "glob",
    file: "glob.txt",
    seeds: ["checkpoints/**/{best,last}-[0-9]*.pt", "@(a|b)?(c)*(d|+(e|f))/[!x-z]\\*.pt"].map((text) =>
      Buffer.from(text),
    ),
    structured: null,
    beside: new Map(),
    async read(_, bytes) {
      const { pattern } = splitGlob(Buffer.from(bytes).toString("utf8"));
      const matches = globMatcher(pattern);
      for (const name of ["checkpoints/a/best-1x.pt", "a".repeat(200), pattern]) matches(name);
    },
  },
  {
    name: "run-changed",
    file: ".selmix/runs/r/changed.safetensors",
    seeds: [makeSafetensors({ "fc.weight": { dtype: "F16", shape: [2, 2], values: [1, 2, 3, 4] } })],
    structured: null,
    beside: new Map(),
    read: async (file) => void (await readChanged(path.dirname(file))),
  },
  {
    name: "class-names",
    file: "config.json",
    seeds: [json({ id2label: { 0: "cat", 1: "dog" }, problem_type: "single_label_classification" })],
    structured: "json",
    beside: new Map(),
    async read(file, bytes) {
      const { configuration: checked } = checkConfiguration(JSON.stringify(nameless), file);
      if (!checked) throw new Error("the configuration is not sound");
      const folder = path.dirname(file);
      const project = {
        path: file,
        ...{ folder, workspace: folder, allowOutside: false, configuration: checked },
      };
      const model = { path: path.join(folder, "model.safetensors"), format: "safetensors" };
      classNamesOf(project, model);
      writeFileSync(path.join(folder, "classes.txt"), bytes);
      listedClasses([folder]);
    },
  },
  {
    name: "policy-state",
    file: "state.json",
    seeds: [json(state)],
    structured: "json",
    beside: new Map(),
    read: async (file) => void storedState(file),
  },
  {
    name: "stamp",
    file: "features.json",
    seeds: [json({ madeFrom: "x", tables: { a: "1 2" } })],
    structured: "json",
    beside: new Map(),
    read: async (file) => void (await isCurrent(file, "x", ["a"])),
  },
];

/** As the sidebar and the panels do; a record that is readable must be one that can be shown. */
function readRunFolder(folder: string): void {
  const all = listRunFolders(path.resolve(folder, "../../.."));
  if (all.length !== 1) throw new Error(`${all.length} run folders`);
  readRunRecord(folder);
  const told = readResult(folder);
  if (told) {
    shortHeadline(told);
    verdictsText(told.constraints);
  }
  const snapshot = readRun(folder);
  if (!snapshot) return;
  for (const { gainIndex } of snapshot.history) {
    if (gainIndex !== null) readGain(folder, gainIndex, snapshot.run.buckets.length);
  }
  packedSnapshot.parse(packSnapshot(snapshot));
}

function readConfiguration(file: string, text: string): void {
  const checked = checkConfiguration(text, file);
  if (!checked.configuration) {
    if (checked.problems.length === 0) throw new Error("refused without a problem");
    return;
  }
  const folder = path.dirname(file);
  const project = {
    path: file,
    folder,
    workspace: folder,
    allowOutside: false,
    configuration: checked.configuration,
  };
  const matcher = checkpointMatcher(project);
  for (const { path: root } of matcher.folders) {
    if (path.relative(folder, root).startsWith("..")) throw new Error(`a glob leads to ${root}`);
  }
  matcher.matches(path.join(folder, "checkpoints/epoch-10.safetensors"));
}
