/** A training that has ended, judged: its head, and what needs no training, against the checkpoint. */
import { headReplacements } from "../checkpoints/head.ts";
import type { ControlRecord } from "../protocol/records.ts";
import { adjustedHead } from "../selmix/adjustedHead.ts";
import type { Compute } from "../selmix/evaluator.ts";
import { classCounts } from "../selmix/logitAdjustment.ts";
import type { TuneOutcome } from "../selmix/tune.ts";
import { candidateOf, type MeasuredCandidate } from "./candidates.ts";
import { runControls, trainingFreeControls } from "./controls.ts";
import type { JobContext } from "./job.ts";
import { measureHeads } from "./measure.ts";
import type { MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { type Settled, settle } from "./settle.ts";
import type { Trained } from "./training.ts";

export interface JudgedRun {
  readonly before: MeasuredHead;
  readonly settled: Settled;
  /** The controls that the verdict was made with. */
  readonly controls: readonly ControlRecord[];
  /** Why others were left out, a sentence each. */
  readonly notes: readonly string[];
}

/** Runs the controls that need no training, and settles what the run comes to. */
export async function judgeRun(
  prepared: Prepared,
  compute: Compute,
  { outcome, replacements, measure }: Trained,
  context: JobContext,
  runFolder: string,
): Promise<JudgedRun> {
  const { before, after } = await measure();
  const candidate = (head: Pick<MeasuredCandidate, "baseline" | "measured" | "replacements">) =>
    candidateOf(prepared, before, head);
  const controls: ControlRecord[] = [];
  const baselines: MeasuredCandidate[] = [];
  const started = await startAsBaseline(prepared, compute, outcome);
  if (started) baselines.push(candidate(started));
  const { chosen, why } = trainingFreeControls(prepared.project.configuration.tuning.controls, prepared);
  await runControls(chosen, prepared, compute, context, runFolder, ({ record, head, measured }) => {
    controls.push(record);
    if (baselines.some(({ baseline }) => baseline === record.id)) return;
    const changed = headReplacements(prepared.location, head);
    baselines.push(candidate({ baseline: record.id, measured, replacements: changed }));
  });
  const kept = outcome.bestStep === 0 && outcome.mendedFrom === null;
  const settled = settle(prepared, {
    checkpoint: candidate({ baseline: null, measured: before, replacements: [] }),
    baselines,
    tuned: kept ? null : candidate({ baseline: null, measured: after, replacements }),
  });
  return { before, settled, controls, notes: why };
}

/** Training that starts from logit adjustment has it for a baseline, whichever controls run; null where it does not. */
async function startAsBaseline(prepared: Prepared, compute: Compute, { start }: TuneOutcome) {
  if (start.kind !== "logitAdjusted") return null;
  const { problem, location } = prepared;
  const head = adjustedHead(problem.head, classCounts(problem), start.tau);
  const [measured] = await measureHeads(prepared, [head], compute);
  if (!measured) throw new Error("one head was measured");
  return { baseline: "logitAdjustment", measured, replacements: headReplacements(location, head) } as const;
}
