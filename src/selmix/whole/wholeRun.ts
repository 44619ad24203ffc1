/** The cycles of a run in which the whole network learns: a look at validation through its average, then some steps. */

import { trainBuckets } from "../problem.ts";
import type { Random } from "../random.ts";
import { rowsByBucket } from "../rowsByBucket.ts";
import { rateAt, Yielder } from "../schedule.ts";
import type { Memory } from "../steering/memory.ts";
import type { Policy } from "../steering/policy.ts";
import { goalOf } from "../steering/settings.ts";
import { headFromMatrix } from "../tensors/headTensor.ts";
import type { Course } from "../training/course.ts";
import { Director } from "../training/director.ts";
import { allLogits, type Compute } from "../validation/evaluator.ts";
import { Validation } from "../validation/validation.ts";
import { featuresOf, type WholeProblem, withRows } from "./backbone.ts";
import { pairsOfClasses, WholeBatches } from "./batches.ts";
import type { KeptNetwork, NetworkNumbers, Standing } from "./network.ts";
import { FOLLOWING, imagesInStep, stretchesOf, type WholeSettings, wholeCycleLength } from "./settings.ts";
import { type SoftLabels, softLabels } from "./softLabels.ts";
import { WholeTrainer } from "./trainer.ts";

export interface Surroundings {
  readonly course: Course<KeptNetwork>;
  readonly memory: Memory;
  readonly random: Random;
  readonly compute: Compute;
  /** Where training stands at the step that is begun with. */
  readonly standing: Standing;
  /** The head [d (+1), K] above the checkpoint's backbone that labels what is not labelled. */
  readonly teacher: Float32Array;
  readonly signal?: AbortSignal;
  /** Called at the beginning of each cycle, where the run can be gone on with. */
  onCycle(step: number, standing: () => Promise<Standing>): void | Promise<void>;
}

/** More than any step takes, so that every batch lets the event loop run. */
const ALWAYS = Number.MAX_SAFE_INTEGER;

export class WholeRun {
  readonly #problem: WholeProblem;
  readonly #settings: WholeSettings;
  readonly #around: Surroundings;
  readonly #batches: WholeBatches;
  readonly #trainer: WholeTrainer;
  readonly #yielder: Yielder;

  static async open(
    problem: WholeProblem,
    settings: WholeSettings,
    around: Surroundings,
    step: number,
  ): Promise<WholeRun> {
    return new WholeRun(
      problem,
      settings,
      around,
      await labelsBy(around.teacher, problem, around.compute),
      step,
    );
  }

  private constructor(
    problem: WholeProblem,
    settings: WholeSettings,
    around: Surroundings,
    soft: SoftLabels | null,
    step: number,
  ) {
    const { standing, random, signal } = around;
    const done = step - stretchesOf(settings).whole.from;
    this.#problem = problem;
    this.#settings = settings;
    this.#around = around;
    this.#batches = new WholeBatches(problem, soft, settings.augment, random, imagesInStep(settings));
    this.#trainer = new WholeTrainer(problem.backbone, problem.classes, standing, done);
    this.#yielder = new Yielder(signal);
  }

  /** Goes from a step to the end of its stretch. Returns the averaged network, to which the backbone is set. */
  async toEnd(from: number): Promise<NetworkNumbers> {
    const { whole } = stretchesOf(this.#settings);
    for (let step = from; step < whole.to; ) {
      await this.#around.onCycle(step, () => this.#trainer.standing());
      const end = Math.min(step + wholeCycleLength(this.#problem, this.#settings), whole.to);
      const rate = (at: number) => rateAt(this.#settings.backboneRate, at, whole);
      const policy = await this.#look(step, { steps: end - step, learningRate: rate(step) });
      const { buckets, classes } = this.#problem;
      const pairs = pairsOfClasses(policy, buckets, classes);
      for (; step < end; step++) {
        this.#trainer.step(await this.#batches.next(pairs), rate(step), FOLLOWING);
        await this.#yielder.after(ALWAYS);
      }
    }
    await this.#around.onCycle(whole.to, () => this.#trainer.standing());
    return this.#trainer.settle();
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  /** Measures the average and decides by it who is mixed with whom. */
  async #look(step: number, ahead: { steps: number; learningRate: number }): Promise<Policy> {
    return this.#trainer.underAverage(async (matrix) => {
      const { backbone, samples, validation: set, buckets, train } = this.#problem;
      const rest = () => this.#yielder.after(ALWAYS);
      const atOnce = imagesInStep(this.#settings);
      const rows = await featuresOf(backbone, samples.validation, this.#problem.head.size, atOnce, rest);
      const problem = { ...this.#problem, validation: withRows(set, rows) };
      const byBucket = rowsByBucket(train.buckets, trainBuckets(this.#problem).length);
      const present = byBucket.slice(0, buckets.length).map(({ length }) => length > 0);
      const allowed = { first: present, second: present };
      const { course, memory, compute } = this.#around;
      const validation = new Validation(problem, compute);
      const director = new Director(problem, goalOf(this.#settings), allowed, memory, compute);
      try {
        const sight = { validation, director, head: headFromMatrix(matrix, problem.head) };
        const direction = await course.look(sight, step, ahead, () => this.#trainer.average());
        if (direction === null) throw new Error("a network is tuned by a policy");
        return direction.policy;
      } finally {
        validation.dispose();
        director.dispose();
      }
    });
  }
}

/** What a head above the checkpoint's backbone takes the unlabelled samples for; null without such samples. */
async function labelsBy(
  teacher: Float32Array,
  { unlabeled, head, classes }: WholeProblem,
  compute: Compute,
): Promise<SoftLabels | null> {
  if (unlabeled === undefined) return null;
  const features = compute.features(unlabeled, head);
  try {
    return softLabels(await allLogits(features, headFromMatrix(teacher, head)), classes);
  } finally {
    features.dispose();
  }
}
