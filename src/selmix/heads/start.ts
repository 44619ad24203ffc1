/** Where training starts: from the checkpoint's head or its logit adjustment, whichever is better on validation. */
import { metricName } from "../../metrics/catalogue.ts";
import type { StartRecord } from "../../protocol/records.ts";
import { valueText } from "../../words/metricValues.ts";
import type { Head, Problem } from "../problem.ts";
import type { Score } from "../steering/score.ts";
import { goalOf, type TuneSettings } from "../steering/settings.ts";
import type { Validation } from "../validation/validation.ts";
import { adjustedHead } from "./adjustedHead.ts";
import { bestAdjustment } from "./logitAdjustment.ts";

export interface Start {
  readonly head: Head;
  readonly start: StartRecord;
  /** Spread of the margins of the checkpoint's head, which the first look is smoothed with. */
  readonly spread: number;
}

/** The start that was asked for, or the better one. `counts` [K] are the training samples; null when not known. */
export async function chooseStart(
  problem: Problem,
  settings: TuneSettings,
  validation: Validation,
  counts: ArrayLike<number> | null,
  signal?: AbortSignal,
): Promise<Start> {
  const asIs = async (why: string) => fromCheckpoint(problem, await validation.spread(problem.head), why);
  if (settings.start === "checkpoint") return asIs("asked for");
  if (counts === null) return asIs("the training samples of each class are not known");
  const adjusted = await bestAdjustment(problem, validation, goalOf(settings), counts, signal);
  const { spread } = adjusted;
  if (settings.start === "logitAdjusted") {
    const tau = adjusted.tau === 0 ? 1 : adjusted.tau;
    const head = adjustedHead(problem.head, counts, tau);
    return { head, spread, start: { kind: "logitAdjusted", tau, why: "asked for" } };
  }
  if (adjusted.tau === 0) {
    const why =
      problem.head.bias === null
        ? "the head has no bias to adjust"
        : "no logit adjustment was better on validation";
    return fromCheckpoint(problem, spread, why);
  }
  const { id, told } = goalOf(settings).objective;
  const text = (score: Score) => valueText(id, told(score.value));
  const why = `${metricName(id)} on validation ${text(adjusted.score)}, against ${text(adjusted.unadjusted)} for the checkpoint as it is`;
  return { head: adjusted.head, spread, start: { kind: "logitAdjusted", tau: adjusted.tau, why } };
}

function fromCheckpoint(problem: Problem, spread: number, why: string): Start {
  return { head: problem.head, spread, start: { kind: "checkpoint", tau: 0, why } };
}
