/** The cycles of a run in which head and backbone learn together, and then the head above the backbone as it has become. */
import * as tf from "@tensorflow/tfjs-core";
import type { Ahead, Course } from "../course.ts";
import { Director } from "../director.ts";
import { FeatureSet } from "../featureSet.ts";
import { meanSquaredNorm } from "../featureStatistics.ts";
import { columnsOf } from "../headTensor.ts";
import { rowsByBucket } from "../intervals.ts";
import type { Memory } from "../memory.ts";
import type { MixedSample } from "../mixedBatch.ts";
import { Draw, type Policy } from "../policy.ts";
import type { FeatureRows } from "../problem.ts";
import type { Random } from "../random.ts";
import { BucketedRows, drawMixedBatch, pseudoLabelled } from "../sampler.ts";
import { Breath, rateAt, type Stretch } from "../schedule.ts";
import { cycleLength, goalOf } from "../settings.ts";
import { Validation } from "../validation.ts";
import { featuresOf, type SampleRows, type WholeProblem, withRows } from "./backbone.ts";
import { type KeptNetwork, keptOf, type NetworkTensors } from "./network.ts";
import {
  EVEN_SHARE,
  FOLLOWING,
  STEP_LIMIT,
  stretchesOf,
  type WholeSettings,
  wholeCycleLength,
} from "./settings.ts";
import { WholeTrainer } from "./trainer.ts";

export interface Surroundings {
  readonly course: Course<KeptNetwork>;
  readonly memory: Memory;
  readonly random: Random;
  readonly live: NetworkTensors;
  readonly average: NetworkTensors;
  readonly signal?: AbortSignal;
  /** Called at the beginning of each cycle. */
  onCycle(step: number, live: NetworkTensors, average: NetworkTensors): void | Promise<void>;
}

/** Validation's features under one backbone, and what is decided by them. */
interface Scene {
  readonly validation: Validation;
  readonly director: Director;
  /** Features of the unlabelled samples, where there are some. */
  readonly unlabeled: FeatureSet | null;
  dispose(): void;
}

/** More than any step takes, so that every batch lets the event loop run. */
const ALWAYS = Number.MAX_SAFE_INTEGER;

export class WholeRun {
  readonly #problem: WholeProblem;
  readonly #settings: WholeSettings;
  readonly #around: Surroundings;
  readonly #trainer: WholeTrainer;
  readonly #labelled: BucketedRows<SampleRows>;
  readonly #rate: number;
  readonly #breath: Breath;

  /** Takes over the tensors of `around`. */
  constructor(problem: WholeProblem, settings: WholeSettings, around: Surroundings) {
    this.#problem = problem;
    this.#settings = settings;
    this.#around = around;
    this.#trainer = new WholeTrainer(problem.backbone, problem.head, around.live, around.average);
    const rows = rowsByBucket(problem.train.buckets, problem.buckets.length);
    this.#labelled = new BucketedRows(problem.samples.train, rows);
    this.#rate = settings.learningRate / meanSquaredNorm(problem.train.rows);
    this.#breath = new Breath(tf.nextFrame, around.signal);
  }

  /** Goes from a step after the first stretch to the end. */
  async toEnd(from: number): Promise<void> {
    const { both, last } = stretchesOf(this.#settings);
    for (let step = from; step < both.to; ) {
      const scene = await this.#scene();
      try {
        step = await this.#cycle(scene, step, both, true);
      } finally {
        scene.dispose();
      }
    }
    this.#trainer.settle();
    const scene = await this.#scene();
    try {
      for (let step = Math.max(from, last.from); step < last.to; )
        step = await this.#cycle(scene, step, last, false);
      await this.#look(scene, last.to, null);
    } finally {
      scene.dispose();
    }
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  /** A look and the steps after it. Returns the step reached. */
  async #cycle(scene: Scene, step: number, stretch: Stretch, moves: boolean): Promise<number> {
    const length = (moves ? wholeCycleLength : cycleLength)(this.#problem, this.#settings);
    const end = Math.min(step + length, stretch.to);
    await this.#around.onCycle(step, this.#trainer.live, this.#trainer.average);
    const direction = await this.#look(scene, step, {
      steps: end - step,
      learningRate: rateAt(this.#rate, step, stretch),
    });
    const next = await this.#pairs(scene, direction?.policy ?? null);
    for (let at = step; at < end; at++) await this.#step(next, rateAt(1, at, stretch), moves);
    return end;
  }

  async #look(scene: Scene, step: number, ahead: Ahead | null) {
    const { average } = this.#trainer;
    const sight = { ...scene, head: average.matrix };
    return this.#around.course.look(sight, step, ahead, () => keptOf(average));
  }

