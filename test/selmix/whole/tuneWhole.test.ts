import * as tf from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { headTensor } from "../../../src/selmix/headTensor.ts";
import { Random } from "../../../src/selmix/random.ts";
import { defaultSettings } from "../../../src/selmix/settings.ts";
import { type CycleReport, tune } from "../../../src/selmix/tune.ts";
import type { WholeProblem } from "../../../src/selmix/whole/backbone.ts";
import { copyOf } from "../../../src/selmix/whole/network.ts";
import { defaultBackboneRate, type WholeSettings } from "../../../src/selmix/whole/settings.ts";
import { WholeTrainer } from "../../../src/selmix/whole/trainer.ts";
import { tuneWhole, type WholeState } from "../../../src/selmix/whole/tuneWhole.ts";
import { useBackend } from "../backend.ts";
import { classes, smallModel, smallProblem, trainedModel, unsettle } from "./smallNetwork.ts";

const settings: WholeSettings = {
  ...defaultSettings,
  ...{ objective: "meanRecall", isHead: [true, true, false], steps: 60, batchSize: 8, cycle: 10 },
  ...{ augment: [], backboneRate: defaultBackboneRate },
};

let model: layers.LayersModel;
let problem: WholeProblem;
beforeAll(async () => {
  await useBackend("cpu");
  model = trainedModel();
  problem = await smallProblem(model);
}, 60_000);

const numbers = (tensors: readonly tf.Tensor[]) => tensors.map((one) => Float32Array.from(one.dataSync()));

describe("a step", () => {
  test("moves the backbone down the gradient of the loss, by finite differences", async () => {
    const smooth = smallModel("smooth");
    unsettle(smooth);
    const smoothProblem = await smallProblem(smooth);
    const { backbone, head, samples } = smoothProblem;
    const draw = (row: number, other: number, beta: number, label: number) => ({
      ...{ first: { rows: samples.train, row }, second: { rows: samples.train, row: other }, beta, label },
    });
    const batch = [draw(0, 61, 0.7, 0), draw(63, 5, 0.9, 1), draw(82, 70, 0.6, 2), draw(84, 83, 0.8, 2)];
    const live = { matrix: headTensor(head), weights: backbone.weights.map((weight) => tf.clone(weight)) };
    const loss = () => lossOf(smoothProblem, batch);
    const before = numbers(backbone.weights);
    const expected: number[][] = [];
    for (const weight of backbone.weights) expected.push(await differences(weight, loss));
    const trainer = new WholeTrainer(backbone, head, live, copyOf(live));
    const rate = 1;
    await trainer.step(batch, 2, { head: 0, backbone: rate, limit: 1e3 }, 1, {
      augment: [],
      random: new Random(1),
    });
    const after = numbers(backbone.weights);
    after.forEach((values, at) => {
      const scale = Math.max(...expected[at].map(Math.abs));
      expect(scale).toBeGreaterThan(0);
      expected[at].forEach((wanted, i) => {
        const moved = (before[at][i] - values[i]) / rate;
        expect(Math.abs(moved - wanted)).toBeLessThan(0.02 * scale);
      });
    });
    trainer.dispose();
  });
});

/** d loss / d weight of the first few numbers of a weight, by central differences. */
async function differences(weight: tf.Variable, loss: () => Promise<number>): Promise<number[]> {
  const values = Float32Array.from(weight.dataSync());
  const change = 1e-2;
  const at = async (i: number, by: number) => {
    const moved = values.slice();
    moved[i] += by;
    tf.tidy(() => weight.assign(tf.tensor(moved, weight.shape)));
    return loss();
  };
  const found: number[] = [];
  for (let i = 0; i < Math.min(values.length, 24); i++) {
    found.push(((await at(i, change)) - (await at(i, -change))) / (2 * change));
  }
  tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
  return found;
}

/** Mean cross-entropy of mixed features, in plain numbers. */
async function lossOf({ backbone, head, samples }: WholeProblem, batch: readonly Drawn[]): Promise<number> {
  const length = samples.train.shape.reduce((product, each) => product * each, 1);
  const values = new Float32Array(2 * batch.length * length);
  for (const [at, { first, second }] of batch.entries()) {
    await samples.train.read(first.row, values, at * length);
    await samples.train.read(second.row, values, (batch.length + at) * length);
  }
  const features = tf.tidy(() =>
    backbone.features(tf.tensor(values, [2 * batch.length, ...samples.train.shape])).arraySync(),
  );
  const losses = batch.map(({ beta, label }, at) => {
    const logits = Array.from({ length: classes }, (_unused, k) => {
      let logit = head.bias?.[k] ?? 0;
      for (let i = 0; i < head.size; i++) {
        const mixed = beta * features[at][i] + (1 - beta) * features[batch.length + at][i];
        logit += mixed * head.weight[k * head.size + i];
      }
      return logit;
    });
    return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[label];
  });
  return losses.reduce((sum, each) => sum + each, 0) / losses.length;
}

