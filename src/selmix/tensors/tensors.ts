/** All that computes on tensors, on the tfjs backend that is set: what every backend brings that has nothing better. */
import * as tf from "@tensorflow/tfjs-core";
import { MIXING_MEAN } from "../mixing/sampler.ts";
import { type Head, rowsInMemory } from "../problem.ts";
import { gainsInArrays } from "../validation/arrays.ts";
import type { Compute, Gains } from "../validation/evaluator.ts";
import { gainByBlocks } from "../validation/gainByBlocks.ts";
import { TensorSet } from "./featureSet.ts";
import { GainGeometry, gain, gainBlock } from "./gain.ts";
import { headTensor } from "./headTensor.ts";
import { TensorTrainer } from "./trainer.ts";

/** Up to this many multiply-adds of a gain plain arrays beat the launches of device operations. */
const SMALL_GAIN = 4e5;

/** Whether a gain of B buckets is that small. */
export function isSmallGain(buckets: number, { classes, size }: Head): boolean {
  return buckets * classes * (size + 2 * buckets) <= SMALL_GAIN;
}

/** Rows, and columns, of a block of the gain: on a device each of its matrices takes so many times K numbers. */
const BLOCK = 512;

export const tensors: Compute = {
  features: (rows, head) => new TensorSet(rows, head),
  gains(prototypes, labels, head) {
    return (isSmallGain(labels.length, head) ? gainsInArrays : gainsOnDevice)(prototypes, labels, head);
  },
  trainer: (head, batchSize) => new TensorTrainer(head, batchSize),
};

function gainsOnDevice(prototypes: Float32Array, labels: Int32Array, like: Head): Gains {
  const { bias, size } = like;
  const geometry = new GainGeometry(prototypes, labels, bias !== null);
  return {
    async of(head, derivative) {
      const logits: tf.Tensor2D = tf.tidy(() => tf.matMul(geometry.prototypes, headTensor(head)));
      try {
        return await gain(geometry, logits, derivative, MIXING_MEAN);
      } finally {
        logits.dispose();
      }
    },
    async blocks(head, derivative, reader) {
      const set = new TensorSet(rowsInMemory(prototypes, size), head);
      const given = { set, prototypes, labels };
      await gainByBlocks(given, head, derivative, BLOCK, reader, (rows, columns) =>
        gainBlock(rows, columns, head.classes, MIXING_MEAN),
      ).finally(() => set.dispose());
    },
    dispose: () => geometry.dispose(),
  };
}
