/** The same look for large problems, on a tfjs backend. */
import * as tf from "@tensorflow/tfjs-core";
import { prototypesOf } from "../selmix/featureSet.ts";
import { GainGeometry, gain } from "../selmix/gain.ts";
import { headTensor } from "../selmix/headTensor.ts";
import { MIXING_MEAN } from "../selmix/sampler.ts";
import { chooseBackend } from "./backends/index.ts";
import { measureHeads } from "./measure.ts";
import type { Look } from "./policyLook.ts";
import type { Prepared } from "./prepare.ts";

/** WebAssembly, always: a call measures once, and anything else would take longer to start than that. */
export async function lookWithTensors(prepared: Prepared): Promise<Look> {
  await chooseBackend({ forced: "wasm" });
  const { buckets, head: like, validation } = prepared.problem;
  return {
    measure: (heads) => measureHeads(prepared, heads),
    async gain(head, derivative) {
      const labels = Int32Array.from(buckets, ({ label }) => label);
      const prototypes = prototypesOf(validation.rows, validation.buckets, buckets.length);
      const geometry = new GainGeometry(prototypes, labels, like.bias !== null);
      const logits: tf.Tensor2D = tf.tidy(() => tf.matMul(geometry.prototypes, headTensor(head)));
      try {
        return await gain(geometry, logits, derivative, MIXING_MEAN);
      } finally {
        tf.dispose(logits);
        geometry.dispose();
      }
    },
  };
}
