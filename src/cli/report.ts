/** What a tune did, for a person: per class, in headline numbers, against the constraints and the controls. */

import path from "node:path";
import { headlineIds, shortName } from "../metrics/catalogue.ts";
import type { ConstraintVerdict, Interval, TuneResult } from "../protocol/records.ts";
import { baselineSentence } from "../words/baselines.ts";
import { type BucketChange, compareResult } from "../words/comparison.ts";
import { overallStatus, statusMark, verdictSentence } from "../words/constraints.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { bareValue, changeRangeText, changeText } from "../words/metricValues.ts";
import { plain, points } from "../words/numbers.ts";
import { provenance } from "../words/runs.ts";
import { changeIn, improvement, type Split, shownSet } from "../words/sets.ts";
import { sizesText } from "../words/sizes.ts";
import { keepsHead, keptHeadText } from "../words/use.ts";
import { type Tone, toneOf, verdictLine } from "../words/verdict.ts";
import { changeBar, clip, clipNames, padEnd, padStart, type Screen, widest, wrap } from "./terminal.ts";

const { text } = terminal;

/** Columns of the short names of metrics. */
export const metricColumns = 16;

/** Rows of a table of classes; longer ones show those that matter most. */
const mostRows = 24;

const tonePaint: Readonly<Record<Tone, "green" | "yellow" | "red">> = {
  good: "green",
  open: "yellow",
  bad: "red",
};

export function tuneReport(result: TuneResult, screen: Screen): TerminalText {
  const { paint } = screen;
  const set = shownSet(result.before, result.after);
  return terminalLines([
    ...wrap(text(verdictLine(result)), screen.columns).map((line) => paint(tonePaint[toneOf(result)], line)),
    terminal``,
    ...sizeLines(result, set, screen),
    terminal`${paint("bold", subject(result))} → ${result.output === null ? text("nothing was written") : paint("bold", relative(result.output))}`,
    ...useAnyway(result, screen),
    terminal``,
    ...recallTables(result, set, screen),
    terminal``,
    ...metricTable(result, set, screen),
    terminal``,
    ...verdictLines(result.constraints, screen),
    ...notes(result, set, screen),
  ]);
}

/** The samples of classes in groups, before any table of them. */
function sizeLines(result: TuneResult, set: Split, { columns }: Screen): TerminalText[] {
  const cells = compareResult(result, set).cells.map(({ name, samples }) => ({
    name,
    samples: samples ?? 0,
  }));
  const sizes = sizesText(cells, set, result.minimumSupport ?? null);
  return sizes === null ? [] : [...wrap(text(sizes), columns), terminal``];
}

/** How the head that a run kept is written all the same. */
function useAnyway({ output, verdict, runFolder }: TuneResult, { columns, paint }: Screen): TerminalText[] {
  if (output !== null || !verdict || !keepsHead(verdict)) return [];
  const sentence = `selmix use ${path.basename(runFolder)} writes ${keptHeadText(verdict)}, all the same.`;
  return wrap(text(sentence), columns).map((line) => paint("dim", line));
}

/** A share in percent, for a column that says so at its top. */
export function percentCell(share: number): TerminalText {
  return text(plain(100 * share, 1));
}

/** The path as one would type it here. */
export function relative(file: string): TerminalText {
  const shorter = path.relative(process.cwd(), file);
  return text(shorter !== "" && shorter.length < file.length ? shorter : file);
}

/** What was tuned or measured: a checkpoint, or scores without one. */
export function subject({ checkpoint }: { readonly checkpoint: string | null }): TerminalText {
  return checkpoint === null ? text("The scores") : relative(checkpoint);
}

function paintChange(metric: string, change: TerminalText, ends: Interval, { paint }: Screen): TerminalText {
  const { low, high } = improvement(metric, ends);
  if (low > 0) return paint("green", change);
  return high < 0 ? paint("red", change) : change;
}

interface Row {
  readonly name: TerminalText;
  readonly before: number;
  readonly after: number;
}

/** Columns of the names of a table: as wide as the longest, but never over a third of the screen. */
export function nameColumns(names: readonly TerminalText[], { columns }: Screen): number {
  return Math.min(Math.max(6, widest(names)), Math.floor(columns / 3));
}

/** Recall of each class, and with groups of each class within them: two tables. */
function recallTables(result: TuneResult, set: Split, screen: Screen): TerminalText[] {
  const { buckets, cells } = compareResult(result, set);
  const ofClasses = recallRows(terminal`Class`, buckets, set, screen);
  return cells.length === 0
    ? ofClasses
    : [...ofClasses, terminal``, ...recallRows(terminal`In groups`, cells, set, screen)];
}

