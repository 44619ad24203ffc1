/** A section for a model card, in Markdown: what was changed, how it measures, and what to be careful about. Pure. */

import { metricName, reportedIds } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { Interval } from "../../protocol/records.ts";
import { lowestCount } from "../../statistics/lowest.ts";
import { type BucketChange, type Comparison, changeOf, compare } from "../../words/comparison.ts";
import { heldMark } from "../../words/constraints.ts";
import { type Markdown, markdown, markdownTable } from "../../words/escape/markdown.ts";
import { headline } from "../../words/headline.ts";
import { changeWithRange, rangeText, valueText } from "../../words/metricValues.ts";
import { capital } from "../../words/names.ts";
import { count, percent, points, range } from "../../words/numbers.ts";
import { withoutPlaces } from "../../words/portable.ts";
import { changeIn, type Split, valueIn } from "../../words/sets.ts";
import { type GroupFrame, groupFrame } from "../model/groupFrame.ts";
import { groupsSentence, shownCell } from "../model/groupTable.ts";
import { methods } from "../model/methods.ts";
import { notes } from "../model/notes.ts";
import { sortBuckets } from "../model/sorting.ts";

const classesListed = 40;

/** Whether the worst 5 % of the classes are one. */
function isOneClass({ buckets }: Comparison): boolean {
  return lowestCount(buckets.filter(({ samples }) => samples !== 0).length) === 1;
}

/** A line for each group, and for what differs between them. */
function groupsPart(frame: GroupFrame): Markdown[] {
  const { text } = markdown;
  const rows = frame.rows.map((row) => [
    text(row.name),
    text(row.samples === null ? "" : count(row.samples)),
    ...row.cells.map((cell) => {
      const { change, about, doubt } = shownCell(row, cell);
      return text([`${change} (${about})`, ...(doubt === null ? [] : [`○ ${doubt}`])].join(", "));
    }),
  ]);
  const head = ["Group", "Samples", ...frame.columns.map(({ label }) => label)].map(text);
  return [markdown`### Groups`, markdown`${text(groupsSentence(frame))}`, markdownTable(head, rows)];
}

/** The section; null while the run has no result. */
export function modelCard(snapshot: RunSnapshot, wanted: Split): Markdown | null {
  const { result } = snapshot;
  const comparison = compare(snapshot, wanted);
  const summary = headline(snapshot, wanted);
  if (result === null || comparison === null || summary === null) return null;
  const { split, metrics } = comparison;
  const show = (value: number | null) => percent(value, 1);
  const cells = (told: readonly string[]) => told.map(markdown.text);
  const portable = withoutPlaces(snapshot);
  const groups = groupFrame(snapshot, split, null);
  const metricRows = [...new Set([result.objective, ...reportedIds])].flatMap((metric) => {
    const entry = changeIn(metrics, metric);
    // Of few classes the worst 5 % are the worst one.
    if (entry === undefined || (metric === "worst5Recall" && isOneClass(comparison))) return [];
    const between = ({ value, low, high }: Interval) =>
      `${valueText(metric, value)} (${rangeText(metric, { low, high })})`;
    const name = capital(metricName(metric));
    return [
      cells([name, between(entry.before), between(entry.after), changeWithRange(metric, entry.change)]),
    ];
  });
  const recallRows = (changes: readonly BucketChange[]) =>
    sortBuckets(changes, "worstAfter")
      .slice(0, classesListed)
      .map((bucket) => {
        const interval = bucket.afterInterval;
        return cells([
          bucket.name,
          show(bucket.before),
          `${show(bucket.after)}${interval === null ? "" : ` (${range(interval.low, interval.high, 1)})`}`,
          points(changeOf(bucket)),
          bucket.samples === null ? "" : count(bucket.samples),
          count(bucket.trainCount),
        ]);
      });
  const recallPart = (title: string, changes: readonly BucketChange[]) => {
    const most = changes.length > classesListed ? ` (the ${classesListed} lowest of ${changes.length})` : "";
    const head = ["Class", "Before", "After", "Change (points)", "Samples", "Training samples of the class"];
    return [
      markdown`### ${markdown.text(`${title} (${split}, exact 95 % intervals)${most}`)}`,
      markdownTable(cells(head), recallRows(changes)),
    ];
  };
  const compared = [...new Set([result.objective, "meanRecall", "minRecall"])];
  const isBound = result.constraints.length > 0;
  const methodRows = methods(result, split, result.objective).map(({ name, evaluation, satisfied }) =>
    cells([
      capital(name),
      ...compared.map((metric) => valueText(metric, valueIn(evaluation, metric))),
      ...(isBound ? [heldMark(satisfied).word] : []),
    ]),
  );
  const { text, join } = markdown;
  const list = (items: readonly Markdown[]) =>
    join(
      items.map((item) => markdown`- ${item}`),
      markdown`\n`,
    );
  const cautions = summary.cautions.map((caution) => markdown`> ${text(portable(caution))}`);
  const parts = [
    markdown`## Last layer tuned with SelMix`,
    markdown`${text(summary.claim)} ${text(summary.meaning)}`,
    list(summary.answers.map(({ lead, text: answer }) => markdown`**${text(lead)}**: ${text(answer)}`)),
    ...(cautions.length === 0 ? [] : [join(cautions, markdown`\n>\n`)]),
    markdown`### ${text(`Metrics (${split}, 95 % intervals)`)}`,
    markdownTable(cells(["Metric", "Before", "After", "Change"]), metricRows),
    ...recallPart("Recall per class", comparison.buckets),
    ...(comparison.cells.length === 0 ? [] : recallPart("Recall per class within groups", comparison.cells)),
    ...(groups === null ? [] : groupsPart(groups)),
    markdown`### ${text(`Beside simpler fixes (${split})`)}`,
    markdownTable(
      cells([
        "Method",
        ...compared.map((metric) => capital(metricName(metric))),
        ...(isBound ? ["Constraints"] : []),
      ]),
      methodRows,
    ),
    markdown`### How it was made`,
    list(notes(snapshot).map((note) => text(portable(note)))),
  ];
  return markdown`${join(parts, markdown`\n\n`)}\n`;
}
