/**
 * Training steps on a whole network. From the features of a batch, a constant 1 appended where the head has a bias, X, the
 * loss is the cross-entropy of M X H + L (batches.ts says what these are): that of mixed features under the prior of
 * the training set, added to the logits so that the head itself stays balanced (Menon et al., 2021; docs/method.md, eq. (55)). AdamW moves head
 * and backbone.
 */
import * as tf from "@tensorflow/tfjs-core";
import { adamW, follow, type Moments } from "./adamW.ts";
import { type Backbone, underWeights } from "./backbone.ts";
import type { WholeBatch } from "./batches.ts";
import { type NetworkNumbers, numbersOf, type Standing } from "./network.ts";

export class WholeTrainer {
  readonly #backbone: Backbone;
  readonly #head: tf.Variable<tf.Rank.R2>;
  /** The head, and then the backbone's weights; the same order everywhere. */
  readonly #live: readonly tf.Variable[];
  readonly #average: readonly tf.Variable[];
  readonly #moments: Moments;
  #steps: number;

  /**
   * Sets the backbone's weights to where training stands.
   * @param classes columns K of the head
   * @param steps done to get there
   */
  constructor(backbone: Backbone, classes: number, standing: Standing, steps: number) {
    const { live, average, firstMoment, secondMoment } = standing;
    const variables = (network: NetworkNumbers) => variablesOf(network, backbone, classes);
    this.#backbone = backbone;
    this.#head = headVariable(live.matrix, classes);
    this.#live = [this.#head, ...backbone.weights];
    this.#average = variables(average);
    this.#moments = { first: variables(firstMoment), second: variables(secondMoment) };
    this.#steps = steps;
    for (const [at, weight] of backbone.weights.entries()) {
      tf.tidy(() => weight.assign(tf.tensor(live.weights[at], weight.shape)));
    }
  }

  /** One step; `following` is how far the average follows. */
  step(batch: WholeBatch, rate: number, following: number): void {
    this.#steps++;
    tf.tidy(() => {
      const { grads } = tf.variableGrads(this.#loss(batch), [...this.#live]);
      const gradients = this.#live.map(({ name }): tf.Tensor | null => grads[name] ?? null);
      adamW(this.#live, this.#moments, gradients, rate, this.#steps);
      for (const [at, mean] of this.#average.entries()) follow(mean, this.#live[at], following);
    });
  }

  /** Works with the backbone at its average; `matrix` is that of the head, [d (+1), K]. */
  async underAverage<T>(work: (matrix: Float32Array) => Promise<T>): Promise<T> {
    const [head, ...weights] = this.#average;
    const matrix = await numbersOf(head);
    return underWeights(this.#backbone, weights, () => work(matrix));
  }

  /** The average, to which the backbone is set. */
  async settle(): Promise<NetworkNumbers> {
    const [, ...weights] = this.#average;
    for (const [at, weight] of this.#backbone.weights.entries()) weight.assign(weights[at]);
    return this.average();
  }

  average(): Promise<NetworkNumbers> {
    return networkOf(this.#average);
  }

  async standing(): Promise<Standing> {
    return {
      live: await networkOf(this.#live),
      average: await this.average(),
      firstMoment: await networkOf(this.#moments.first),
      secondMoment: await networkOf(this.#moments.second),
    };
  }

  dispose(): void {
    const { first, second } = this.#moments;
    tf.dispose([this.#head, ...this.#average, ...first, ...second]);
  }

  /** The loss of a batch; its tensors are the surrounding tidy's. */
  #loss({ samples, shape, mixing, priors, targets }: WholeBatch): () => tf.Scalar {
    const [columns, classes] = this.#head.shape;
    const count = targets.length / classes;
    const images = tf.tensor(samples, [count, ...shape]);
    const mix = tf.tensor2d(mixing, [count, count]);
    const [offsets, wanted] = [priors, targets].map((each) => tf.tensor2d(each, [count, classes]));
    return () => {
      const features = this.#backbone.features(images);
      const inputs = features.shape[1] === columns ? features : tf.concat([features, tf.ones([count, 1])], 1);
      const logits = tf.add(tf.matMul(tf.matMul(mix, inputs), this.#head), offsets);
      return tf.neg(tf.sum<tf.Scalar>(tf.mul(wanted, tf.logSoftmax(logits))));
    };
  }
}

function variablesOf({ matrix, weights }: NetworkNumbers, backbone: Backbone, classes: number) {
  const others = backbone.weights.map(({ shape }, at) =>
    tf.tidy(() => tf.variable(tf.tensor(weights[at], shape), false)),
  );
  return [headVariable(matrix, classes), ...others];
}

function headVariable(matrix: Float32Array, classes: number): tf.Variable<tf.Rank.R2> {
  return tf.tidy(() => tf.variable(tf.tensor2d(matrix, [matrix.length / classes, classes])));
}

async function networkOf([head, ...weights]: readonly tf.Variable[]): Promise<NetworkNumbers> {
  return { matrix: await numbersOf(head), weights: await Promise.all(weights.map(numbersOf)) };
}
