/** What a checkpoint's evaluation says, before any tuning. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { EvaluationRecord } from "../protocol/records.ts";
import { named } from "./names.ts";
import { percent } from "./numbers.ts";
import { evaluationOn, shownSet } from "./sets.ts";

type Evaluated = Pick<JobResult<"evaluate">, "buckets" | "evaluation">;

/** "worst class 34 %, mean recall 71 %, accuracy 80 %". */
export function evaluationText(measured: EvaluationRecord): string {
  const told = [
    [shortName("minRecall"), measured.minRecall],
    [metricName("meanRecall"), measured.meanRecall],
    [metricName("accuracy"), measured.accuracy],
  ] as const;
  return told.map(([name, value]) => `${name} ${percent(value)}`).join(", ");
}

/** "worst class shirt 34 %, mean recall 71 % (test)"; of class and group where recalls are of both. */
export function evaluationSummary({ buckets, evaluation }: Evaluated): string {
  const set = shownSet(evaluation);
  const { recall, meanRecall } = evaluationOn(evaluation, set);
  const known = buckets.flatMap(({ name, group }, at) => {
    const value = recall[at] ?? null;
    return value === null ? [] : [{ name, group, value }];
  });
  const worst = known.reduce<(typeof known)[number] | null>(
    (lowest, each) => (lowest === null || each.value < lowest.value ? each : lowest),
    null,
  );
  const told =
    worst === null
      ? "no class has a sample"
      : `worst class${worst.group === null ? "" : " and group"} ${named(worst.name)} ${percent(worst.value)}`;
  return `${told}, ${metricName("meanRecall")} ${percent(meanRecall)} (${set})`;
}

/** The recall of every class, or class and group, a line each: "shirt: 34 %". */
export function recallLines({ buckets, evaluation }: Evaluated): string[] {
  const { recall } = evaluationOn(evaluation, shownSet(evaluation));
  return buckets.map(({ name }, at) => {
    const value = recall[at] ?? null;
    return `${named(name)}: ${value === null ? "no samples" : percent(value)}`;
  });
}
