import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { describe, expect, it } from "vitest";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { worstStep } from "../support/trainingSteps.ts";

describe.each(["cpu", "wasm", "native"] as const)("steps on %s", (backend) => {
  it("change the head as the equations say, wherever the samples come from", async () => {
    const { compute } = await chooseBackend({ forced: backend });
    const tensors = tf.memory().numTensors;
    expect(await worstStep(compute)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
