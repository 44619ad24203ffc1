/** What simpler fixes do instead: which of them is the best, and how it compares. One rule for terminal, panel, report and card. */
import { betterWay } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { ControlRecord, EvaluationRecord, Interval, TuneResult } from "../protocol/records.ts";
import { missedText } from "./constraints.ts";
import { amountText, rangeText, valueText } from "./metricValues.ts";
import { capital } from "./names.ts";
import { changeIn, evaluationOn, type Split, shownSet, valueIn } from "./sets.ts";

/** Smaller differences between heads (half a point, or half a percent of a cost) are called none. */
const noticeable = 0.005;

/** A baseline as it was measured on a set. */
export interface MeasuredBaseline extends Omit<ControlRecord, "evaluation"> {
  readonly evaluation: EvaluationRecord;
}

/** The baselines that a set can judge: none that was trained on its very rows, also not of a run of 0.1.0, which kept it. */
export function baselinesOn(controls: readonly ControlRecord[], set: Split): MeasuredBaseline[] {
  return controls.flatMap((control) => {
    const evaluation = control.evaluation[set];
    const onOwnRows = control.id === "trainOnValidation" && set === "validation";
    return evaluation === null || onOwnRows ? [] : [{ ...control, evaluation }];
  });
}

/** A head among others: as it was measured, and whether it keeps every bound. */
type Ranked = Pick<MeasuredBaseline, "evaluation" | "satisfied">;

/** Those that keep every bound before those that miss one, then by value; equal ones stay as they stand. */
export function betterFirst(metric: string): (a: Ranked, b: Ranked) => number {
  const value = ({ evaluation }: Ranked) => valueIn(evaluation, metric);
  return (a, b) => Number(b.satisfied) - Number(a.satisfied) || betterWay(metric) * (value(b) - value(a));
}

/** The checkpoint as it is, and the baselines beside it, on the set that is told. */
export function besideCheckpoint(result: JobResult<"controls">) {
  const set = shownSet(result.before);
  const checkpoint = {
    name: "The checkpoint",
    evaluation: evaluationOn(result.before, set),
    description: "As it is.",
    satisfied: result.beforeSatisfied,
    trainingFree: true,
  };
  return { set, checkpoint, methods: [checkpoint, ...baselinesOn(result.controls, set)] };
}

/** The baseline to beat on a set. */
export function bestBaseline(
  result: TuneResult,
  set: Split,
  metric: string = result.objective,
): MeasuredBaseline | null {
  return baselinesOn(result.controls, set).sort(betterFirst(metric))[0] ?? null;
}

/** "Tuned bias alone, without any training, reaches 75.9 % worst-class recall, against 75.7 % of training: it does as well." */
export function baselineSentence(
  result: TuneResult,
  set: Split,
  metric: string = result.objective,
): string | null {
  const baseline = bestBaseline(result, set, metric);
  if (baseline === null) return null;
  const { name, trainingFree, satisfied, evaluation } = baseline;
  const value = valueIn(evaluation, metric);
  const how = trainingFree ? " alone, without any training," : "";
  const limit = satisfied ? "" : ` and ${missedText(satisfied)}`;
  const reaches = `${capital(name)}${how} reaches ${amountText(metric, value)}${limit}`;
  if (result.trained === null) return `${reaches}; training found nothing better.`;
  const ours = valueIn(evaluationOn(result.trained?.evaluation ?? result.after, set), metric);
  const judgement = satisfied ? compared(metric, value, ours, intervalOf(result, set, metric, ours)) : "";
  const broken = missedText(result.trained?.satisfied ?? true);
  const training = broken === "" ? "of training" : `of training, which ${broken}`;
  return `${reaches}, against ${valueText(metric, ours)} ${training}${judgement}.`;
}

/** The interval of the trained head, where the result is about it. */
function intervalOf(result: TuneResult, set: Split, metric: string, ours: number): Interval | undefined {
  const interval = changeIn(result.changes[set], metric)?.after;
  return interval?.value === ours ? interval : undefined;
}

function compared(metric: string, value: number, ours: number, interval: Interval | undefined): string {
  const ahead = betterWay(metric) * (value - ours);
  const noticed = isCost(metric) ? noticeable * Math.abs(ours) : noticeable;
  if (ahead > noticed) return ": it does better here";
  if (-ahead <= noticed) return ": it does as well here";
  const chance = interval !== undefined && value >= interval.low && value <= interval.high;
  return chance ? ` (${rangeText(metric, interval)}), so that chance may explain the difference` : "";
}