  /** @param progress how far the rate has fallen, from 1 to 0 */
  async #step(
    next: (even: number) => MixedSample<SampleRows>[],
    progress: number,
    moves: boolean,
  ): Promise<void> {
    const { batchSize, backboneRate, augment } = this.#settings;
    const even = moves ? Math.floor(EVEN_SHARE * batchSize) : 0;
    const head = progress * this.#rate;
    const rates = { head, backbone: moves ? backboneRate * head : 0, limit: progress * STEP_LIMIT };
    const images = { augment: moves ? augment : [], random: this.#around.random };
    await this.#trainer.step(next(even), even, rates, moves ? FOLLOWING : 1, images);
    await this.#breath.after(ALWAYS);
  }

  /** Everything that is seen under the averaged backbone. */
  async #scene(): Promise<Scene> {
    const { samples, head, classes } = this.#problem;
    const [seen, partners] = await this.#trainer.underAverage(async () => [
      await this.#features(samples.validation),
      samples.unlabeled ? await this.#features(samples.unlabeled) : null,
    ]);
    const problem = { ...this.#problem, validation: withRows(this.#problem.validation, seen) };
    const validation = new Validation(problem);
    const present = this.#labelled.present;
    const allowed = { first: present, second: present };
    const director = new Director(problem, goalOf(this.#settings), allowed, this.#around.memory);
    const unlabeled = partners && new FeatureSet(partners, columnsOf(head), classes);
    return {
      ...{ validation, director, unlabeled },
      dispose: () => {
        validation.dispose();
        director.dispose();
        unlabeled?.dispose();
      },
    };
  }

  #features(samples: SampleRows): Promise<FeatureRows> {
    const { backbone, head } = this.#problem;
    const rest = () => this.#breath.after(ALWAYS);
    return featuresOf(backbone, samples, head.size, 2 * this.#settings.batchSize, rest);
  }

  /** Draws batches: first some pairs evenly, the others by the policy. */
  async #pairs(scene: Scene, policy: Policy | null): Promise<(even: number) => MixedSample<SampleRows>[]> {
    if (policy === null) throw new Error("a network is tuned by a policy");
    const { buckets } = this.#problem;
    const second = await this.#partners(scene);
    const present = this.#labelled.present.map(Number);
    const byPolicy = new Draw(policy.probabilities);
    const evenly = new Draw(present.flatMap((one) => present.map((other) => one * other)));
    const draw = (from: Draw, size: number) =>
      drawMixedBatch(from, this.#labelled, second, buckets, size, this.#around.random);
    return (even) => [...draw(evenly, even), ...draw(byPolicy, this.#settings.batchSize - even)];
  }

  /** Unlabelled samples by the class that the averaged network gives them, else the labelled ones. */
  async #partners({ unlabeled }: Scene): Promise<BucketedRows<SampleRows>> {
    const { samples, buckets, classes } = this.#problem;
    if (unlabeled === null || samples.unlabeled === undefined) return this.#labelled;
    const [predictions] = await unlabeled.predict([this.#trainer.average.matrix]);
    return pseudoLabelled(samples.unlabeled, predictions, buckets, classes, this.#labelled);
  }
}
