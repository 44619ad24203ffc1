/** A section for a model card, in Markdown: what was changed, how it measures, and what to be careful about. Pure. */

import { metricName, reportedIds } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { valueIn } from "../../protocol/records.ts";
import { changeOf, compare, type Split, sortBuckets } from "../model/comparison.ts";
import { headline } from "../model/headline.ts";
import { methods } from "../model/methods.ts";
import { capital } from "../model/metrics.ts";
import { notes } from "../model/notes.ts";
import { changeWithInterval, count, percent, points, range } from "../shared/numbers.ts";

const classesListed = 40;

/** A cell of a Markdown table: pipes and line ends would break it. */
function cell(content: string): string {
  return content
    .replace(/[\r\n]+/g, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    head,
    head.map((_, index) => (index === 0 ? "---" : "---:")),
    ...rows.map((row) => row.map(cell)),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The section; null while the run has no result. */
export function modelCard(snapshot: RunSnapshot, wanted: Split): string | null {
  const { result } = snapshot;
  const comparison = compare(snapshot, wanted);
  const summary = headline(snapshot, wanted);
  if (result === null || comparison === null || summary === null) return null;
  const { split, metrics } = comparison;
  const show = (value: number) => percent(value, 1);
  const metricRows = reportedIds.flatMap((metric) => {
    const entry = metrics?.[metric];
    if (entry === undefined) return [];
    const between = (value: { value: number; low: number; high: number }) =>
      `${show(value.value)} (${range(value.low, value.high, 1)})`;
    return [
      [
        capital(metricName(metric)),
        between(entry.before),
        between(entry.after),
        changeWithInterval(entry.change),
      ],
    ];
  });
  const ordered = sortBuckets(comparison.buckets, "worstAfter");
  const classRows = ordered.slice(0, classesListed).map((bucket) => {
    const interval = bucket.afterInterval;
    return [
      bucket.name,
      percent(bucket.before, 1),
      interval === null
        ? percent(bucket.after, 1)
        : `${percent(bucket.after, 1)} (${range(interval.low, interval.high, 1)})`,
      points(changeOf(bucket)),
      bucket.samples === null ? "" : count(bucket.samples),
      count(bucket.trainCount),
    ];
  });
  const methodRows = methods(result, split, result.objective).map((method) => [
    capital(method.name),
    show(valueIn(method.evaluation, result.objective)),
    show(valueIn(method.evaluation, "meanRecall")),
    show(valueIn(method.evaluation, "minRecall")),
    method.satisfied ? "kept" : "broken",
  ]);
  const listedNote =
    ordered.length > classesListed ? ` (the ${classesListed} lowest of ${ordered.length})` : "";
  const cautions = summary.cautions.map((caution) => `> ${caution}`).join("\n>\n");
  return [
    "## Last layer tuned with SelMix",
    `${summary.claim} ${summary.meaning}`,
    summary.answers.map(({ lead, text }) => `- **${lead}**: ${text}`).join("\n"),
    ...(cautions === "" ? [] : [cautions]),
    `### Metrics (${split}, 95 % bootstrap intervals)`,
    table(["Metric", "Before", "After", "Change"], metricRows),
    `### Recall per class (${split}, 95 % Wilson intervals)${listedNote}`,
    table(["Class", "Before", "After", "Change (points)", "Samples", "Training samples"], classRows),
    `### Beside simpler fixes (${split})`,
    table(
      ["Method", capital(metricName(result.objective)), "Mean recall", "Worst-class recall", "Constraints"],
      methodRows,
    ),
    "### How it was made",
    notes(snapshot)
      .map((line) => `- ${line}`)
      .join("\n"),
    "",
  ].join("\n\n");
}
