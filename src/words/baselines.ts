/** What simpler fixes do instead: which of them is the best, and how it compares. One rule for terminal, panel, report and card. */
import { metricName } from "../metrics/catalogue.ts";
import type { ControlRecord, TuneResult } from "../protocol/records.ts";
import { missedText } from "./constraints.ts";
import { capital } from "./names.ts";
import { percent, range } from "./numbers.ts";
import { changeIn, evaluationOn, type Split, valueIn } from "./sets.ts";

/** Smaller differences between heads (half a point) are called none. */
const noticeable = 0.005;

/** The baselines that a set can judge: not one that was trained on its very rows. */
export function baselinesOn(controls: readonly ControlRecord[], set: Split): ControlRecord[] {
  return controls.filter(({ id }) => !(id === "trainOnValidation" && set === "validation"));
}

/** The baseline to beat on a set: those that hold every bound before those that miss one, then by value, then by order. */
export function bestBaseline(
  result: TuneResult,
  set: Split,
  metric: string = result.objective,
): ControlRecord | null {
  const value = ({ evaluation }: ControlRecord) => valueIn(evaluationOn(evaluation, set), metric);
  const ranked = baselinesOn(result.controls, set).sort(
    (a, b) => Number(b.satisfied) - Number(a.satisfied) || value(b) - value(a),
  );
  return ranked[0] ?? null;
}

/** "Tuned bias alone, without any training, reaches 75.9 % worst-class recall, against 75.7 % of this run: it does as well." */
export function baselineSentence(
  result: TuneResult,
  set: Split,
  metric: string = result.objective,
): string | null {
  const baseline = bestBaseline(result, set, metric);
  if (baseline === null) return null;
  const { name, trainingFree, satisfied, evaluation } = baseline;
  const value = valueIn(evaluationOn(evaluation, set), metric);
  const ours = valueIn(evaluationOn(result.after, set), metric);
  const how = trainingFree ? " alone, without any training," : "";
  const limit = satisfied ? "" : ` and ${missedText(satisfied)}`;
  const interval = changeIn(result.changes[set], metric)?.after;
  const judgement =
    value - ours > noticeable
      ? ": it does better here"
      : ours - value <= noticeable
        ? ": it does as well here"
        : interval !== undefined && value >= interval.low
          ? ` (${range(interval.low, interval.high, 1)}), so that chance may explain the difference`
          : "";
  return `${capital(name)}${how} reaches ${percent(value, 1)} ${metricName(metric)}${limit}, against ${percent(ours, 1)} of this run${judgement}.`;
}
