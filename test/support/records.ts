/** Small, valid records of a run, for tests. */
import os from "node:os";
import type { NewCycle } from "../../src/project/runFolder.ts";
import type {
  ConstraintVerdict,
  EvaluationRecord,
  RunRecord,
  TuneResult,
} from "../../src/protocol/records.ts";

export const classes = ["cat", "dog", "eel"];
const buckets = classes.map((name, label) => ({ label, group: null, name }));

export function evaluation(change: Partial<EvaluationRecord> = {}): EvaluationRecord {
  return {
    meanRecall: 0.7,
    minRecall: 0.5,
    gMean: 0.69,
    hMean: 0.68,
    minHeadTailRecall: 0.5,
    macroF1: 0.66,
    minCoverage: 0.2,
    accuracy: 0.8,
    recall: [0.9, 0.7, 0.5],
    coverage: [0.5, 0.3, 0.2],
    support: [10, 10, 10],
    ...change,
  };
}

export function verdictOf(change: Partial<ConstraintVerdict> = {}): ConstraintVerdict {
  const judgement = {
    ...{ part: "coverage", attribute: null, classes: ["cat"], groups: [] },
    ...{ value: 0.2, low: 0.1, high: 0.3, status: "holds" as const, reason: null },
  };
  return {
    ...{ metric: "coverage", kind: "atLeast", bound: 0.1 },
    ...judgement,
    ...{ satisfied: true, test: null },
    ...change,
  };
}

export function runOf(change: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 2,
    selmix: "0.1.0",
    state: "running",
    pid: process.pid,
    host: os.hostname(),
    startedAt: new Date().toISOString(),
    endedAt: null,
    checkpoint: "/ws/checkpoints/epoch_12.safetensors",
    checkpointHash: "00",
    configurationPath: "/ws/selmix.json",
    configuration: {},
    objective: "minRecall",
    seed: 0,
    backend: null,
    classes,
    buckets,
    trainCounts: [100, 30, 10],
    headClasses: [0, 1],
    trigger: "user",
    error: null,
    ...change,
  };
}

export function cycleOf(cycle: number, steps = 100): NewCycle {
  return {
    cycle,
    step: cycle * 10,
    steps,
    objective: 0.5 + cycle / 100,
    recall: [0.9, 0.7, null],
    coverage: [0.5, 0.3, 0.2],
    multipliers: { objective: [0, 0, 1], constraints: [] },
    feasible: true,
    best: cycle === 0,
    positiveGains: 4,
    predictedChange: 0.01,
    measuredChange: 0.009,
    learningRate: 0.1,
    seconds: 0.003,
  };
}

export function resultOf(change: Partial<TuneResult> = {}): TuneResult {
  const before = { validation: evaluation(), test: null };
  const after = { validation: evaluation({ minRecall: 0.65, recall: [0.85, 0.72, 0.65] }), test: null };
  const still = { value: 0.5, low: 0.4, high: 0.6 };
  const same = { before: still, after: still, change: { value: 0, low: -0.1, high: 0.1 } };
  return {
    version: 2,
    checkpoint: "/ws/checkpoints/epoch_12.safetensors",
    output: "/ws/tuned/epoch_12.selmix.safetensors",
    objective: "minRecall",
    constraints: [],
    backend: { name: "wasm", device: "cpu", why: "fastest" },
    classes,
    buckets,
    trainCounts: [100, 30, 10],
    headClasses: [0, 1],
    before,
    after,
    changes: {
      validation: {
        meanRecall: same,
        minRecall: {
          before: still,
          after: { ...still, value: 0.65 },
          change: { value: 0.15, low: 0.05, high: 0.25 },
        },
        gMean: same,
        hMean: same,
        minHeadTailRecall: same,
        macroF1: same,
        minCoverage: same,
        accuracy: same,
      },
      test: null,
    },
    start: { kind: "logitAdjusted", tau: 1.5, why: "better on validation" },
    bestStep: 40,
    steps: 100,
    controls: [],
    audit: {
      cycles: 10,
      rankCorrelation: 0.7,
      sentence: "The gain predicted the order of the changes well.",
    },
    warnings: [],
    seconds: { load: 0.1, tune: 0.6, save: 0.02, total: 0.8 },
    runFolder: "/ws/.selmix/runs/x",
    ...change,
  };
}
