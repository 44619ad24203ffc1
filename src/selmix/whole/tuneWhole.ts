/**
 * SelMix on a whole network: the head first, as in tune.ts, then the whole network, then the head again (settings.ts says for
 * how long each). The network that is best on validation is kept, over all of it: so it is never worse there than what is
 * made of the head alone.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { StartRecord } from "../../protocol/records.ts";
import { inConditionedCoordinates } from "../heads/conditioning.ts";
import { classCounts } from "../heads/logitAdjustment.ts";
import { chooseStart } from "../heads/start.ts";
import type { Head, Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { Yielder } from "../schedule.ts";
import { Memory, type MemoryState } from "../steering/memory.ts";
import { goalOf } from "../steering/settings.ts";
import { headFromMatrix, headMatrix } from "../tensors/headTensor.ts";
import { tensors } from "../tensors/tensors.ts";
import { Course, type CourseState, type CycleReport } from "../training/course.ts";
import { HeadRun } from "../training/headRun.ts";
import { startMethods, type TuneObserver, type TuneOutcome } from "../training/tune.ts";
import type { Compute } from "../validation/evaluator.ts";
import { Validation } from "../validation/validation.ts";
import { featuresOf, type SampleRows, type WholeProblem, withRows } from "./backbone.ts";
import { type KeptNetwork, type NetworkNumbers, type Standing, standingAt } from "./network.ts";
import { imagesInStep, stretchesOf, type WholeSettings, wholeCycleLength } from "./settings.ts";
import { WholeRun } from "./wholeRun.ts";

/** Where a run stands at the beginning of a cycle of the whole network, or at their end: it can go on from there. */
export interface WholeState {
  readonly step: number;
  readonly start: StartRecord;
  readonly course: CourseState<KeptNetwork>;
  readonly memory: MemoryState;
  readonly random: readonly number[];
  readonly standing: Standing;
  /** The head [d (+1), K] with which the backbone began to learn: unlabelled samples have their labels from it. */
  readonly teacher: Float32Array;
}

export interface WholeObserver extends TuneObserver {
  /** At the beginning of each cycle of the whole network, and at their end; `state` is made when it is called. */
  onState?(state: () => Promise<WholeState>): void | Promise<void>;
}

export interface WholeOutcome extends TuneOutcome {
  /** The backbone's weights in the order of `Backbone.weights`; null when none of those was better than the checkpoint's. */
  readonly weights: readonly Float32Array[] | null;
}

/**
 * Tunes head and backbone, the backbone on the tfjs backend that is set, which must have the gradients that it needs.
 * The backbone's variables end as they began. On the cpu backend the same seed gives the same network, byte for byte,
 * whether it was made in one go or from a state in between.
 * @throws the abort signal's reason when cancelled
 */
export async function tuneWhole(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver = {},
  resumed: WholeState | null = null,
  compute: Compute = tensors,
): Promise<WholeOutcome> {
  const original = problem.backbone.weights.map((weight) => tf.clone(weight));
  try {
    return await (resumed === null
      ? begin(problem, settings, observer, compute)
      : goOn(problem, settings, observer, resumed, compute));
  } finally {
    for (const [at, weight] of problem.backbone.weights.entries()) weight.assign(original[at]);
    tf.dispose(original);
  }
}

/** What a run carries from its beginning to its end. */
interface RunContext {
  readonly start: StartRecord;
  readonly course: Course<KeptNetwork>;
  readonly memory: Memory;
  readonly random: Random;
  readonly compute: Compute;
  readonly signal?: AbortSignal;
  /** What is trained together is judged as it is: offsets tuned on validation on the way would have to be cross-fitted. */
  readonly offsets: false;
}

