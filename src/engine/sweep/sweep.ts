/** The heads of a sweep as they are made: those of no bound, then those of each bound, and the answers among them. */
import type { SweepPoint, SweepRecord, SweepReference, SweptBound, SweptHead } from "../../protocol/sweep.ts";
import type { Base } from "../../selmix/heads/boundedStart.ts";
import type { Chosen } from "../backends/index.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { measureHeads } from "../measure/measure.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { PreparedTables } from "../problem/checkedTables.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import { settingsOf } from "../problem/settings.ts";
import { type Answer, answerOf } from "../run/calibration.ts";
import { runControls, trainingFreeControls } from "../run/controls.ts";
import { candidateOf, type MeasuredCandidate, type UnjudgedHead } from "../verdict/candidates.ts";
import type { Settled } from "../verdict/settle.ts";
import { answersOf, type Found, keeps, type Standings, type TunedBound } from "./answers.ts";
import { boundsOf } from "./bounds.ts";
import { headsUnder } from "./headsUnder.ts";
import { keepPoint } from "./keepPoint.ts";
import { classesOfSweep, headOf, pointOf } from "./record.ts";
import { under } from "./swept.ts";

/** A point has its share of the steps of one tune, as the path as a whole is one; and no fewer than these, by which a head still moves. */
const FEWEST_STEPS = 50;

export interface SweepAround {
  readonly context: JobContext;
  readonly folder: string;
  /** Of the checkpoint's content. */
  readonly hash: string;
}

export class Sweep {
  readonly #prepared: PreparedTables;
  readonly #swept: SweptBound;
  readonly #backend: Chosen;
  readonly #around: SweepAround;
  readonly #tuned: TunedBound[] = [];
  #checkpoint: Found | null = null;
  #others: readonly Found[] = [];
  readonly #known: Standings = new Map();
  readonly #told = new Map<MeasuredHead, SweptHead>();
  /** What the last point trained, to go on from. */
  #base: Base | null = null;

  constructor(prepared: PreparedTables, swept: SweptBound, backend: Chosen, around: SweepAround) {
    this.#prepared = prepared;
    this.#swept = swept;
    this.#backend = backend;
    this.#around = around;
  }

  /** Measures the checkpoint, and the fixes that need no training under the other bounds alone. */
  async begin(): Promise<Partial<SweepRecord>> {
    const { compute } = this.#backend;
    const free = under(this.#prepared, this.#swept, null);
    const { problem, project } = free;
    const [measured] = await measureHeads(free, [problem.head], compute);
    if (!measured) throw new Error("one head was measured");
    const judged = (head: UnjudgedHead) => candidateOf(free, measured, head);
    const checkpoint = judged({ baseline: null, head: problem.head, measured, replacements: [] });
    const others: MeasuredCandidate[] = [];
    const references: SweepReference[] = [this.#reference("checkpoint", checkpoint)];
    const { chosen, why } = trainingFreeControls(project.configuration.tuning.controls, free);
    const { context, folder } = this.#around;
    await runControls(chosen, free, compute, context, folder, ({ record, head, measured: own }) => {
      const changed = replacementsOf(free, head);
      const other = judged({ baseline: record.id, head, measured: own, replacements: changed });
      others.push(other);
      if (record.id === "logitAdjustment" || record.id === "tunedBias")
        references.push(this.#reference(record.id, other));
    });
    const asIs = { start: { kind: "checkpoint", tau: 0, why: "no bound" }, bestStep: 0, steps: 0 } as const;
    this.#checkpoint = { ...checkpoint, ...asIs };
    this.#others = others.map((other) => ({ ...other, ...asIs }));
    return {
      references,
      ...classesOfSweep(free, checkpoint),
      warnings: [...this.#prepared.warnings, ...why],
    };
  }

  #reference(id: SweepReference["id"], head: MeasuredCandidate): SweepReference {
    return { id, ...headOf(this.#prepared, this.#swept, head) };
  }

  /** So many bounds that are worth a look. */
  bounds(count: number): Promise<number[]> {
    const heads = [this.#asIs, ...this.#others];
    const { signal } = this.#around.context;
    return boundsOf(this.#prepared, this.#swept, heads, count, this.#backend.compute, signal);
  }

  /**
   * Tunes under a bound, one of so many; from the usual starts and from what the bound before trained. A bound that the best head of a
   * looser one keeps does not bind: what is best under the looser is best under it. And what is stricter than a bound that no head keeps
   * is kept by none; before that is said of one, it is tuned for as a tune does.
   */
  async tune(bound: number, of: number): Promise<void> {
    const tuned = { bound, found: [] };
    if (this.#isKnown(tuned)) {
      this.#tuned.push(tuned);
      return;
    }
    const { steps } = settingsOf(this.#prepared);
    const share = Math.min(steps, Math.max(FEWEST_STEPS, Math.ceil(steps / of)));
    const found = await this.#found(bound, share);
    const isLost =
      this.#answers([...this.#tuned, { bound, found }]).at(-1)?.decision.reason === "nothingFeasible";
    const more = isLost && share < steps ? await this.#found(bound, steps) : [];
    this.#tuned.push({ bound, found: [...found, ...more] });
  }

  /** Whether the heads so far tell what is best under a bound, or that none found. */
  #isKnown(next: TunedBound): boolean {
    if (this.#tuned.length === 0) return false;
    if (this.#answers().at(-1)?.decision.reason === "nothingFeasible") return true;
    const about = this.#answers([...this.#tuned, next]).at(-1)?.decision.about;
    return about !== undefined && about.replacements.length > 0 && keeps(about);
  }

  async #found(bound: number, steps: number): Promise<Found[]> {
    const point = under(this.#prepared, this.#swept, bound);
    const { context } = this.#around;
    const from = { steps, base: this.#base, checkpoint: this.#asIs.measured };
    const { found, base } = await headsUnder(point, { ...from, compute: this.#backend.compute, context });
    this.#base = base;
    return found;
  }

  /** What the bounds so far come to. */
  points(): SweepPoint[] {
    return this.#answers().map((settled, at) => {
      const { about, closest } = settled.decision;
      return pointOf(this.#tuned[at]?.bound ?? 0, settled, this.#tell(closest ?? about));
    });
  }

  /** Keeps the head of each point as a run does; what several points share is made once. */
  async keep(): Promise<void> {
    const { compute, record } = this.#backend;
    const written = new Map<MeasuredHead, Answer>();
    for (const [at, settled] of this.#answers().entries()) {
      const { about, closest } = settled.decision;
      const head = closest ?? about;
      if (head.replacements.length === 0) continue;
      await yieldToEvents(this.#around.context.signal);
      const point = under(this.#prepared, this.#swept, this.#tuned[at]?.bound ?? 0);
      const answer = written.get(head.measured) ?? (await answerOf(point, head, compute));
      written.set(head.measured, answer);
      const before = this.#asIs.measured;
      await keepPoint(point, settled, answer, { at, ...this.#around, before, backend: record });
    }
  }

  #tell(head: Found): SweptHead {
    const told = this.#told.get(head.measured) ?? headOf(this.#prepared, this.#swept, head);
    this.#told.set(head.measured, told);
    return told;
  }

  #answers(tuned: readonly TunedBound[] = this.#tuned): Settled<Found>[] {
    const heads = { checkpoint: this.#asIs, others: this.#others, tuned, known: this.#known };
    return answersOf(this.#prepared, this.#swept, heads);
  }

  get #asIs(): Found {
    if (this.#checkpoint === null) throw new Error("a sweep begins with its checkpoint");
    return this.#checkpoint;
  }
}
