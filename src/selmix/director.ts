/** Decides, cycle by cycle, which pairs to mix: keeps the memory of A, computes gain and policy. */
import * as tf from "@tensorflow/tfjs-core";
import { prototypesOf } from "./featureStatistics.ts";
import { GainGeometry, gain } from "./gain.ts";
import { gainInFloat64, prototypeProducts } from "./gainInFloat64.ts";
import { headFromMatrix } from "./headTensor.ts";
import type { Memory } from "./memory.ts";
import type { Policy } from "./policy.ts";
import type { Head, Problem } from "./problem.ts";
import { MIXING_MEAN } from "./sampler.ts";
import type { Look } from "./smoothing.ts";
import { type Goal, type Steering, steerByLook } from "./steering.ts";

/** Up to this many multiply-adds plain arrays beat the launches of device operations. */
const SMALL_GAIN = 4e5;

export interface Direction {
  readonly steering: Steering;
  /** G [B,B] of this cycle. */
  readonly gain: Float32Array;
  readonly policy: Policy;
  /** sum P o G: the change of psi per unit of rate and step that the gain promises. */
  readonly expectedGain: number;
}

type GainFunction = (head: tf.Tensor2D, derivative: Float64Array) => Promise<Float32Array>;

export class Director {
  readonly #problem: Problem;
  readonly #goal: Goal;
  readonly #allowed: { first: boolean[]; second: boolean[] };
  readonly #memory: Memory;
  readonly #gain: GainFunction;
  readonly #dispose: () => void;

  /** @param memory of the cycles before, which goes on when validation's features change and with them the director */
  constructor(
    problem: Problem,
    goal: Goal,
    allowed: { first: boolean[]; second: boolean[] },
    memory: Memory,
  ) {
    this.#problem = problem;
    this.#goal = goal;
    this.#allowed = allowed;
    this.#memory = memory;
    const prototypes = prototypesOf(
      problem.validation.rows,
      problem.validation.buckets,
      problem.buckets.length,
    );
    const { gain: gainFunction, dispose } = isSmall(problem)
      ? gainOnArrays(problem, prototypes)
      : gainOnDevice(problem, prototypes);
    this.#gain = gainFunction;
    this.#dispose = dispose;
  }

  /** Gain and policy for a head [columns, K] and what was seen of it. */
  async direct(look: Look, head: tf.Tensor2D): Promise<Direction> {
    const { buckets } = this.#problem;
    const steering = steerByLook(look, this.#problem, this.#goal);
    const gains = await this.#gain(head, this.#memory.average(steering.derivative));
    const { policy, expectedGain } = this.#memory.policy(gains, buckets.length, this.#allowed);
    return { steering, gain: gains, policy, expectedGain };
  }

  dispose(): void {
    this.#dispose();
  }
}

function isSmall({ buckets, classes, head }: Problem): boolean {
  return buckets.length * classes * (head.size + 2 * buckets.length) <= SMALL_GAIN;
}

function gainOnArrays(
  problem: Problem,
  prototypes: Float32Array,
): { gain: GainFunction; dispose: () => void } {
  const labels = problem.buckets.map((bucket) => bucket.label);
  const { classes, size, bias } = problem.head;
  const fixed = { prototypes, labels, classes, size };
  const products = prototypeProducts({ ...fixed, weight: problem.head.weight, bias });
  return {
    gain: async (matrix, derivative) => {
      const head: Head = headFromMatrix(await matrix.data(), problem.head);
      const inputs = { ...fixed, weight: head.weight, bias: head.bias };
      return Float32Array.from(gainInFloat64(inputs, products, derivative, MIXING_MEAN));
    },
    dispose: () => undefined,
  };
}

function gainOnDevice(
  problem: Problem,
  prototypes: Float32Array,
): { gain: GainFunction; dispose: () => void } {
  const labels = Int32Array.from(problem.buckets, (bucket) => bucket.label);
  const geometry = new GainGeometry(prototypes, labels, problem.head.bias !== null);
  return {
    gain: async (matrix, derivative) => {
      const logits: tf.Tensor2D = tf.matMul(geometry.prototypes, matrix);
      const result = await gain(geometry, logits, derivative, MIXING_MEAN);
      logits.dispose();
      return result;
    },
    dispose: () => geometry.dispose(),
  };
}
