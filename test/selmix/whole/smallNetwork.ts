/** A small convolutional network on small images of long-tailed classes, made for tests. */
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import type { Head } from "../../../src/selmix/problem.ts";
import { Random } from "../../../src/selmix/random.ts";
import {
  type Backbone,
  featuresOf,
  type SampleRows,
  type WholeProblem,
} from "../../../src/selmix/whole/backbone.ts";

export const side = 8;
export const classes = 3;
const size = 6;
export const trainCounts = [60, 20, 6];

export interface Images {
  readonly samples: SampleRows;
  readonly values: Float32Array;
  readonly labels: Int32Array;
}

/** Noise with a bar at the class's own row; the bars overlap, so that classes are mistaken for each other. */
export function images(perClass: readonly number[], seed: number): Images {
  const random = new Random(seed);
  const labels = Int32Array.from(perClass.flatMap((count, k) => new Array<number>(count).fill(k)));
  const values = new Float32Array(labels.length * side * side);
  labels.forEach((label, row) => {
    for (let at = 0; at < side * side; at++) {
      const y = Math.floor(at / side);
      const isBar = y === 2 + label || y === 3 + label;
      values[row * side * side + at] = (isBar ? 0.8 : 0) + 1.6 * (random.uniform() - 0.5);
    }
  });
  return { samples: samplesOf(values), values, labels };
}

export function samplesOf(values: Float32Array): SampleRows {
  const length = side * side;
  return {
    count: values.length / length,
    shape: [side, side, 1],
    read: async (row, target, at) => target.set(values.subarray(row * length, (row + 1) * length), at),
  };
}

/** conv, batch-norm, pooling, dropout, a hidden layer, and the head "fc"; smooth ones have derivatives everywhere. */
export function smallModel(kind: "usual" | "smooth" = "usual"): layers.Sequential {
  const activation = kind === "smooth" ? "tanh" : "relu";
  const pooling = { name: "pool", poolSize: 2 } as const;
  const kernel = (salt: number) => layers.initializers.glorotNormal({ seed: 5 + salt });
  // Features of a usual size, so that the rate that follows from them is one.
  const wide = layers.initializers.randomNormal({ stddev: 0.4, seed: 7 });
  return layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...{ name: "conv", inputShape: [side, side, 1], filters: 4, kernelSize: 3, padding: "same" as const },
        ...{ activation, kernelInitializer: kernel(1) },
      }),
      layers.layers.batchNormalization({ name: "norm" }),
      kind === "smooth" ? layers.layers.averagePooling2d(pooling) : layers.layers.maxPooling2d(pooling),
      layers.layers.flatten({ name: "flat" }),
      layers.layers.dropout({ name: "drop", rate: 0.5 }),
      layers.layers.dense({ name: "hidden", units: size, activation, kernelInitializer: wide }),
      layers.layers.dense({ name: "fc", units: classes, kernelInitializer: kernel(3) }),
    ],
  });
}

/** Statistics that are not those of a fresh layer, so that a test sees when they are used or changed. */
export function unsettle(model: layers.LayersModel): void {
  const norm = model.getLayer("norm");
  norm.setWeights([
    tf.tensor1d([1.1, 0.9, 1, 1.2]),
    tf.tensor1d([0.1, 0, -0.1, 0.2]),
    tf.tensor1d([0.2, 0.3, 0.1, 0.2]),
    tf.tensor1d([0.5, 1.5, 0.8, 1.2]),
  ]);
}

/** The same, trained on long-tailed images: good for the first class, bad for the last. */
export function trainedModel(): layers.LayersModel {
  const model = smallModel();
  unsettle(model);
  const { values, labels } = images(trainCounts, 1);
  const variables = model.trainableWeights.map(variableOf);
  const optimizer = tf.train.sgd(0.1);
  const random = new Random(9);
  const batch = 12;
  for (let step = 0; step < 60; step++) {
    const rows = Array.from({ length: batch }, () => random.integer(labels.length));
    const pixels = rows.flatMap((row) => [...values.subarray(row * side * side, (row + 1) * side * side)]);
    tf.tidy(() => {
      const samples = tf.tensor(pixels, [batch, side, side, 1]);
      const wanted = rows.map((row) => labels[row]);
      const targets = tf.oneHot(tf.tensor1d(wanted, "int32"), classes);
      const loss = () =>
        tf.mean<tf.Scalar>(tf.losses.softmaxCrossEntropy(targets, numbersOf(model, samples)));
      optimizer.minimize(loss, false, variables);
    });
  }
  optimizer.dispose();
  return model;
}

function variableOf(weight: layers.LayersModel["trainableWeights"][number]): tf.Variable {
  const variable = weight.read();
  if (!(variable instanceof tf.Variable)) throw new Error("no variable");
  return variable;
}

function numbersOf(model: layers.LayersModel, samples: tf.Tensor): tf.Tensor {
  const found = model.apply(samples, { training: false });
  if (!(found instanceof tf.Tensor)) throw new Error("no tensor");
  return found;
}

export function backboneOf(model: layers.LayersModel): Backbone {
  const features = model.getLayer("fc").input;
  if (Array.isArray(features)) throw new Error("one input");
  const cut = layers.model({ inputs: model.inputs, outputs: features });
  return {
    weights: cut.trainableWeights.map(variableOf),
    features: (samples) => tf.reshape<tf.Rank.R2>(numbersOf(cut, samples), [samples.shape[0], size]),
  };
}

/** Everything as the engine would give it, the features made by the network as it is. */
export async function smallProblem(model: layers.LayersModel, unlabeled = 0): Promise<WholeProblem> {
  const backbone = backboneOf(model);
  const [train, validation] = [images(trainCounts, 1), images([15, 15, 15], 2)];
  const rest = async () => undefined;
  const rows = (samples: SampleRows) => featuresOf(backbone, samples, size, 32, rest);
  const [weight, bias] = model.getLayer("fc").getWeights();
  const head: Head = {
    ...{ classes, size },
    weight: Float32Array.from(tf.tidy(() => tf.transpose(weight).dataSync())),
    bias: Float32Array.from(bias.dataSync()),
  };
  const partners = unlabeled > 0 ? images([unlabeled, unlabeled, unlabeled], 3).samples : null;
  return {
    ...{ classes, head, backbone },
    buckets: Array.from({ length: classes }, (_unused, label) => ({ label, group: null })),
    train: { rows: await rows(train.samples), buckets: train.labels },
    validation: { rows: await rows(validation.samples), buckets: validation.labels },
    samples: {
      train: train.samples,
      validation: validation.samples,
      ...(partners && { unlabeled: partners }),
    },
    ...(partners && { unlabeled: await rows(partners) }),
  };
}
