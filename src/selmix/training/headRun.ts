/** Trains a head on features that stay: looks at validation, decides what to mix, makes some steps, and so on. */

import { needsGroups } from "../confusion/objectives.ts";
import { meanSquaredNorm } from "../featureStatistics.ts";
import { canTuneOffsets, OffsetSearch, withOffsets } from "../heads/offsets.ts";
import type { Head, Problem } from "../problem.ts";
import type { Random } from "../random.ts";
import { rateAt, type ScheduleSegment, Yielder } from "../schedule.ts";
import type { Memory } from "../steering/memory.ts";
import { cycleLength, goalOf, type TuneSettings } from "../steering/settings.ts";
import type { ValidationPass } from "../steering/smoothing.ts";
import type { Compute, HeadTrainer } from "../validation/evaluator.ts";
import { LogitTable } from "../validation/logitTable.ts";
import type { Validation } from "../validation/validation.ts";
import { Batches, type NextBatch, usesPolicy } from "./batches.ts";
import type { Ahead, Course } from "./course.ts";
import { Director } from "./director.ts";

/** What a cycle that was taken back leaves of the rate, and how it grows again with each that was not. */
const SHORTER = 0.5;
const LONGER = 1.2;
/** How far offsets are moved in search of a feasible head, in units of the spread of the margins. */
const REACHES = [2, 0.5];

/** After how many cycles offsets are tuned for the bounds again. */
const CONSIDERED = 4;

/** A head that a cycle begins with, what was seen of it, and its logits [N,K] less the offsets [K], where there was room for them. */
interface Begun {
  readonly head: Head;
  readonly look?: ValidationPass;
  readonly logits?: Float32Array;
  readonly offsets?: ArrayLike<number>;
}

/** What is carried through a run, and lives longer than its parts. */
export interface RunContext<Kept> {
  readonly course: Course<Kept>;
  readonly memory: Memory;
  readonly random: Random;
  readonly compute: Compute;
  readonly signal?: AbortSignal;
  /** Whether offsets may be tuned on validation on the way. */
  readonly offsets: boolean;
  /** What the course keeps of a head that is the best so far. */
  keep(head: Head): Kept;
}

export class HeadRun<Kept> {
  readonly #problem: Problem;
  readonly #settings: TuneSettings;
  readonly #validation: Validation;
  readonly #carried: RunContext<Kept>;
  readonly #trainer: HeadTrainer;
  readonly #director: Director | null;
  readonly #batches: Batches;
  readonly #rate: number;
  readonly #cycle: number;
  readonly #yielder: Yielder;
  /** The head that was given, until it is trained: what was seen of it is known by it. */
  #untrained: Head | null;
  /** Of the rate that the schedule gives, how much is used: less after cycles that were taken back. */
  #share = 1;

  constructor(
    problem: Problem,
    settings: TuneSettings,
    validation: Validation,
    head: Head,
    carried: RunContext<Kept>,
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
    // One of a cosine head comes back on its sphere.
    this.#untrained = head.rowLength === undefined ? head : null;
    this.#rate = settings.learningRate / meanSquaredNorm(this.#batches.rows);
    this.#cycle = cycleLength(problem, settings);
    this.#yielder = new Yielder(carried.signal);
  }

  /** Whether heads after the first have offsets that were tuned on validation. */
  get tunesOffsets(): boolean {
    const asked = this.#carried.offsets && this.#settings.constraints.length > 0;
    return asked && this.#director !== null && canTuneOffsets(this.#problem);
  }

  /** Steps between two looks. */
  get cycleLength(): number {
    return this.#cycle;
  }

