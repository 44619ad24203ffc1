/**
 * Training steps on head and backbone, plain SGD. With features g, mixed features m = beta g(x) + (1 - beta) g(x') and
 * X = [m, 1], the head H learns in closed form from the pairs of the policy, as in trainer.ts:
 *
 *     E = onehot(y) - softmax(X H),  H <- H + X' E rate / n
 *
 * and the backbone by the gradient of the cross-entropy of all pairs, under the head as it stands before the step.
 */
import * as tf from "@tensorflow/tfjs-core";
import { columnsOf } from "../headTensor.ts";
import type { MixedSample } from "../mixedBatch.ts";
import type { Head } from "../problem.ts";
import type { Random } from "../random.ts";
import { type Augmentation, augment } from "./augment.ts";
import { type Backbone, type SampleRows, sizeOfSample } from "./backbone.ts";
import type { NetworkTensors } from "./network.ts";

export interface Rates {
  readonly head: number;
  /** 0 leaves the backbone as it is. */
  readonly backbone: number;
  /** The most that a step may move the backbone, as a share of the norm of all its weights together. */
  readonly limit: number;
}

/** How images are changed before they are taken, and by which chance. */
export interface Changes {
  readonly augment: readonly Augmentation[];
  readonly random: Random;
}

export class WholeTrainer {
  readonly #backbone: Backbone;
  readonly #like: Head;
  #matrix: tf.Tensor2D;
  #average: NetworkTensors;

  /** Takes over `live` and `average`, whose tensors are disposed of with the trainer. */
  constructor(backbone: Backbone, head: Head, live: NetworkTensors, average: NetworkTensors) {
    this.#backbone = backbone;
    this.#like = head;
    this.#matrix = live.matrix;
    this.#average = average;
    this.#assign(live.weights);
    tf.dispose([...live.weights]);
  }

