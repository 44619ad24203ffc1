/** Runs of any size with numbers that fit together: recalls, coverages and metrics follow from the confusion counts. */

import { reportedIds } from "../../src/metrics/catalogue.ts";
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import type {
  BucketRecord,
  CycleRecord,
  EvaluationRecord,
  MetricChanges,
  SplitEvaluation,
} from "../../src/protocol/records.ts";

export interface SyntheticOptions {
  readonly classes: number;
  readonly cycles: number;
  readonly groups?: number;
  /** Samples of a bucket. */
  readonly samples?: number;
  readonly state?: RunSnapshot["run"]["state"];
  /** False while the run has not ended. */
  readonly finished?: boolean;
  readonly runFolder?: string;
}

/** A repeatable number in [0, 1) (Weyl sequence). */
const noise = (index: number) => (index * 0.6180339887498949) % 1;

function counts(
  buckets: readonly { label: number }[],
  classes: number,
  samples: number,
  tuned: boolean,
): Int32Array<ArrayBuffer> {
  const out = new Int32Array(buckets.length * classes);
  buckets.forEach(({ label }, row) => {
    const share = tuned
      ? 0.7 + 0.25 * noise(row + 1)
      : 0.98 - 0.7 * (label / classes) * (0.6 + 0.4 * noise(row + 7));
    const right = Math.round(share * samples);
    out[row * classes + label] = right;
    const wrong = classes < 2 ? label : (label + 1 + Math.floor(noise(row + 3) * (classes - 1))) % classes;
    const at = row * classes + wrong;
    out[at] = (out[at] ?? 0) + samples - right;
  });
  return out;
}

function evaluate(
  matrix: Int32Array,
  buckets: readonly { label: number }[],
  classes: number,
): EvaluationRecord {
  const coverage = new Array<number>(classes).fill(0);
  let total = 0;
  const support = buckets.map((_, row) => {
    let sum = 0;
    for (let column = 0; column < classes; column += 1) {
      const count = matrix[row * classes + column] ?? 0;
      sum += count;
      coverage[column] = (coverage[column] ?? 0) + count;
    }
    total += sum;
    return sum;
  });
  const recall = buckets.map(({ label }, row) => (matrix[row * classes + label] ?? 0) / (support[row] || 1));
  const mean = recall.reduce((sum, each) => sum + each, 0) / recall.length;
  const lowest = recall.reduce((low, each) => Math.min(low, each), 1);
  return {
    meanRecall: mean,
    minRecall: lowest,
    gMean: (mean + lowest) / 2,
    hMean: (mean + 2 * lowest) / 3,
    minHeadTailRecall: lowest,
    macroF1: mean,
    minCoverage: coverage.reduce((low, each) => Math.min(low, each), total) / total,
    accuracy: mean,
    recall,
    coverage: coverage.map((count) => count / total),
    support,
  };
}

function changes(before: EvaluationRecord, after: EvaluationRecord): MetricChanges {
  const around = (value: number, half: number) => ({ value, low: value - half, high: value + half });
  const made: MetricChanges = {};
  for (const metric of reportedIds) {
    const [from, to] = [before[metric], after[metric]];
    if (from === undefined || to === undefined) continue;
    made[metric] = { before: around(from, 0.01), after: around(to, 0.01), change: around(to - from, 0.008) };
  }
  return made;
}

/** One cycle, as a running engine reports it. */
export function syntheticCycle(cycle: number, cycles: number, buckets: number, classes: number): CycleRecord {
  const done = cycle / Math.max(1, cycles);
  const recall = Array.from({ length: buckets }, (_, row) =>
    Math.min(1, 0.3 + 0.5 * done + 0.2 * noise(row + cycle)),
  );
  return {
    version: 2,
    cycle,
    step: cycle * 10,
    steps: cycles * 10,
    objective: recall.reduce((low, each) => Math.min(low, each), 1),
    recall,
    coverage: new Array<number>(classes).fill(1 / classes),
    multipliers: { objective: recall.map((each) => (1 - each) / buckets), constraints: [noise(cycle)] },
    feasible: cycle % 7 !== 3,
    best: cycle % 10 === 0,
    positiveGains: buckets,
    predictedChange: 0.001 * noise(cycle + 1),
    measuredChange: cycle === cycles ? null : 0.001 * noise(cycle + 1) + 0.0004 * (noise(cycle + 5) - 0.5),
    learningRate: 0.1 * (1 - done),
    gainIndex: cycle,
    seconds: 0.01,
  };
}

