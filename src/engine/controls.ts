/** The honest controls of method.md section 6, run beside a tune or by themselves. */
import type { ControlRecord } from "../protocol/records.ts";
import { type Control, controls, runControl } from "../selmix/controls.ts";
import type { Compute } from "../selmix/evaluator.ts";
import { allHold } from "../words/constraints.ts";
import { duration } from "../words/numbers.ts";
import { breathe, type JobContext } from "./job.ts";
import { measureHeads } from "./measure.ts";
import { splitEvaluationOf } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { settingsOf } from "./settings.ts";
import { verdictsOf } from "./verdicts.ts";

/** A tune longer than this (seconds) is not followed by controls that train, each of which takes as long. */
const longTune = 5;

export type ControlChoice = "auto" | "all" | "trainingFree" | "none";

/** Which controls run after a tune of `tuneSeconds`, and why, when some do not. */
export function chosenControls(
  choice: ControlChoice,
  tuneSeconds: number,
): { chosen: Control[]; why: string | null } {
  if (choice === "none") return { chosen: [], why: null };
  if (choice === "all" || (choice === "auto" && tuneSeconds < longTune))
    return { chosen: [...controls], why: null };
  const why =
    choice === "auto"
      ? `Controls that train were left out, because the tune took ${duration(tuneSeconds)}: run them with "selmix controls".`
      : null;
  return { chosen: controls.filter(({ trainingFree }) => trainingFree), why };
}

/** Runs controls one after another; `done` hears of each. */
export async function runControls(
  chosen: readonly Control[],
  prepared: Prepared,
  compute: Compute,
  context: JobContext,
  runFolder: string | null,
  done: (record: ControlRecord) => void,
): Promise<void> {
  const settings = settingsOf(prepared);
  for (const [step, control] of chosen.entries()) {
    context.progress({ phase: "controls", message: control.name, step, steps: chosen.length, runFolder });
    await breathe(context.signal);
    const started = performance.now();
    const head = await runControl(control.id, prepared.problem, settings, context.signal, compute);
    const [measured] = await measureHeads(prepared, [head], compute);
    if (!measured) continue;
    const verdicts = verdictsOf(prepared, measured);
    done({
      ...control,
      evaluation: splitEvaluationOf(measured),
      satisfied: allHold(verdicts),
      seconds: (performance.now() - started) / 1000,
    });
  }
}