  /** The network as it is trained; the trainer's own tensors. */
  get live(): NetworkTensors {
    return { matrix: this.#matrix, weights: this.#backbone.weights };
  }

  /** Its average over the last steps. */
  get average(): NetworkTensors {
    return this.#average;
  }

  /** Works with the backbone at its average. */
  async underAverage<T>(work: () => Promise<T>): Promise<T> {
    const live = this.#backbone.weights.map((weight) => tf.clone(weight));
    this.#assign(this.#average.weights);
    try {
      return await work();
    } finally {
      this.#assign(live);
      tf.dispose(live);
    }
  }

  /** Goes on from the average. */
  settle(): void {
    this.#assign(this.#average.weights);
    this.#matrix.dispose();
    this.#matrix = tf.clone(this.#average.matrix);
  }

  /**
   * One step. The first `even` samples are for the backbone only.
   * @param following how far the average follows; 1 makes it what was just trained
   */
  async step(
    samples: readonly MixedSample<SampleRows>[],
    even: number,
    rates: Rates,
    following: number,
    images: Changes,
  ): Promise<void> {
    const batch = await readBatch(samples, this.#like.classes, images);
    const moves = rates.backbone > 0;
    tf.tidy(() => {
      const inputs = tf.tensor(batch.values, [2 * samples.length, ...batch.shape]);
      const betas = tf.tensor2d(batch.betas, [samples.length, 1]);
      const targets = tf.tensor2d(batch.targets, [samples.length, this.#like.classes]);
      const mixed = moves ? this.#moveBackbone(inputs, betas, targets, rates) : this.#mixed(inputs, betas);
      this.#moveHead(mixed, targets, even, rates.head);
      this.#follow(following, moves);
    });
  }

  dispose(): void {
    tf.dispose([this.#matrix, this.#average.matrix, ...this.#average.weights]);
  }

  #assign(weights: readonly tf.Tensor[]): void {
    for (const [at, variable] of this.#backbone.weights.entries()) variable.assign(weights[at]);
  }

  /** Mixed features with a constant 1 where the head has a bias, [n, d (+1)]. */
  #mixed(inputs: tf.Tensor, betas: tf.Tensor2D): tf.Tensor2D {
    const [one, other] = tf.split(this.#backbone.features(inputs), 2);
    const mixed: tf.Tensor2D = tf.add(other, tf.mul(betas, tf.sub(one, other)));
    if (columnsOf(this.#like) === this.#like.size) return mixed;
    return tf.concat([mixed, tf.onesLike(betas)], 1);
  }

  /** Moves the backbone; returns the mixed features from before. */
  #moveBackbone(inputs: tf.Tensor, betas: tf.Tensor2D, targets: tf.Tensor2D, rates: Rates): tf.Tensor2D {
    const { weights } = this.#backbone;
    const seen: tf.Tensor2D[] = [];
    const loss = (): tf.Scalar => {
      const mixed = this.#mixed(inputs, betas);
      seen.push(tf.keep(mixed));
      const logProbabilities = tf.logSoftmax(tf.matMul(mixed, this.#matrix));
      return tf.neg(tf.div(tf.sum(tf.mul(targets, logProbabilities)), targets.shape[0]));
    };
    const { grads } = tf.variableGrads(loss, [...weights]);
    const room = tf.div(
      tf.mul(normOf([...weights]), rates.limit),
      tf.add(normOf(Object.values(grads)), TINY),
    );
    const rate = tf.minimum(room, rates.backbone);
    for (const weight of weights) {
      const gradient = grads[weight.name];
      if (gradient) weight.assign(tf.sub(weight, tf.mul(gradient, rate)));
    }
    const [mixed] = seen.map((one): tf.Tensor2D => tf.clone(one));
    tf.dispose(seen);
    return mixed;
  }

  #moveHead(mixed: tf.Tensor2D, targets: tf.Tensor2D, even: number, rate: number): void {
    const count = mixed.shape[0] - even;
    if (count === 0) return;
    const features = tf.slice(mixed, [even, 0]);
    const missing = tf.sub(tf.slice(targets, [even, 0]), tf.softmax(tf.matMul(features, this.#matrix)));
    const step = tf.mul(tf.matMul(features, missing, true), rate / count);
    const next = tf.keep(tf.add<tf.Tensor2D>(this.#matrix, step));
    this.#matrix.dispose();
    this.#matrix = next;
  }

  #follow(share: number, moves: boolean): void {
    const follow = <T extends tf.Tensor>(mean: T, value: T): T =>
      tf.keep(share === 1 ? tf.clone(value) : tf.add<T>(mean, tf.mul(tf.sub(value, mean), share)));
    const next = {
      matrix: follow(this.#average.matrix, this.#matrix),
      weights: moves
        ? this.#average.weights.map((mean, at) => follow<tf.Tensor>(mean, this.#backbone.weights[at]))
        : this.#average.weights,
    };
    this.#average.matrix.dispose();
    if (moves) tf.dispose([...this.#average.weights]);
    this.#average = next;
  }
}

/** Keeps a gradient of 0 from being divided by. */
const TINY = 1e-20;

/** Euclidean norm of all numbers of some tensors together. */
function normOf(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum<tf.Scalar>(tf.square(tensor)))));
}

/** The first samples of all pairs, then the second ones. */
async function readBatch(samples: readonly MixedSample<SampleRows>[], classes: number, changes: Changes) {
  const { shape } = samples[0].first.rows;
  const size = sizeOfSample(samples[0].first.rows);
  const values = new Float32Array(2 * samples.length * size);
  const targets = new Float32Array(samples.length * classes);
  for (const [at, { first, second, label }] of samples.entries()) {
    const other = second ?? first;
    targets[at * classes + label] = 1;
    await first.rows.read(first.row, values, at * size);
    await other.rows.read(other.row, values, (samples.length + at) * size);
  }
  if (changes.augment.length > 0) augment(values, shape, changes.augment, changes.random);
  return { values, shape, targets, betas: Float32Array.from(samples, ({ beta }) => beta) };
}
