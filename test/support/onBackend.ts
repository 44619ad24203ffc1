/**
 * A program that works on one backend and reports as JSON on its last line: `node onBackend.ts <backend> <action>
 * [package path] [storage]`. A process of its own, because native libraries are not ours to trust with the tests' process.
 */

import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { chooseBackend, whileDeviceLives } from "../../src/engine/backends/index.ts";
import { measureHeads } from "../../src/engine/measure/measure.ts";
import { splitEvaluationOf } from "../../src/engine/measure/measured.ts";
import { chooseCheckpoint } from "../../src/engine/problem/chooseCheckpoint.ts";
import { prepare } from "../../src/engine/problem/prepare.ts";
import { settingsOf } from "../../src/engine/problem/settings.ts";
import { loadProject } from "../../src/project/load.ts";
import { headByCounts } from "../../src/selmix/confusion/objectives.ts";
import { defaultSettings } from "../../src/selmix/steering/settings.ts";
import { GainGeometry, gain } from "../../src/selmix/tensors/gain.ts";
import { type TuneOutcome, tune } from "../../src/selmix/training/tune.ts";
import { blobProblem } from "../selmix/blobs.ts";
import vectors from "../selmix/vectors.json" with { type: "json" };
import { worstStep } from "./trainingSteps.ts";

const [backend = "", action = "", packagePath = "", storage = ""] = process.argv.slice(2);
const places = { storage, ...(packagePath && { packagePath }) };

/** The largest error of any vector's gain, as a share of its largest entry. */
async function worstGain(): Promise<number> {
  let worst = 0;
  for (const given of vectors.cases) {
    const geometry = new GainGeometry(
      Float32Array.from(given.prototypes.flat()),
      Int32Array.from(given.label),
      true,
    );
    const logits = tf.tidy(() => {
      const weight = tf.tensor2d(given.weight);
      return tf.add<tf.Tensor2D>(
        tf.matMul(tf.tensor2d(given.prototypes), tf.transpose(weight)),
        tf.tensor1d(given.bias),
      );
    });
    for (const expected of Object.values(given.objectives)) {
      const derivative = expected.dPsi.flat();
      const found = await gain(geometry, logits, derivative, vectors.beta);
      const wanted: number[] = expected.gain.flat();
      const scale = Math.max(...wanted.map(Math.abs));
      wanted.forEach((value, at) => {
        worst = Math.max(worst, Math.abs(found[at] - value) / scale);
      });
    }
    logits.dispose();
    geometry.dispose();
  }
  return worst;
}

const problem = blobProblem({
  classes: 5,
  size: 8,
  trainCounts: [400, 130, 45, 15, 5],
  validationPerBucket: 100,
});

function tuned(onCycle: () => void = () => {}, steps = 60): Promise<TuneOutcome> {
  const settings = {
    ...defaultSettings,
    objective: "meanRecall" as const,
    isHead: headByCounts([400, 130, 45, 15, 5]),
    steps,
    seed: 3,
  };
  return whileDeviceLives(tune(problem, settings, { onCycle }, compute));
}

/** All metrics of a tune of the example, on validation and on test. */
async function tunedExample(): Promise<Record<string, number>> {
  const folder = path.resolve(import.meta.dirname, "../../examples/fashion-mnist-lt");
  const project = loadProject(path.join(folder, "selmix.json"));
  const prepared = await prepare(project, await chooseCheckpoint(project, null));
  try {
    const { head } = await tune(prepared.problem, { ...settingsOf(prepared), steps: 200 }, {}, compute);
    const [measured] = await measureHeads(prepared, [head], compute);
    const { validation, test } = splitEvaluationOf(measured);
    return { ...numbersOf("validation", validation), ...(test && numbersOf("test", test)) };
  } finally {
    await prepared.close();
  }
}

function numbersOf(split: string, record: object): Record<string, number> {
  const numbers = Object.entries(record).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers.map(([name, value]) => [`${split} ${name}`, value]));
}

async function act(): Promise<object> {
  switch (action) {
    case "vectors":
      return { worst: await worstGain() };
    case "steps":
      return { worst: await worstStep(compute) };
    case "tune":
      return { value: (await tuned()).score.value };
    case "example":
      return { metrics: await tunedExample() };
    case "lose": {
      const device: unknown = Reflect.get(tf.backend(), "device");
      const destroy = () => {
        if (typeof device === "object" && device !== null) Reflect.get(device, "destroy").call(device);
      };
      let cycles = 0;
      await tuned(() => {
        cycles++;
        if (cycles === 2) destroy();
      }, 10_000);
      return {};
    }
    default:
      throw new Error(`no action ${action}`);
  }
}

const { record: chosen, compute } = await chooseBackend({ ...places, forced: backend });
let answer: object;
try {
  answer = { ...chosen, ...(await act()) };
} catch (error) {
  answer = { ...chosen, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
