/** The heads that a tune under one bound chooses among: what it trained, and the fixes that need no training. */
import type { Base } from "../../selmix/heads/boundedStart.ts";
import { tune } from "../../selmix/training/tune.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import type { JobContext } from "../job.ts";
import { measureFitted } from "../measure/measure.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import { runControls, trainingFreeControls } from "../run/controls.ts";
import { isTrained, ownBaselines } from "../run/judgeRun.ts";
import { candidateOf, type UnjudgedHead } from "../verdict/candidates.ts";
import type { Found } from "./answers.ts";

interface Tuning {
  /** Steps of training. */
  readonly steps: number;
  /** What another bound trained, to start from as well. */
  readonly base: Base | null;
  /** The checkpoint as it was measured. */
  readonly checkpoint: MeasuredHead;
  readonly compute: Compute;
  readonly context: JobContext;
}

/** Tunes, and returns the heads with what the next bound may start from. @param point what was prepared, under the bound */
export async function headsUnder(
  point: Prepared,
  { steps, base, checkpoint, compute, context }: Tuning,
): Promise<{ readonly found: Found[]; readonly base: Base | null }> {
  const { signal } = context;
  const bases = base === null ? [] : [base];
  const outcome = await tune(point.problem, { ...settingsOf(point), steps }, { signal }, compute, bases);
  const after = await measureFitted(point, outcome, compute);
  const replacements = replacementsOf(point, outcome.head);
  const heads: UnjudgedHead[] = await ownBaselines(point, compute, { outcome, replacements }, after);
  const { chosen } = trainingFreeControls(point.project.configuration.tuning.controls, point);
  const others = chosen.filter(({ id }) => !heads.some(({ baseline }) => baseline === id));
  // Their progress is none of the sweep's.
  const quiet = { ...context, progress: () => undefined };
  await runControls(others, point, compute, quiet, null, ({ record, head, measured }) => {
    heads.push({ baseline: record.id, head, measured, replacements: replacementsOf(point, head) });
  });
  const { method, head, start, bestStep } = outcome;
  if (isTrained(outcome)) heads.push({ baseline: null, method, head, measured: after, replacements });
  const found = heads.map((one) => ({ ...candidateOf(point, checkpoint, one), start, bestStep, steps }));
  return { found, base: outcome.base ?? base };
}
