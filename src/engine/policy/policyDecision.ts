/** What one call of `selmix policy` sees and decides: a cycle as `tune` goes through it, its memory kept between processes. */

import type { StartRecord } from "../../protocol/records.ts";
import { isLarge } from "../../selmix/confusion/matrix.ts";
import { chooseStart } from "../../selmix/heads/start.ts";
import type { Head } from "../../selmix/problem.ts";
import { Memory, type MemoryState } from "../../selmix/steering/memory.ts";
import { goalOf } from "../../selmix/steering/settings.ts";
import { Course, type CycleReport } from "../../selmix/training/course.ts";
import { type Direction, Director } from "../../selmix/training/director.ts";
import { evaluatorInArrays } from "../../selmix/validation/arrays.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import { Validation } from "../../selmix/validation/validation.ts";
import { JobError } from "../errors.ts";
import { measureHeads } from "../measure/measure.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import type { PolicyState } from "./policyState.ts";

/** How far the training loop is. */
export interface Progress {
  /** Steps done when this call is made, and in all. */
  readonly step: number;
  readonly steps: number;
  /** Steps until the next call, and the head's learning rate in them. */
  readonly cycleSteps: number;
  readonly learningRate: number;
}

export interface Decision {
  /** The head that the decision is about. */
  readonly head: Head;
  readonly measured: MeasuredHead;
  /** The head as it came; the same but at a first call with logit adjustment. */
  readonly unadjusted: MeasuredHead;
  readonly start: StartRecord;
  /** The cycle that begins. */
  readonly cycle: Omit<CycleReport, "measuredChange">;
  readonly direction: Direction;
  /** The cycle that has ended, where the state knew of one. */
  readonly ended: CycleReport | null;
  readonly course: PolicyState["course"];
  readonly memory: MemoryState;
}

/**
 * At the first call the start as `tune` chooses it; afterwards the head as it came.
 * @param state null at the first call
 * @param trainCounts training samples of each class, where they are known
 */
export async function decide(
  prepared: Prepared,
  state: PolicyState | null,
  trainCounts: readonly number[] | null,
  { step, steps, cycleSteps, learningRate }: Progress,
): Promise<Decision> {
  const { problem } = prepared;
  const { buckets, classes } = problem;
  if (isLarge(buckets.length, classes)) {
    throw new JobError(
      `A policy over ${buckets.length} classes has too many pairs to be answered; tune the head instead (selmix tune).`,
    );
  }
  const kept = state?.memory.averaged?.layout;
  if (kept && kept.rows * kept.columns !== buckets.length * classes) {
    throw new JobError("The state is of a run with other classes or groups; name another file.");
  }
  const settings = settingsOf(prepared);
  const goal = goalOf(settings);
  const evaluator = await evaluatorFor(prepared);
  const memory = new Memory(settings.temperature, state?.memory);
  const drawn = problem.buckets.map(({ label }) => (trainCounts?.[label] ?? 1) > 0);
  const validation = new Validation(problem, evaluator);
  const director = new Director(problem, goal, { first: drawn, second: drawn }, memory, evaluator);
  try {
    const { head, start, spread } = state
      ? { head: problem.head, ...state, ...state.course }
      : await chooseStart(problem, settings, validation, trainCounts);
    const heads = head === problem.head ? [head] : [problem.head, head];
    const [unadjusted, measured = unadjusted] = await measureHeads(prepared, heads, evaluator);
    const ended: CycleReport[] = [];
    const began = state
      ? { ...state.course, best: { ...state.course.best, kept: null } }
      : Course.from(spread);
    const course = new Course<null>(problem, steps, goal, (report) => void ended.push(report), began);
    const ahead = { steps: cycleSteps, learningRate };
    const direction = await course.look({ validation, director, head }, step, ahead, async () => null);
    const { best, selection, pending, ...rest } = course.state;
    if (!best || !selection || !pending || !direction) throw new Error("a cycle was begun");
    return {
      ...{ head, start, measured, unadjusted, direction },
      cycle: pending.report,
      ended: ended[0] ?? null,
      course: { ...rest, best, selection, pending },
      memory: memory.state,
    };
  } finally {
    validation.dispose();
    director.dispose();
  }
}

/** Multiply-adds that plain arrays do in about a tenth of a second, which is what starting tensors takes. */
const quickly = 1e8;

async function evaluatorFor({ problem, test }: Prepared): Promise<Evaluator> {
  const rows = problem.validation.rows.count + (test?.rows.count ?? 0);
  const work = rows * problem.head.size * problem.classes + problem.buckets.length ** 2 * problem.head.size;
  return work <= quickly ? evaluatorInArrays() : (await import("./policyTensors.ts")).evaluatorOnTensors();
}
