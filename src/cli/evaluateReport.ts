/** What a checkpoint is worth, for a person: each class, the metrics, the bounds, the groups; nothing is tuned. */
import { headlineIds, isMetricId, shortName } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { SetReport } from "../protocol/evaluation.ts";
import type { Interval } from "../protocol/records.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { groupMetricLine, groupSizes, shownReport } from "../words/evaluation.ts";
import { bareValue, rangeText } from "../words/metricValues.ts";
import { capital } from "../words/names.ts";
import { plain } from "../words/numbers.ts";
import { priorText } from "../words/population.ts";
import { marked, metricColumns, nameColumns, percentCell, subject, verdictLines } from "./report.ts";
import { bar, clip, clipNames, padEnd, padStart, type Screen, wrap } from "./terminal.ts";

const { text } = terminal;

export function evaluateReport(result: JobResult<"evaluate">, screen: Screen): TerminalText {
  const { set, report } = shownReport(result);
  const population = priorText(result.prior);
  const sizes = groupSizes(result);
  return terminalLines([
    terminal`${screen.paint("bold", subject(result))} on ${text(set)}, ${report.samples} samples, %`,
    ...(sizes === null ? [] : wrap(text(sizes), screen.columns)),
    ...(population === null ? [] : [screen.paint("dim", text(population))]),
    terminal``,
    ...classTable(report, screen),
    terminal``,
    ...metricLines(report, screen),
    terminal``,
    ...verdictLines(result.constraints, screen),
    ...groupLines(report, screen),
    ...result.warnings.flatMap((warning) => marked(screen.paint("yellow", terminal`!`), warning, screen)),
  ]);
}

/** A value of the width of its column; "-" where there is none. */
function cell(value: number | null | undefined, width: number): TerminalText {
  return padStart(value == null ? terminal`-` : percentCell(value), width);
}

function rangeCell(interval: Interval | null): TerminalText {
  if (interval === null) return padStart(terminal`-`, rangeColumns);
  const [low, high] = [interval.low, interval.high].map((end) => plain(100 * end, 1));
  return padStart(text(`${low} to ${high}`), rangeColumns);
}

const rangeColumns = 13;

function classTable({ classes }: SetReport, screen: Screen): TerminalText[] {
  const whole = classes.map((one) => text(one.class));
  const nameWidth = nameColumns(whole, screen);
  const names = clipNames(whole, nameWidth);
  const wide = screen.columns - nameWidth >= 50;
  const barWidth = Math.min(36, screen.columns - nameWidth - 52);
  const bars = (drawn: TerminalText) => (barWidth < 8 ? terminal`` : terminal`  ${padEnd(drawn, barWidth)}`);
  const more = (cells: TerminalText) => (wide ? cells : terminal``);
  const head = terminal`${padEnd(terminal`Class`, nameWidth)}${bars(terminal``)}  recall${more(terminal`  ${padStart(terminal`95 % interval`, rangeColumns)}  precision     F1`)}  samples`;
  return [
    screen.paint("dim", clip(head, screen.columns)),
    ...classes.map(({ recall, precision, f1, samples }, at) => {
      const name = padEnd(names[at] ?? terminal``, nameWidth);
      const sure = more(terminal`  ${rangeCell(recall)}  ${cell(precision?.value, 9)}  ${cell(f1, 5)}`);
      return terminal`${name}${bars(bar(recall?.value ?? 0, Math.max(0, barWidth)))}  ${cell(recall?.value, 6)}${sure}  ${padStart(text(`${samples}`), 7)}`;
    }),
  ];
}

function metricLines({ metrics }: SetReport, screen: Screen): TerminalText[] {
  const own = Object.keys(metrics).filter((id) => !isMetricId(id));
  return [...own, ...headlineIds].flatMap((id) => {
    const entry = metrics[id];
    if (entry === undefined) return [];
    const name = padEnd(text(shortName(id)), metricColumns);
    const value = padStart(text(bareValue(id, entry.value)), 6);
    const ends = isCost(id) ? padStart(text(rangeText(id, entry)), rangeColumns) : rangeCell(entry);
    return [clip(terminal`${name}  ${value}  ${ends}`, screen.columns)];
  });
}

function groupLines({ groups }: SetReport, screen: Screen): TerminalText[] {
  if (groups === null) return [];
  const whole = groups.accuracy.map(({ group }) => text(group));
  const width = nameColumns(whole, screen);
  const names = clipNames(whole, width);
  const head = terminal`${padEnd(terminal`Group`, width)}  accuracy  ${padStart(terminal`95 % interval`, rangeColumns)}  samples`;
  const mark = screen.paint("dim", terminal`·`);
  return [
    screen.paint("dim", clip(head, screen.columns)),
    ...groups.accuracy.map(({ accuracy, samples }, at) => {
      const name = padEnd(names[at] ?? terminal``, width);
      const row = terminal`${name}  ${cell(accuracy?.value, 8)}  ${rangeCell(accuracy)}  ${padStart(text(`${samples}`), 7)}`;
      return clip(row, screen.columns);
    }),
    terminal``,
    ...groups.metrics.flatMap((metric) => marked(mark, capital(groupMetricLine(metric)), screen)),
    terminal``,
  ];
}
