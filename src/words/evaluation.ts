/** What a checkpoint's evaluation says, before any tuning. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { GroupMetric, SetReport } from "../protocol/evaluation.ts";
import type { EvaluationRecord, Interval } from "../protocol/records.ts";
import { allHold, valueName, verdictSentence, verdictsText } from "./constraints.ts";
import { capital, listed, named } from "./names.ts";
import { percent, range, share } from "./numbers.ts";
import { type Split, shownSet } from "./sets.ts";
import { sizesText } from "./sizes.ts";

export type Evaluated = Pick<JobResult<"evaluate">, "evaluation" | "constraints" | "sets" | "warnings">;

/** "worst class 34 %, mean recall 71 %, accuracy 80 %". */
export function evaluationText(measured: EvaluationRecord): string {
  const told = [
    [shortName("minRecall"), measured.minRecall],
    [metricName("meanRecall"), measured.meanRecall],
    [metricName("accuracy"), measured.accuracy],
  ] as const;
  return told.map(([name, value]) => `${name} ${percent(value)}`).join(", ");
}

/** What was measured on the set that is told about: test where there is one. */
export function shownReport({ evaluation, sets }: Evaluated): { set: Split; report: SetReport } {
  const set = shownSet(evaluation);
  return { set, report: sets[set] ?? sets.validation };
}

/** Of some recalls the lowest that is known. */
function lowest<Row extends { readonly recall: Interval | null }>(rows: readonly Row[]) {
  return rows.reduce<{ row: Row; recall: number } | null>((least, row) => {
    const recall = row.recall?.value;
    return recall === undefined || (least !== null && least.recall <= recall) ? least : { row, recall };
  }, null);
}

/** "worst class shirt 34 %, worst group shirt in indoors 12 %, mean recall 71 % (test); constraint missed". */
export function evaluationSummary(evaluated: Evaluated): string {
  const { set, report } = shownReport(evaluated);
  const worst = lowest(report.classes);
  const inGroup = lowest((report.groups?.recall ?? []).filter(({ judged }) => judged));
  const parts = [
    worst
      ? `${shortName("minRecall")} ${named(worst.row.class)} ${percent(worst.recall)}`
      : "no class has a sample",
    ...(inGroup
      ? [
          `${shortName("minGroupRecall")} ${named(inGroup.row.class)} in ${named(inGroup.row.group)} ${percent(inGroup.recall)}`,
        ]
      : []),
    `${metricName("meanRecall")} ${percent(report.metrics.meanRecall?.value)} (${set})`,
  ];
  const verdict = verdictsText(evaluated.constraints);
  return `${parts.join(", ")}${verdict === "" ? "" : `; ${verdict}`}`;
}

/** Whether what an evaluation says is to be read with care: a bound that does not hold. */
export function isTroubling({ constraints }: Evaluated): boolean {
  return !allHold(constraints);
}

function withInterval(measured: Interval | null): string {
  if (measured === null) return "not judged";
  return `${share(measured.value)} (${range(measured.low, measured.high, 1)})`;
}

function samplesText(samples: readonly number[]): string {
  return `${listed(samples.map(String), samples.length)} sample${samples.length === 1 && samples[0] === 1 ? "" : "s"}`;
}

/** What a group metric is, of whom, how sure, and by how many samples. */
export function groupMetricLine({ value, low, high, samples, unmeasured, ...about }: GroupMetric): string {
  const unknown = unmeasured === null ? "" : ` ${unmeasured}`;
  if (value === null || low === null || high === null) return `${valueName(about)}: not judged.${unknown}`;
  return `${valueName(about)}: ${withInterval({ value, low, high })}, ${samplesText(samples)}.${unknown}`;
}

/** The samples of each class in each group; null without groups. */
export function groupSizes(evaluated: Evaluated): string | null {
  const { set, report } = shownReport(evaluated);
  const cells = (report.groups?.recall ?? []).map(({ class: name, group, samples }) => ({
    name: `${name} in ${group}`,
    samples,
  }));
  return sizesText(cells, set, report.groups?.minimumSupport ?? null);
}

/** Everything, a line each: classes, bounds, groups, and what to be careful about. */
export function evaluationLines(evaluated: Evaluated): string[] {
  const { report } = shownReport(evaluated);
  const sizes = groupSizes(evaluated);
  return [
    ...(sizes === null ? [] : [sizes]),
    ...report.classes.map(
      (one) =>
        `${named(one.class)}: recall ${withInterval(one.recall)}, precision ${withInterval(one.precision)}, F1 ${percent(one.f1, 1)}, ${samplesText([one.samples])}`,
    ),
    ...evaluated.constraints.map((verdict) => `${capital(verdictSentence(verdict))}.`),
    ...(report.groups?.accuracy ?? []).map(
      ({ group, samples, accuracy }) =>
        `${named(group)}: accuracy ${withInterval(accuracy)}, ${samplesText([samples])}`,
    ),
    ...(report.groups?.metrics ?? []).map((metric) => capital(groupMetricLine(metric))),
    ...evaluated.warnings,
  ];
}
