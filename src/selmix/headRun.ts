/** Trains a head on features that stay: looks at validation, decides what to mix, makes some steps, and so on. */
import { needsGroups } from "./constraints.ts";
import { OffsetSearch, withOffsets } from "./offsets.ts";
import { Batches, type NextBatch, usesPolicy } from "./batches.ts";
import type { Ahead, Course } from "./course.ts";
import { Director } from "./director.ts";
import type { Compute, HeadTrainer } from "./evaluator.ts";
import { meanSquaredNorm } from "./featureStatistics.ts";
import type { Memory } from "./memory.ts";
import type { Head, Problem } from "./problem.ts";
import type { Random } from "./random.ts";
import { Breath, rateAt, type Stretch } from "./schedule.ts";
import { cycleLength, goalOf, type TuneSettings } from "./settings.ts";
import type { Validation } from "./validation.ts";

/** What is carried through a run, and lives longer than its parts. */
export interface Carried<Kept> {
  readonly course: Course<Kept>;
  readonly memory: Memory;
  readonly random: Random;
  readonly compute: Compute;
  readonly signal?: AbortSignal;
  /** What the course keeps of a head that is the best so far. */
  keep(head: Head): Kept;
}

export class HeadRun<Kept> {
  readonly #problem: Problem;
  readonly #settings: TuneSettings;
  readonly #validation: Validation;
  readonly #carried: Carried<Kept>;
  readonly #trainer: HeadTrainer;
  readonly #director: Director | null;
  readonly #batches: Batches;
  readonly #rate: number;
  readonly #cycle: number;
  readonly #breath: Breath;

  constructor(
    problem: Problem,
    settings: TuneSettings,
    validation: Validation,
    head: Head,
    carried: Carried<Kept>,
  ) {
    this.#problem = problem;
    this.#settings = settings;
    this.#validation = validation;
    this.#carried = carried;
    const { random, memory, compute } = carried;
    this.#batches = new Batches(problem, settings.strategy, random, compute);
    this.#director = usesPolicy(settings.strategy)
      ? new Director(problem, goalOf(settings), this.#batches.present, memory, compute)
      : null;
    this.#trainer = compute.trainer(head, settings.batchSize);
    this.#rate = settings.learningRate / meanSquaredNorm(this.#batches.rows);
    this.#cycle = cycleLength(problem, settings);
    this.#breath = new Breath(carried.signal);
  }

  /** Steps between two looks. */
  get cycleLength(): number {
    return this.#cycle;
  }

  /** Makes the steps of a stretch, cycle after cycle. */
  async along(stretch: Stretch): Promise<void> {
    for (let step = stretch.from; step < stretch.to; step += this.#cycle) {
      const end = Math.min(step + this.#cycle, stretch.to);
      const head = await this.#withTunedOffsets(step);
      const ahead = { steps: end - step, learningRate: rateAt(this.#rate, step, stretch) };
      const direction = await this.#look(head, step, ahead);
      const next = await this.#batches.prepare(direction?.policy ?? null, head);
      await this.#train(next, step, end, stretch);
    }
  }

  /** The last look, which no steps follow. */
  async end(step: number): Promise<void> {
    await this.#look(await this.head(), step, null);
  }

  /** The head as it stands. */
  head(): Promise<Head> {
    return this.#trainer.head();
  }

  dispose(): void {
    this.#trainer.dispose();
    this.#director?.dispose();
    this.#batches.dispose();
  }

  /** The head as it stands, its offsets set anew; where bounds ask for it, what offsets can make of it is considered too. */
  async #withTunedOffsets(step: number): Promise<Head> {
    const head = await this.head();
    const { course, keep } = this.#carried;
    if (process.env.NOOFF || !this.#director || head.bias === null || this.#settings.constraints.length === 0) return head;
    const logits = await this.#validation.logits(head);
    if (logits === null) return head;
    const { spread } = course.state;
    const goal = goalOf(this.#settings);
    const centred = new OffsetSearch(this.#problem, { ...goal, constraints: goal.constraints.filter(({ metric }) => !needsGroups(metric)) }, logits);
    centred.sweep(spread);
    const middle = withOffsets(head, centred.amounts[0]);
    this.#trainer.set(middle);
    if (step > 0) {
      const within = new OffsetSearch(this.#problem, goal, logits);
      within.add(1, 0, this.#problem.classes === 2 ? centred.amounts[0][1] : 0);
      for (const reach of [2, 0.5]) within.sweep(reach * spread);
      const look = this.#validation.lookAt(logits, within.amounts[0], spread, false);
      await course.consider(look, step, async () => keep(withOffsets(head, within.amounts[0])));
    }
    return middle;
  }

  async #look(head: Head, step: number, ahead: Ahead | null) {
    const { course, keep } = this.#carried;
    const sight = { validation: this.#validation, director: this.#director, head };
    const direction = await course.look(sight, step, ahead, async () => keep(head));
    await this.#breath.after(
      this.#problem.validation.rows.count * this.#problem.classes * this.#problem.head.size,
    );
    return direction;
  }

  async #train(next: NextBatch, from: number, to: number, stretch: Stretch): Promise<void> {
    const { batchSize } = this.#settings;
    for (let step = from; step < to; step++) {
      await this.#trainer.step(next(batchSize), rateAt(this.#rate, step, stretch));
      await this.#breath.after(2 * batchSize * this.#problem.head.size * this.#problem.classes);
    }
  }
}
