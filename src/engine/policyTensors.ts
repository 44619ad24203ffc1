/** The same views for large problems, on a tfjs backend. */
import * as tf from "@tensorflow/tfjs-core";
import { prototypesOf } from "../selmix/featureStatistics.ts";
import { GainGeometry, gain } from "../selmix/gain.ts";
import { headTensor } from "../selmix/headTensor.ts";
import { MIXING_MEAN } from "../selmix/sampler.ts";
import { Validation } from "../selmix/validation.ts";
import { chooseBackend } from "./backends/index.ts";
import { measureHeads } from "./measure.ts";
import type { Viewer } from "./policyView.ts";
import type { Prepared } from "./prepare.ts";

/** WebAssembly, always: a call looks a few times, and anything else would take longer to start than that. */
export async function viewerWithTensors(prepared: Prepared): Promise<Viewer> {
  await chooseBackend({ forced: "wasm" });
  const { problem } = prepared;
  const onValidation = async <T>(use: (validation: Validation) => Promise<T>): Promise<T> => {
    const validation = new Validation(problem);
    try {
      return await use(validation);
    } finally {
      validation.dispose();
    }
  };
  return {
    measure: (heads) => measureHeads(prepared, heads),
    spread: (head) => onValidation((validation) => validation.spread(head)),
    scoreShifted: (head, offsets, spread, goal) =>
      onValidation((validation) => validation.scoreShifted(head, offsets, spread, goal)),
    look: (head, spread) =>
      onValidation(async (validation) => {
        const matrix = headTensor(head);
        try {
          return await validation.look(matrix, spread);
        } finally {
          matrix.dispose();
        }
      }),
    async gain(head, derivative) {
      const { buckets, validation } = problem;
      const labels = Int32Array.from(buckets, ({ label }) => label);
      const prototypes = prototypesOf(validation.rows, validation.buckets, buckets.length);
      const geometry = new GainGeometry(prototypes, labels, head.bias !== null);
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