function recallRows(
  title: TerminalText,
  changes: readonly BucketChange[],
  set: Split,
  screen: Screen,
): TerminalText[] {
  const all = changes.flatMap(({ name, before, after }): Row[] =>
    before === null || after === null ? [] : [{ name: text(name), before, after }],
  );
  const { rows, why } = importantRows(all);
  const names = rows.map(({ name }) => name);
  const nameWidth = nameColumns(names, screen);
  const shown = clipNames(names, nameWidth);
  const barWidth = Math.min(36, screen.columns - nameWidth - 27);
  const bars = (drawn: () => TerminalText) => (barWidth < 8 ? terminal`` : terminal`  ${drawn()}`);
  const told = text(`Recall on ${set}, %`);
  const head = terminal`${padEnd(clip(title, nameWidth), nameWidth)}${bars(() => padEnd(clip(told, barWidth), barWidth))}`;
  return [
    screen.paint("dim", clip(terminal`${head}  before  after  change`, screen.columns)),
    ...rows.map(({ before: from, after: to }, at) => {
      const bar = bars(() => changeBar(from, to, barWidth, screen));
      const change = padStart(text(points(to - from)), 6);
      const painted = screen.paint(to >= from ? "green" : "red", change);
      return terminal`${padEnd(shown[at] ?? terminal``, nameWidth)}${bar}  ${padStart(percentCell(from), 6)}  ${padStart(percentCell(to), 5)}  ${painted}`;
    }),
    ...(why ? [screen.paint("dim", why)] : []),
  ];
}

/** All rows of a short table; of a long one the lowest, before or after, in the order they stood in. */
function importantRows(all: readonly Row[]): { rows: readonly Row[]; why: TerminalText | null } {
  if (all.length <= mostRows) return { rows: all, why: null };
  const lowest = (key: "before" | "after") => [...all].sort((a, b) => a[key] - b[key]).slice(0, mostRows / 2);
  const shown = new Set([...lowest("before"), ...lowest("after")]);
  const rows = all.filter((row) => shown.has(row));
  const left = all.length - rows.length;
  return { rows, why: terminal`The lowest before and after; ${left} more are in result.json.` };
}

function metricTable(result: TuneResult, set: Split, screen: Screen): TerminalText[] {
  const changes = result.changes[set] ?? result.changes.validation;
  const metrics = headlineIds.some((id) => id === result.objective)
    ? headlineIds
    : [result.objective, ...headlineIds];
  const wide = screen.columns >= 64;
  const head = terminal`${padEnd(text(`On ${set}, %`), metricColumns)}  before  after  change${wide ? terminal`  95 % interval` : terminal``}`;
  return [
    screen.paint("dim", clip(head, screen.columns)),
    ...metrics.flatMap((metric) => {
      const entry = changeIn(changes, metric);
      if (entry === undefined) return [];
      const { before, after, change } = entry;
      const name = padEnd(text(shortName(metric)), metricColumns);
      const shown = metric === result.objective ? screen.paint("bold", name) : name;
      const moved = paintChange(metric, padStart(text(changeText(metric, change.value)), 6), change, screen);
      const interval = wide ? text(`  ${changeRangeText(metric, change)}`) : terminal``;
      const cell = (value: number, width: number) => padStart(text(bareValue(metric, value)), width);
      return terminal`${shown}  ${cell(before.value, 6)}  ${cell(after.value, 5)}  ${moved}${interval}`;
    }),
  ];
}

export function verdictLines(verdicts: readonly ConstraintVerdict[], screen: Screen): TerminalText[] {
  if (verdicts.length === 0) return [];
  const lines = verdicts.flatMap((verdict) => {
    const { mark } = statusMark(overallStatus(verdict));
    const painted = screen.paint(mark === "✓" ? "green" : mark === "✗" ? "red" : "yellow", text(mark));
    return marked(painted, verdictSentence(verdict), screen);
  });
  return [...lines, terminal``];
}

function notes(result: TuneResult, set: Split, screen: Screen): TerminalText[] {
  const baseline = baselineSentence(result, set);
  const facts = [...(baseline === null ? [] : [{ lead: "Baseline", text: baseline }]), ...provenance(result)];
  return [
    ...facts.flatMap((fact) => labelled(text(fact.lead), text(fact.text), screen)),
    ...labelled(terminal`Run`, relative(result.runFolder), screen),
    ...result.warnings.flatMap((warning) => marked(screen.paint("yellow", terminal`!`), warning, screen)),
  ];
}

/** A sentence behind a mark of one column, wrapped under itself. */
export function marked(mark: TerminalText, sentence: string, screen: Screen): TerminalText[] {
  const [first = terminal``, ...more] = wrap(text(sentence), screen.columns - 2, 2);
  return [terminal`${mark} ${first}`, ...more];
}

/** "Name     text", wrapped under itself. */
export function labelled(name: TerminalText, told: TerminalText, screen: Screen): TerminalText[] {
  const indent = 13;
  const [first = terminal``, ...more] = wrap(told, Math.max(20, screen.columns - indent));
  return [
    terminal`${screen.paint("dim", padEnd(name, indent))}${first}`,
    ...more.map((line) => terminal`${padEnd(terminal``, indent)}${line}`),
  ];
}