/** G and P [B,B] of a cycle: the diagonal hurts, the next class over helps most. */
export function syntheticGain(
  buckets: number,
  cycle: number,
): { gain: Float32Array<ArrayBuffer>; policy: Float32Array<ArrayBuffer> } {
  const gain = Float32Array.from({ length: buckets * buckets }, (_, at) => {
    const [row, column] = [Math.floor(at / buckets), at % buckets];
    if (row === column) return -0.05;
    return (column === (row + 1) % buckets ? 0.04 : 0.01) * (noise(at + cycle + 1) - 0.3);
  });
  const positive = gain.reduce((sum, value) => sum + Math.max(0, value), 0);
  return { gain, policy: gain.map((value) => Math.max(0, value) / positive) };
}

/** A whole run. */
export function syntheticRun(options: SyntheticOptions): RunSnapshot {
  const { classes: size, cycles, groups = 0, samples = 100, finished = true } = options;
  const classes = Array.from({ length: size }, (_, index) => `class ${index}`);
  const buckets = classes.flatMap((name, label): BucketRecord[] =>
    groups === 0
      ? [{ label, group: null, name }]
      : Array.from({ length: groups }, (_, group) => ({ label, group, name: `${name} / group ${group}` })),
  );
  const trainCounts = classes.map((_, label) => Math.round(5000 * 0.01 ** (label / Math.max(1, size - 1))));
  const headClasses = Array.from({ length: Math.ceil(0.9 * size) }, (_, label) => label);
  const confusion = {
    beforeValidation: counts(buckets, size, samples, false),
    afterValidation: counts(buckets, size, samples, true),
    beforeTest: counts(buckets, size, 2 * samples, false),
    afterTest: counts(buckets, size, 2 * samples, true),
  };
  const before = {
    validation: evaluate(confusion.beforeValidation, buckets, size),
    test: evaluate(confusion.beforeTest, buckets, size),
  };
  const after = {
    validation: evaluate(confusion.afterValidation, buckets, size),
    test: evaluate(confusion.afterTest, buckets, size),
  } satisfies SplitEvaluation;
  const runFolder = options.runFolder ?? "/ws/.selmix/runs/synthetic";
  const backend = { name: "wasm", device: "cpu", why: "the job is small" };
  const history = Array.from({ length: cycles }, (_, cycle) =>
    syntheticCycle(cycle, cycles, buckets.length, size),
  );
  const startedAt = "2026-01-02T03:04:05.000Z";
  return {
    runFolder,
    run: {
      version: 2,
      selmix: "0.1.0",
      state: options.state ?? (finished ? "done" : "running"),
      pid: 1,
      host: "here",
      startedAt,
      endedAt: finished ? "2026-01-02T03:04:15.000Z" : null,
      checkpoint: "/ws/checkpoints/epoch_12.safetensors",
      checkpointHash: "00",
      configurationPath: "/ws/selmix.json",
      configuration: {
        constraints: [{ metric: "coverage", atLeast: 0.8 / size }],
        tuning: { steps: 10 * cycles },
      },
      objective: "minRecall",
      seed: 0,
      backend,
      classes,
      buckets,
      trainCounts,
      headClasses,
      trigger: "user",
      error: null,
    },
    history,
    result: finished
      ? {
          version: 2,
          checkpoint: "/ws/checkpoints/epoch_12.safetensors",
          output: "/ws/tuned/epoch_12.selmix.safetensors",
          objective: "minRecall",
          constraints: [
            {
              ...{ metric: "coverage", part: "coverage", attribute: null, classes: ["class 0"], groups: [] },
              ...{ status: "holds", reason: null, test: null },
              kind: "atLeast",
              bound: 0.8 / size,
              value: 0.9 / size,
              low: 0.7 / size,
              high: 1 / size,
              satisfied: true,
            },
          ],
          backend,
          classes,
          buckets,
          trainCounts,
          headClasses,
          before,
          after,
          changes: {
            validation: changes(before.validation, after.validation),
            test: changes(before.test, after.test),
          },
          start: { kind: "checkpoint", tau: 0, why: "it was better on validation" },
          bestStep: 10 * Math.max(0, cycles - 1),
          steps: 10 * cycles,
          controls: [
            {
              id: "logitAdjustment",
              name: "logit adjustment",
              description: "Shifts the bias by the class frequencies.",
              trainingFree: true,
              evaluation: before,
              satisfied: true,
              seconds: 0.1,
            },
          ],
          audit: {
            cycles,
            rankCorrelation: 0.7,
            sentence: "Cycles that were predicted to help more did help more.",
          },
          warnings: [],
          seconds: { load: 0.1, tune: 0.6, save: 0.02, total: 0.8 },
          runFolder,
        }
      : null,
    confusion: finished ? confusion : {},
    updatedAt: Date.now(),
  };
}
