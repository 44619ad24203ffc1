import * as tf from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultSettings } from "../../../src/selmix/steering/settings.ts";
import { type CycleReport, tune } from "../../../src/selmix/training/tune.ts";
import type { WholeProblem } from "../../../src/selmix/whole/backbone.ts";
import { defaultBackboneRate, type WholeSettings } from "../../../src/selmix/whole/settings.ts";
import { tuneWhole, type WholeState } from "../../../src/selmix/whole/tuneWhole.ts";
import { useBackend } from "../backend.ts";
import { smallProblem, trainedModel } from "./smallNetwork.ts";

const settings: WholeSettings = {
  ...defaultSettings,
  ...{ objective: "meanRecall", isHead: [true, true, false], steps: 64, batchSize: 8, cycle: 8 },
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

describe("a run", () => {
  test("is never worse on validation than its head alone, and says of each cycle what came of it", async () => {
    const reports: CycleReport[] = [];
    const outcome = await tuneWhole(problem, settings, { onCycle: (report) => void reports.push(report) });
    const byHead: CycleReport[] = [];
    await tune(problem, settings, { onCycle: (report) => void byHead.push(report) });
    const ofHead = byHead.findLast(({ best }) => best)?.objective ?? 1;
    expect(outcome.score.value).toBeGreaterThanOrEqual(ofHead);
    const counts = (some: readonly CycleReport[]) =>
      some.slice(0, byHead.length).map((report) => report.counts);
    expect(counts(reports)).toEqual(counts(byHead));
    expect(reports.map(({ cycle }) => cycle)).toEqual(reports.map((_, at) => at));
    expect(reports.at(-1)).toMatchObject({ step: 120, steps: 120, direction: null, measuredChange: null });
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
    const kept = state?.standing.live.weights ?? [];
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
    expect(states.map(({ step }) => step)).toEqual([64, 72, 80, 88, 96, 104]);
    for (const state of [states[0], states[2], states[5]]) {
      const later: CycleReport[] = [];
      const resumed = await tuneWhole(
        problem,
        chosen,
        { onCycle: (report) => void later.push(report) },
        state,
      );
      expect(resumed).toEqual(whole);
      expect(later).toEqual(reports.filter(({ step }) => step >= state.step - 8));
    }
  });

  test("learns from unlabelled samples by what the network takes them for", async () => {
    const ends = async (given: WholeProblem) => {
      const states: WholeState[] = [];
      await tuneWhole(given, settings, { onState: async (state) => void states.push(await state()) });
      return states.at(-1)?.standing.live.weights;
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