interface Drawn {
  readonly first: { readonly row: number };
  readonly second: { readonly row: number };
  readonly beta: number;
  readonly label: number;
}

describe("a run", () => {
  test("is never worse on validation than its head alone, and says of each cycle what came of it", async () => {
    const reports: CycleReport[] = [];
    const outcome = await tuneWhole(problem, settings, { onCycle: (report) => void reports.push(report) });
    const byHead: CycleReport[] = [];
    const alone = await tune(problem, settings, { onCycle: (report) => void byHead.push(report) });
    expect(outcome.score.value).toBeGreaterThanOrEqual(alone.score.value);
    const counts = (some: readonly CycleReport[]) =>
      some.slice(0, byHead.length).map((report) => report.counts);
    expect(counts(reports)).toEqual(counts(byHead));
    expect(reports.map(({ cycle }) => cycle)).toEqual(reports.map((_, at) => at));
    expect(reports.at(-1)).toMatchObject({ step: 105, steps: 105, direction: null, measuredChange: null });
    expect(reports.slice(0, -1).every(({ measuredChange }) => Number.isFinite(measuredChange))).toBe(true);
    expect(reports.filter(({ best }) => best).at(-1)?.step).toBe(outcome.bestStep);
  });

  test("leaves the model and the device as they were", async () => {
    const weights = numbers(model.weights.map((weight) => weight.read()));
    const tensors = tf.memory().numTensors;
    await tuneWhole(problem, { ...settings, steps: 20 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(numbers(model.weights.map((weight) => weight.read()))).toEqual(weights);
  });

  test("moves no statistics of batch-norm, and draws nothing by dropout", async () => {
    const frozen = () => numbers(model.getLayer("norm").getWeights().slice(2));
    const before = frozen();
    const features = () => tf.tidy(() => problem.backbone.features(tf.ones([2, 8, 8, 1])).arraySync());
    let moved: WholeState | null = null;
    await tuneWhole(problem, settings, {
      onState: async (state) => {
        expect(frozen()).toEqual(before);
        expect(features()).toEqual(features());
        moved = await state();
      },
    });
    expect(differs(moved)).toBe(true);
  });

  /** Whether the backbone of a state is another than the checkpoint's. */
  function differs(state: WholeState | null): boolean {
    const kept = state?.live.weights ?? [];
    return numbers(problem.backbone.weights).some((values, at) =>
      values.some((value, i) => value !== kept[at]?.[i]),
    );
  }

  test.each([
    ["as it is", {}],
    ["with augmentation", { augment: ["flip", "crop"] as const }],
  ])("goes on from any cycle to the same network, %s", async (_, changes) => {
    const chosen = { ...settings, ...changes };
    const states: WholeState[] = [];
    const reports: CycleReport[] = [];
    const whole = await tuneWhole(problem, chosen, {
      onState: async (state) => void states.push(await state()),
      onCycle: (report) => void reports.push(report),
    });
    expect(states.map(({ step }) => step)).toEqual([60, 70, 80, 90, 100]);
    for (const state of [states[0], states[2], states[4]]) {
      const later: CycleReport[] = [];
      const resumed = await tuneWhole(
        problem,
        chosen,
        { onCycle: (report) => void later.push(report) },
        state,
      );
      expect(resumed).toEqual(whole);
      expect(later).toEqual(reports.filter(({ step }) => step >= state.step - 10));
    }
  });

  test("mixes with unlabelled samples by what the network takes them for", async () => {
    const ends = async (given: WholeProblem) => {
      const states: WholeState[] = [];
      await tuneWhole(given, settings, { onState: async (state) => void states.push(await state()) });
      return states.at(-1)?.live.weights;
    };
    const both = await smallProblem(model, 20);
    const labelled = await ends(problem);
    expect(await ends(problem)).toEqual(labelled);
    expect(await ends(both)).not.toEqual(labelled);
  });

  test("stops when it is told to, and leaves nothing", async () => {
    const controller = new AbortController();
    const tensors = tf.memory().numTensors;
    const stopped = tuneWhole(problem, settings, {
      signal: controller.signal,
      onState: ({ length }) => void (length === 0 && controller.abort(new Error("enough"))),
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