  /** Makes the steps of a stretch, cycle after cycle; a cycle that went against its prediction is taken back. */
  async along(stretch: ScheduleSegment): Promise<void> {
    let before: Begun | null = null;
    for (let step = stretch.from; step < stretch.to; step += this.#cycle) {
      const end = Math.min(step + this.#cycle, stretch.to);
      const begun = await this.#begun(step, before);
      const { head, look } = begun;
      const ahead = { steps: end - step, learningRate: this.#share * rateAt(this.#rate, step, stretch) };
      const direction = await this.#look(head, step, ahead, look);
      const next = await this.#batches.prepare(direction?.policy ?? null, head);
      await this.#train(next, step, end, stretch);
      before = begun;
    }
  }

  /** The last look, which no steps follow. */
  async end(step: number): Promise<void> {
    await this.#look(await this.head(), step, null);
  }

  /** The head as it stands. */
  async head(): Promise<Head> {
    return this.#untrained ?? this.#trainer.head();
  }

  dispose(): void {
    this.#trainer.dispose();
    this.#director?.dispose();
    this.#batches.dispose();
  }

  /** The head that a cycle begins with: as training left it, or as it was before where training went against the prediction. */
  async #begun(step: number, before: Begun | null): Promise<Begun> {
    const { course } = this.#carried;
    const head = await this.head();
    // The start is looked at as it is: it is what has to be exceeded.
    if (this.#director === null || before === null) return { head };
    const logits = await this.#validation.logits(head);
    const asTrained: Begun = { head, ...(logits && { logits, offsets: new Float32Array(head.classes) }) };
    const look = await this.#lookAt(asTrained);
    const contradicted = await course.ended(look);
    this.#share = contradicted ? this.#share * SHORTER : Math.min(1, this.#share * LONGER);
    if (contradicted) {
      this.#trainer.set(before.head);
      // Looked at again: as wide a kernel as the next look's, which it is compared with.
      return { ...before, look: await this.#lookAt(before) };
    }
    if (logits !== null && this.tunesOffsets) return this.#withOffsets(head, logits, step);
    return { ...asTrained, look };
  }

  async #lookAt({ head, logits, offsets }: Begun): Promise<ValidationPass> {
    const { spread } = this.#carried.course.state;
    if (logits === undefined || offsets === undefined) return this.#validation.look(head, spread);
    return this.#validation.lookAt(logits, offsets, spread, true);
  }

  /** Offsets set anew; and what offsets alone can make of the head under the bounds is considered, now and then. */
  async #withOffsets(head: Head, logits: Float32Array, step: number): Promise<Begun> {
    const { spread } = this.#carried.course.state;
    const table = new LogitTable(logits, head.classes);
    if (Math.round(step / this.#cycle) % CONSIDERED === 0) {
      const considered = await this.#bestUnderBounds(table);
      const seen = this.#validation.lookAt(logits, considered, spread, false);
      const { course, keep } = this.#carried;
      await course.consider(seen, step, async () => keep(withOffsets(head, considered)));
    }
    const offsets = await this.#bestForObjective(table);
    const centred = withOffsets(head, offsets);
    this.#trainer.set(centred);
    const look = this.#validation.lookAt(logits, offsets, spread, true);
    return { head: centred, look, logits, offsets };
  }

  /** The offsets [K] that are best for the objective and the bounds on classes: those between groups are to be met by turning. */
  async #bestForObjective(table: LogitTable): Promise<Float64Array> {
    const goal = goalOf(this.#settings);
    const constraints = goal.constraints.filter(({ metric }) => !needsGroups(metric));
    const search = new OffsetSearch(this.#problem, { ...goal, constraints, margins: undefined }, table);
    await search.sweep(this.#carried.course.state.spread, this.#yielder);
    return search.amounts[0];
  }

  /** The offsets [K] that are best under all bounds. */
  async #bestUnderBounds(table: LogitTable): Promise<Float64Array> {
    const search = new OffsetSearch(this.#problem, goalOf(this.#settings), table);
    for (const reach of REACHES) await search.sweep(reach * this.#carried.course.state.spread, this.#yielder);
    return search.amounts[0];
  }

  async #look(head: Head, step: number, ahead: Ahead | null, look?: ValidationPass) {
    const { course, keep } = this.#carried;
    const sight = { validation: this.#validation, director: this.#director, head, look };
    const direction = await course.look(sight, step, ahead, async () => keep(head));
    await this.#yielder.after(
      this.#problem.validation.rows.count * this.#problem.classes * this.#problem.head.size,
    );
    return direction;
  }

  async #train(next: NextBatch, from: number, to: number, stretch: ScheduleSegment): Promise<void> {
    const { batchSize } = this.#settings;
    this.#untrained = null;
    for (let step = from; step < to; step++) {
      await this.#trainer.step(next(batchSize), this.#share * rateAt(this.#rate, step, stretch));
      await this.#yielder.after(2 * batchSize * this.#problem.head.size * this.#problem.classes);
    }
  }
}
