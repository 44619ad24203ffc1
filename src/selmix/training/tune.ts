/** The loop of SelMix on a head: look at validation, decide which pairs to mix, train on them, keep the best (docs/method.md, section 2). */
import type { AnswerMethod, StartRecord } from "../../protocol/records.ts";
import { unweighted } from "../confusion/population.ts";
import { talliesFromCounts } from "../confusion/tallies.ts";
import { type Base, type BoundedStart, boundedStart, priceOfMargins } from "../heads/boundedStart.ts";
import { inConditionedCoordinates } from "../heads/conditioning.ts";
import { crossFitterOf, type FittedHead, type Tuning } from "../heads/crossFit.ts";
import { classCounts } from "../heads/logitAdjustment.ts";
import { computeOnSphere } from "../heads/sphere.ts";
import { chooseStart, type Start } from "../heads/start.ts";
import type { Head, Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { Memory } from "../steering/memory.ts";
import { leastPredictions, type Score } from "../steering/score.ts";
import { goalOf, type TuneSettings } from "../steering/settings.ts";
import { tensors } from "../tensors/tensors.ts";
import type { Compute } from "../validation/evaluator.ts";
import { LogitTables } from "../validation/logitTable.ts";
import { Validation } from "../validation/validation.ts";
import { Course, type CycleReport } from "./course.ts";
import { HeadRun } from "./headRun.ts";
import { bestOf, type Candidate, candidates } from "./pool.ts";

export type { CycleReport } from "./course.ts";

export interface TuneObserver {
  onStart?(start: StartRecord): void | Promise<void>;
  onCycle?(report: CycleReport): void | Promise<void>;
  /** Aborting makes `tune` throw the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TuneOutcome extends FittedHead {
  /** Who made it. */
  readonly method: AnswerMethod;
  readonly start: StartRecord;
  /** The start, where offsets tuned on validation made it; null where it is the checkpoint or its logit adjustment. */
  readonly tunedStart: FittedHead | null;
  /** What is had without training, as far as it was searched for on the way: nobody has to search again who compares with it. */
  readonly untrained: Untrained;
  /** What offsets may be tuned for under other bounds: the head without those that were tuned for these; null where nobody trained it. */
  readonly base: Base | null;
  /** On validation, by hard counts. */
  readonly score: Score;
  /** Steps after which SelMix's own best head stood, and that head, whatever the answer. */
  readonly bestStep: number;
  readonly own: Head;
  readonly steps: number;
  readonly cycleLength: number;
  /** What keeping bounds inside their margins costs of the objective; null where that is not known. */
  readonly marginPrice: number | null;
}

export interface Untrained {
  /** The tau of the best logit adjustment, 0 for the checkpoint itself; null where none was looked for. */
  readonly tau: number | null;
  /** Without bounds: the best adjustment with the offsets that are best on all of validation; null where those were not tuned. */
  readonly tunedBias: FittedHead | null;
}

/**
 * Tunes the head of a problem for an objective under constraints.
 * Every bucket must have a validation sample. Same seed and backend, same head, byte for byte.
 * @param compute what a backend brings
 * @param bases heads of other bounds of the same problem: under bounds, where offsets make one of them the best start, it is the start
 * @param coordinates what training runs in
 * @throws the abort signal's reason when cancelled; RangeError for a bucket without validation samples
 */
export async function tune(
  problem: Problem,
  settings: TuneSettings,
  observer: TuneObserver = {},
  compute: Compute = tensors,
  bases: readonly Base[] = [],
  coordinates = inConditionedCoordinates,
): Promise<TuneOutcome> {
  // What every feature is divided by would make an ellipsoid of a sphere.
  if (problem.head.rowLength !== undefined)
    return tuneConditioned(problem, settings, observer, computeOnSphere(compute, problem.head), bases);
  const { problem: conditioned, original, inside } = coordinates(problem);
  const begun = bases.map((base) => ({ ...base, head: inside(base.head) }));
  const outcome = await tuneConditioned(conditioned, settings, observer, compute, begun);
  const { tunedStart, untrained, base } = outcome;
  const fitted = (one: FittedHead | null) => one && { ...one, head: original(one.head) };
  return {
    ...outcome,
    base: base && { ...base, head: original(base.head) },
    head: original(outcome.head),
    own: original(outcome.own),
    tunedStart: fitted(tunedStart),
    untrained: { ...untrained, tunedBias: fitted(untrained.tunedBias) },
  };
}

/** The same in conditioned coordinates. */
async function tuneConditioned(
  problem: Problem,
  asked: TuneSettings,
  observer: TuneObserver,
  compute: Compute,
  bases: readonly Base[],
): Promise<TuneOutcome> {
  const { steps } = asked;
  const validation = new Validation(problem, compute);
  try {
    const chosen = await chooseStart(problem, asked, validation, classCounts(problem), observer.signal);
    const begun = await beginning(problem, asked, { chosen, bases }, validation, compute, observer.signal);
    const { start, settings } = begun;
    await observer.onStart?.(start.start);
    const onCycle = (report: CycleReport) => observer.onCycle?.(report);
    const course = new Course<Head>(problem, steps, goalOf(settings), onCycle, Course.from(start.spread));
    const run = new HeadRun(problem, settings, validation, start.head, {
      course,
      memory: new Memory(settings.temperature, undefined, settings.multipliers),
      random: new Random(settings.seed),
      compute,
      signal: observer.signal,
      offsets: true,
      keep: (head) => head,
    });
    try {
      await run.along({ from: 0, to: steps });
      await run.end(steps);
      const { kept, step: bestStep } = course.best;
      const tuningOf = tuningFrom(begun);
      const isTuned = start.start.kind === "tunedBias";
      const first: Candidate = {
        method: begun.base?.method ?? startMethods[start.start.kind],
        head: start.head,
        tuning: isTuned ? tuningOf(start.head) : null,
      };
      const trained = () => ({ head: kept, tuning: run.tunesOffsets ? tuningOf(kept) : null });
      const own: Candidate = bestStep === 0 ? first : { method: "selmix", ...trained() };
      const { signal } = observer;
      const tables = new LogitTables(problem.validation.rows, compute);
      const pool = { start: first, last: await run.head(), own, tables, tuningOf };
      const all = await candidates(problem, settings, pool, compute, signal);
      const crossFitted = crossFitterOf(problem, compute, settings.seed, signal, tables);
      const best = await bestOf(all, problem, settings, validation, start.spread, crossFitted);
      tables.forget();
      const { score, ...answer } = best;
      const marginPrice = await priceOfMargins(problem, begun, validation, compute, signal);
      const fitted = ({ head, tuning }: Candidate): FittedHead => ({
        head,
        crossFit: tuning && (() => crossFitted(tuning)),
      });
      const offsets = all.find(({ method, tuning }) => method === "tunedBias" && tuning?.bagged === false);
      return {
        ...fitted(answer),
        ...{ method: answer.method, start: start.start, score, bestStep, own: kept, steps },
        tunedStart: isTuned && begun.base === null ? fitted(first) : null,
        untrained: {
          tau: asked.start === "best" ? chosen.start.tau : null,
          tunedBias: offsets !== undefined && asked.constraints.length === 0 ? fitted(offsets) : null,
        },
        base: baseOf(answer),
        ...{ cycleLength: run.cycleLength, marginPrice },
      };
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
}

/**
 * How offsets are tuned for a head that was trained from a start. Without them it is what training changed in the directions of the
 * start before anything was tuned for it, with the bias of that: coordinates are centred, so that no bias has to follow the directions.
 */
function tuningFrom({ start, origin, scores, settings }: BoundedStart): (head: Head) => Tuning {
  const [from, to] = [start.head.weight, origin.weight];
  const untuned = (weight: Float32Array) =>
    from === to ? weight : weight.map((value, at) => value - from[at] + to[at]);
  return (head) => ({
    base: { ...origin, weight: untuned(head.weight) },
    ...{ goal: goalOf(settings), scores, bagged: false },
  });
}

/** An answer without its offsets. Those of what was trained are then called SelMix's own, for they are tuned at its end. */
function baseOf({ method, head, tuning }: Candidate): Base | null {
  if (method === "checkpoint" || method === "logitAdjustment" || method === "tunedBias") return null;
  return { head: tuning?.base ?? head, method: method === "selmix" ? "selmixOffsets" : method };
}

/** Who made the head that training starts from. */
export const startMethods: Readonly<Record<StartRecord["kind"], AnswerMethod>> = {
  checkpoint: "checkpoint",
  logitAdjusted: "logitAdjustment",
  tunedBias: "tunedBias",
};

/** The least that each class has to be predicted, and the start under the bounds there are. */
async function beginning(
  problem: Problem,
  settings: TuneSettings,
  { chosen, bases }: { readonly chosen: Start; readonly bases: readonly Base[] },
  validation: Validation,
  compute: Compute,
  signal?: AbortSignal,
): Promise<BoundedStart> {
  const { counts } = await validation.look(problem.head, 0);
  const leastPredicted = leastPredictions(
    talliesFromCounts(counts, unweighted(problem.buckets), problem.classes),
  );
  const least = { ...settings, leastPredicted };
  return boundedStart(problem, least, chosen, bases, validation, compute, signal);
}
