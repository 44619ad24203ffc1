/**
 * SelMix on a whole network: the head first, as in tune.ts, then head and backbone together, then the head again
 * (settings.ts says for how long each). The network that is best on validation is kept, over all of it: so it is never
 * worse there than what is made of the head alone.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { StartRecord } from "../../protocol/records.ts";
import { Course, type CourseState, type CycleReport } from "../course.ts";
import { HeadRun } from "../headRun.ts";
import { headFromMatrix } from "../headTensor.ts";
import { classCounts } from "../logitAdjustment.ts";
import { Memory, type MemoryState } from "../memory.ts";
import { Random } from "../random.ts";
import { goalOf } from "../settings.ts";
import { chooseStart } from "../start.ts";
import type { TuneObserver, TuneOutcome } from "../tune.ts";
import { Validation } from "../validation.ts";
import type { WholeProblem } from "./backbone.ts";
import { copyOf, type KeptNetwork, keptOf, type NetworkTensors, numbersOf, tensorsOf } from "./network.ts";
import { stretchesOf, type WholeSettings, wholeCycleLength } from "./settings.ts";
import { WholeRun } from "./wholeRun.ts";

/** Where a run stands at the beginning of a cycle in which the backbone may have moved: it can go on from there. */
export interface WholeState {
  readonly step: number;
  readonly start: StartRecord;
  readonly course: CourseState<KeptNetwork>;
  readonly memory: MemoryState;
  readonly random: readonly number[];
  readonly live: KeptNetwork;
  readonly average: KeptNetwork;
}

export interface WholeObserver extends TuneObserver {
  /** At the beginning of each cycle in which the backbone may have moved; `state` is made when it is called. */
  onState?(state: () => Promise<WholeState>): void | Promise<void>;
}

export interface WholeOutcome extends TuneOutcome {
  /** The backbone's weights in the order of `Backbone.weights`; null when none of those was better than the checkpoint's. */
  readonly weights: readonly Float32Array[] | null;
}

/**
 * Tunes head and backbone on the tfjs backend that is set, which must have the gradients that the backbone needs.
 * The backbone's variables end as they began. On the cpu backend the same seed gives the same network, byte for byte,
 * whether it was made in one go or from a state in between.
 * @throws the abort signal's reason when cancelled
 */
export async function tuneWhole(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver = {},
  resumed: WholeState | null = null,
): Promise<WholeOutcome> {
  const original = problem.backbone.weights.map((weight) => tf.clone(weight));
  try {
    return await (resumed === null
      ? begin(problem, settings, observer)
      : goOn(problem, settings, observer, resumed));
  } finally {
    for (const [at, weight] of problem.backbone.weights.entries()) weight.assign(original[at]);
    tf.dispose(original);
  }
}

/** The first stretch, on the features of the checkpoint, and then the others. */
async function begin(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
): Promise<WholeOutcome> {
  const validation = new Validation(problem);
  const memory = new Memory(settings.temperature);
  const random = new Random(settings.seed);
  const { head: stretch } = stretchesOf(settings);
  let course: Course<KeptNetwork>;
  let start: StartRecord;
  let matrix: tf.Tensor2D;
  try {
    const chosen = await chooseStart(problem, settings, validation, classCounts(problem));
    start = chosen.start;
    await observer.onStart?.(start);
    course = courseOf(problem, settings, observer, Course.from(chosen.spread));
    const keep = async (head: tf.Tensor2D) => ({ matrix: await numbersOf(head), weights: null });
    const carried = { course, memory, random, signal: observer.signal, keep };
    const run = new HeadRun(problem, settings, validation, chosen.head, carried);
    try {
      await run.along(stretch);
      matrix = run.matrix();
    } finally {
      run.dispose();
    }
  } finally {
    validation.dispose();
  }
  const live = { matrix, weights: problem.backbone.weights.map((weight) => tf.clone(weight)) };
  return finish(
    problem,
    settings,
    observer,
    { start, course, memory, random, live, average: copyOf(live) },
    stretch.to,
  );
}

/** The rest of a run that was left somewhere. */
async function goOn(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  state: WholeState,
): Promise<WholeOutcome> {
  const from = {
    start: state.start,
    course: courseOf(problem, settings, observer, state.course),
    memory: new Memory(settings.temperature, state.memory),
    random: Random.at(state.random),
    live: tensorsOf(problem, state.live),
    average: tensorsOf(problem, state.average),
  };
  return finish(problem, settings, observer, from, state.step);
}

interface From {
  readonly start: StartRecord;
  readonly course: Course<KeptNetwork>;
  readonly memory: Memory;
  readonly random: Random;
  readonly live: NetworkTensors;
  readonly average: NetworkTensors;
}

async function finish(
  problem: WholeProblem,
  settings: WholeSettings,
  observer: WholeObserver,
  from: From,
  step: number,
): Promise<WholeOutcome> {
  const { start, course, memory, random } = from;
  const run = new WholeRun(problem, settings, {
    ...from,
    ...(observer.signal && { signal: observer.signal }),
    onCycle: (at, live, average) =>
      observer.onState?.(async () => ({
        ...{ step: at, start, course: course.state, memory: memory.state, random: random.state },
        ...{ live: await keptOf(live), average: await keptOf(average) },
      })),
  });
  try {
    await run.toEnd(step);
  } finally {
    run.dispose();
  }
  const { kept, score, step: bestStep } = course.best;
  const steps = stretchesOf(settings).last.to;
  const head = headFromMatrix(kept.matrix, problem.head);
  const cycleLength = wholeCycleLength(problem, settings);
  return { head, weights: kept.weights, start, score, bestStep, steps, cycleLength, mended: false };
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
