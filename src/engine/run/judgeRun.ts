/** A training that has ended, judged: its head, and what needs no training, against the checkpoint. */
import type { ControlRecord } from "../../protocol/records.ts";
import { adjustedHead } from "../../selmix/heads/adjustedHead.ts";
import type { FittedHead } from "../../selmix/heads/crossFit.ts";
import { classCounts } from "../../selmix/heads/logitAdjustment.ts";
import type { ControlId } from "../../selmix/training/controls.ts";
import type { TuneOutcome } from "../../selmix/training/tune.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { allKept } from "../../words/constraints.ts";
import type { JobContext } from "../job.ts";
import { measureFitted } from "../measure/measure.ts";
import { type MeasuredHead, splitEvaluationOf } from "../measure/measured.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import type { Prepared } from "../problem/prepare.ts";
import { type Link, proveCandidates } from "../proof/sequence.ts";
import type { Trained } from "../training/training.ts";
import { candidateOf, type MeasuredCandidate, type UnjudgedHead } from "../verdict/candidates.ts";
import { type Settled, settle } from "../verdict/settle.ts";
import { type ControlRun, runControls, trainingFreeControls } from "./controls.ts";

export interface JudgedRun {
  readonly before: MeasuredHead;
  readonly settled: Settled;
  /** The controls that the verdict was made with. */
  readonly controls: readonly ControlRecord[];
  /** Why others were left out, a sentence each. */
  readonly notes: readonly string[];
  /** The heads that bounds were to be proved of, in the order of the tests; none where no proof was asked for. */
  readonly links: readonly Link[];
}

/** Runs the controls that need no training, and settles what the run comes to. */
export async function judgeRun(
  prepared: Prepared,
  compute: Compute,
  trained: Trained,
  context: JobContext,
  runFolder: string,
): Promise<JudgedRun> {
  const { before, after } = await trained.measure();
  const candidate = (head: UnjudgedHead) => candidateOf(prepared, before, head);
  const controls: ControlRecord[] = [];
  const baselines = (await ownBaselines(prepared, compute, trained, after)).map(candidate);
  const { chosen, why } = trainingFreeControls(prepared.project.configuration.tuning.controls, prepared);
  const { tau, tunedBias } = trained.outcome.untrained;
  const had = (id: ControlId): FittedHead | null => {
    const known = baselines.find(({ baseline }) => baseline === id);
    if (known) return { head: known.head, crossFit: null };
    if (id === "tunedBias") return tunedBias;
    const adjusted = () => adjustedHead(prepared.problem.head, classCounts(prepared.problem), tau ?? 0);
    return id === "logitAdjustment" && tau !== null ? { head: adjusted(), crossFit: null } : null;
  };
  const done = ({ record, head, measured }: ControlRun) => {
    const known = baselines.find(({ baseline }) => baseline === record.id);
    if (known) {
      controls.push({ ...record, ...standingOf(known) });
      return;
    }
    controls.push(record);
    const changed = replacementsOf(prepared, head);
    baselines.push(candidate({ baseline: record.id, head, measured, replacements: changed }));
  };
  await runControls(chosen, prepared, compute, context, runFolder, done, had);
  // Logit adjustment is the simpler one.
  baselines.sort((a, b) => simplest.indexOf(a.baseline) - simplest.indexOf(b.baseline));
  const { method } = trained.outcome;
  const candidates = {
    checkpoint: candidate({
      baseline: null,
      head: prepared.problem.head,
      measured: before,
      replacements: [],
    }),
    baselines,
    tuned: isTrained(trained.outcome)
      ? candidate({
          baseline: null,
          ...{ method, head: trained.outcome.head, measured: after, replacements: trained.replacements },
        })
      : null,
  };
  const { proof } = prepared;
  const proven =
    proof && (await proveCandidates({ ...prepared, proof }, before, candidates, compute, context));
  const settled = settle(prepared, proven?.candidates ?? candidates);
  return { before, settled, controls, notes: why, links: proven?.links ?? [] };
}

/** Baselines, the simplest first. */
export const simplest: readonly MeasuredCandidate["baseline"][] = ["logitAdjustment", "tunedBias"];

/** Whether the answer is a head that training made. */
export function isTrained({ method }: Pick<TuneOutcome, "method">): boolean {
  return method !== "checkpoint" && method !== "logitAdjustment" && method !== "tunedBias";
}

/** What a report says of a baseline that training has for its own. */
function standingOf({ measured, constraints }: MeasuredCandidate) {
  return { evaluation: splitEvaluationOf(measured), satisfied: allKept(constraints) };
}

/** The baselines that training starts from or answers with, whichever controls run; tuned offsets are judged by cross-fitting. */
export async function ownBaselines(
  prepared: Prepared,
  compute: Compute,
  { outcome, replacements }: Pick<Trained, "outcome" | "replacements">,
  after: MeasuredHead,
): Promise<UnjudgedHead[]> {
  const { start, method, tunedStart } = outcome;
  const { problem } = prepared;
  const baselines: UnjudgedHead[] = [];
  if (start.kind === "logitAdjusted") {
    const head = adjustedHead(problem.head, classCounts(problem), start.tau);
    const measured = await measureFitted(prepared, { head, crossFit: null }, compute);
    const changed = replacementsOf(prepared, head);
    baselines.push({ baseline: "logitAdjustment", head, measured, replacements: changed });
  }
  if (method === "tunedBias")
    baselines.push({ baseline: "tunedBias", head: outcome.head, measured: after, replacements });
  else if (tunedStart !== null) {
    const measured = await measureFitted(prepared, tunedStart, compute);
    const changed = replacementsOf(prepared, tunedStart.head);
    baselines.push({ baseline: "tunedBias", head: tunedStart.head, measured, replacements: changed });
  }
  return baselines;
}