/** From the checkpoint. */
async function begin(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  compute: Compute,
): Promise<WholeOutcome> {
  const memory = new Memory(settings.temperature);
  const random = new Random(settings.seed);
  const { head: stretch } = stretchesOf(settings);
  const { problem: conditioned, original } = inConditionedCoordinates(problem);
  const validation = new Validation(conditioned, compute);
  let carried: RunContext;
  let teacher: Float32Array;
  try {
    const { head, start, spread } = await chooseStart(
      conditioned,
      settings,
      validation,
      classCounts(problem),
      observer.signal,
    );
    await observer.onStart?.(start);
    const course = courseOf(problem, settings, observer, Course.from(spread));
    carried = { ...observed(observer), start, course, memory, random, compute, offsets: false };
    const keep = (one: Head) => keepAbove(null)(original(one));
    const run = new HeadRun(conditioned, settings, validation, head, { ...carried, keep });
    try {
      await run.along(stretch);
      teacher = headMatrix(original(await run.head()));
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
  const standing = await standingAt(problem.backbone, teacher);
  return finish(problem, settings, observer, carried, { step: stretch.to, teacher, standing });
}

/** The rest of a run that was left somewhere. */
async function goOn(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  state: WholeState,
  compute: Compute,
): Promise<WholeOutcome> {
  const carried = {
    ...observed(observer),
    start: state.start,
    course: courseOf(problem, settings, observer, state.course),
    memory: new Memory(settings.temperature, state.memory),
    random: Random.at(state.random),
    compute,
    offsets: false,
  } as const;
  return finish(problem, settings, observer, carried, state);
}

/** The whole network, and its head again. */
async function finish(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  carried: RunContext,
  { step: begun, teacher, standing: at }: Pick<WholeState, "step" | "teacher" | "standing">,
): Promise<WholeOutcome> {
  const { start, course, memory, random } = carried;
  const onCycle = (step: number, standing: () => Promise<Standing>) =>
    observer.onState?.(async () => ({
      ...{ step, start, teacher, course: course.state, memory: memory.state, random: random.state },
      standing: await standing(),
    }));
  const around = { ...carried, teacher, standing: at, onCycle };
  const run = await WholeRun.open(problem, settings, around, begun);
  let network: NetworkNumbers;
  try {
    network = await run.toEnd(begun);
  } finally {
    run.dispose();
  }
  await headAgain(problem, settings, carried, network);
  const { kept, score, step: bestStep } = course.best;
  const steps = stretchesOf(settings).last.to;
  const head = headFromMatrix(kept.matrix, problem.head);
  const cycleLength = wholeCycleLength(problem, settings);
  const method = bestStep === 0 ? startMethods[start.kind] : "selmix";
  const answer = { head, own: head, method, score, bestStep, crossFit: null, tunedStart: null, base: null };
  const untrained = { tau: null, tunedBias: null };
  return { ...answer, untrained, weights: kept.weights, start, steps, cycleLength, marginPrice: null };
}

/** The last stretch, on features made anew by the backbone as it is, which is that of `network`. */
async function headAgain(
  problem: WholeProblem,
  settings: WholeSettings,
  carried: RunContext,
  { matrix, weights }: NetworkNumbers,
): Promise<void> {
  const { last } = stretchesOf(settings);
  const changed = await onNewFeatures(problem, settings, carried.signal);
  const begun = { ...changed, head: headFromMatrix(matrix, problem.head) };
  const { problem: conditioned, original } = inConditionedCoordinates(begun);
  const validation = new Validation(conditioned, carried.compute);
  const keep = (one: Head) => keepAbove(weights)(original(one));
  try {
    const run = new HeadRun(conditioned, settings, validation, conditioned.head, { ...carried, keep });
    try {
      await run.along(last);
      await run.end(last.to);
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
}

/** The problem of a head above the backbone as it is. */
async function onNewFeatures(
  { backbone, samples, ...problem }: WholeProblem,
  settings: WholeSettings,
  signal: AbortSignal | undefined,
): Promise<Problem> {
  const yielder = new Yielder(signal);
  const rest = () => yielder.after(Number.MAX_SAFE_INTEGER);
  const rowsOf = (set: SampleRows) =>
    featuresOf(backbone, set, problem.head.size, imagesInStep(settings), rest);
  return {
    ...problem,
    train: withRows(problem.train, await rowsOf(samples.train)),
    validation: withRows(problem.validation, await rowsOf(samples.validation)),
    ...(samples.unlabeled && { unlabeled: await rowsOf(samples.unlabeled) }),
  };
}

/** What is kept of a head above a backbone. */
function keepAbove(weights: KeptNetwork["weights"]): (head: Head) => KeptNetwork {
  return (head) => ({ matrix: headMatrix(head), weights });
}

function observed({ signal }: WholeObserver): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function courseOf(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  state: CourseState<KeptNetwork>,
): Course<KeptNetwork> {
  const onCycle = (report: CycleReport) => observer.onCycle?.(report);
  return new Course(problem, stretchesOf(settings).last.to, goalOf(settings), onCycle, state);
}
