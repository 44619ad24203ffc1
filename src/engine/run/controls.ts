/** The honest controls (docs/method.md, section 17.2), run beside a tune or by themselves. */
import type { ControlRecord } from "../../protocol/records.ts";
import type { FittedHead } from "../../selmix/heads/crossFit.ts";
import { hasRoomForOffsets } from "../../selmix/heads/offsets.ts";
import type { Head } from "../../selmix/problem.ts";
import { type Control, type ControlId, controls, runControl } from "../../selmix/training/controls.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { allKept } from "../../words/constraints.ts";
import { duration } from "../../words/numbers.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { measureFitted } from "../measure/measure.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import { verdictsOf } from "../verdict/verdicts.ts";

/** A tune longer than this (seconds) is not followed by controls that train, each of which takes as long. */
const longTune = 5;

export type ControlChoice = "auto" | "all" | "trainingFree" | "none";

/** Some controls, and why others are left out. */
export interface ChosenControls {
  readonly chosen: readonly Control[];
  readonly why: readonly string[];
}

/** Controls that need no training, which a verdict is made with. */
export function trainingFreeControls(choice: ControlChoice, prepared: Prepared): ChosenControls {
  if (choice === "none") return { chosen: [], why: [] };
  return withoutBlind(
    controls.filter(({ trainingFree }) => trainingFree),
    prepared,
  );
}

/** Offsets that are tuned on validation give up whoever validation does not have: they are no alternative then. Nor where they take gigabytes. */
function withoutBlind(candidates: readonly Control[], { problem }: Prepared): ChosenControls {
  const { held = [], classes, validation } = problem;
  const isBlind = held.length > 0;
  if (!isBlind && hasRoomForOffsets(problem)) return { chosen: candidates, why: [] };
  const why = isBlind
    ? "validation lacks samples, and whoever they are of would be given up."
    : `its search would hold the logits of ${validation.rows.count} rows for ${classes} classes in memory.`;
  return {
    chosen: candidates.filter(({ id }) => id !== "tunedBias"),
    why: [`Tuned bias is not shown: ${why}`],
  };
}

/** Controls that train, after a tune of `tuneSeconds`. */
export function trainingControls(
  choice: ControlChoice,
  tuneSeconds: number,
  prepared: Prepared,
): ChosenControls {
  if (choice === "none" || choice === "trainingFree") return { chosen: [], why: [] };
  if (choice === "auto" && tuneSeconds >= longTune) {
    const why = `Controls that train were left out, because the tune took ${duration(tuneSeconds)}: run them with "selmix controls".`;
    return { chosen: [], why: [why] };
  }
  return withoutOwnRows(
    controls.filter(({ trainingFree }) => !trainingFree),
    prepared,
  );
}

/** All controls that can be judged by rows that they were not trained on. */
export function judgeableControls(prepared: Prepared): ChosenControls {
  const seeing = withoutBlind(controls, prepared);
  const { chosen, why } = withoutOwnRows(seeing.chosen, prepared);
  return { chosen, why: [...seeing.why, ...why] };
}

function withoutOwnRows(candidates: readonly Control[], { test }: Prepared): ChosenControls {
  if (test !== null) return { chosen: candidates, why: [] };
  return {
    chosen: candidates.filter(({ id }) => id !== "trainOnValidation"),
    why: [
      "Training on validation is not shown: without a test set it could only be judged by the rows that it was trained on.",
    ],
  };
}

/** A control that has run. */
export interface ControlRun {
  readonly record: ControlRecord;
  readonly head: Head;
  readonly measured: MeasuredHead;
}

/**
 * Runs controls one after another; `done` hears of each.
 * @param had the head of a control that somebody has made already; null where it is to be made
 */
export async function runControls(
  chosen: readonly Control[],
  prepared: Prepared,
  compute: Compute,
  context: JobContext,
  runFolder: string | null,
  done: (run: ControlRun) => void,
  had: (id: ControlId) => FittedHead | null = () => null,
): Promise<void> {
  for (const [step, control] of chosen.entries()) {
    context.progress({ phase: "controls", message: control.name, step, steps: chosen.length, runFolder });
    await yieldToEvents(context.signal);
    const started = performance.now();
    const settings = settingsOf(prepared);
    const fitted =
      had(control.id) ?? (await runControl(control.id, prepared.problem, settings, context.signal, compute));
    const measured = await measureFitted(prepared, fitted, compute);
    const seconds = (performance.now() - started) / 1000;
    done({ head: fitted.head, measured, record: recordOf(prepared, control, measured, seconds) });
  }
}

/** What is said of a control: nothing on rows that it was trained on. */
function recordOf(prepared: Prepared, control: Control, { validation, test }: MeasuredHead, seconds: number) {
  const verdicts = verdictsOf(prepared, { validation, test });
  const onOwnRows = control.id === "trainOnValidation";
  const holds = onOwnRows ? verdicts.every((verdict) => verdict.test?.status === "holds") : allKept(verdicts);
  return {
    ...control,
    evaluation: {
      validation: onOwnRows ? null : validation.evaluation,
      test: test?.evaluation ?? null,
    },
    satisfied: holds,
    seconds,
  };
}
