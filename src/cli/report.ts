/** What a tune did, for a person: per class, in headline numbers, against the constraints and the controls. */
import path from "node:path";
import { headlineIds, shortName } from "../metrics/catalogue.ts";
import { valueName } from "../metrics/valueName.ts";
import {
  type ConstraintVerdict,
  changeIn,
  type EvaluationRecord,
  type Interval,
  type Judgement,
  type TuneResult,
  valueIn,
} from "../protocol/records.ts";
import { duration } from "./progress.ts";
import { changeBar, clip, padEnd, padStart, type Screen, wrap } from "./terminal.ts";

/** Rows of a table of classes; longer ones show those that matter most. */
const mostRows = 24;

export function tuneReport(result: TuneResult, screen: Screen): string {
  const { paint } = screen;
  const set = result.after.test ? "test" : "validation";
  const parts = [
    `${paint("bold", relative(result.checkpoint))} → ${paint("bold", relative(result.output))}`,
    "",
    ...classTable(result, set, screen),
    "",
    ...metricTable(result, set, screen),
    "",
    ...verdictLines(result.constraints, screen),
    ...notes(result, set, screen),
  ];
  return `${parts.join("\n")}\n`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}`;
}

function signed(change: number): string {
  return `${change < 0 ? "" : "+"}${percent(change)}`;
}

/** The path as one would type it here. */
export function relative(file: string): string {
  const shorter = path.relative(process.cwd(), file);
  return shorter !== "" && shorter.length < file.length ? shorter : file;
}

function paintChange(text: string, { low, high }: Interval, { paint }: Screen): string {
  if (low > 0) return paint("green", text);
  return high < 0 ? paint("red", text) : text;
}

interface Row {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

function classTable(result: TuneResult, set: "test" | "validation", screen: Screen): string[] {
  const [before, after] = [evaluationOn(result.before, set), evaluationOn(result.after, set)];
  const all = result.buckets.flatMap(({ name }, b): Row[] => {
    const [from, to] = [before.recall[b] ?? null, after.recall[b] ?? null];
    return from === null || to === null ? [] : [{ name, before: from, after: to }];
  });
  const { rows, why } = importantRows(all);
  const nameWidth = Math.min(
    Math.max(6, ...rows.map(({ name }) => name.length)),
    Math.floor(screen.columns / 3),
  );
  const barWidth = Math.min(36, screen.columns - nameWidth - 27);
  const title = `Recall on ${set}, %`;
  const head =
    padEnd(clip("Class", nameWidth), nameWidth) +
    (barWidth < 8 ? "" : `  ${padEnd(clip(title, barWidth), barWidth)}`);
  return [
    screen.paint("dim", clip(`${head}  before  after  change`, screen.columns)),
    ...rows.map(({ name, before: from, after: to }) => {
      const bars = barWidth < 8 ? "" : `  ${changeBar(from, to, barWidth, screen)}`;
      const change = padStart(signed(to - from), 6);
      const painted = screen.paint(to >= from ? "green" : "red", change);
      return `${padEnd(clip(name, nameWidth), nameWidth)}${bars}  ${padStart(percent(from), 6)}  ${padStart(percent(to), 5)}  ${painted}`;
    }),
    ...(why ? [screen.paint("dim", why)] : []),
  ];
}

/** All rows of a short table; of a long one the lowest, before or after, in the order they stood in. */
function importantRows(all: readonly Row[]): { rows: readonly Row[]; why: string | null } {
  if (all.length <= mostRows) return { rows: all, why: null };
  const lowest = (key: "before" | "after") => [...all].sort((a, b) => a[key] - b[key]).slice(0, mostRows / 2);
  const shown = new Set([...lowest("before"), ...lowest("after")]);
  const rows = all.filter((row) => shown.has(row));
  return { rows, why: `The lowest before and after; ${all.length - rows.length} more are in result.json.` };
}

function evaluationOn(split: TuneResult["before"], set: "test" | "validation"): EvaluationRecord {
  return set === "test" && split.test ? split.test : split.validation;
}

function metricTable(result: TuneResult, set: "test" | "validation", screen: Screen): string[] {
  const changes = (set === "test" && result.changes.test) || result.changes.validation;
  const wide = screen.columns >= 64;
  const metrics = headlineIds.some((id) => id === result.objective)
    ? headlineIds
    : [result.objective, ...headlineIds];
  const head = `${padEnd(`On ${set}, %`, 16)}  before  after  change${wide ? "  95 % interval" : ""}`;
  return [
    screen.paint("dim", clip(head, screen.columns)),
    ...metrics.flatMap((metric) => {
      const entry = changeIn(changes, metric);
      if (entry === undefined) return [];
      const { before, after, change } = entry;
      const name = padEnd(shortName(metric), 16);
      const numbers = `  ${padStart(percent(before.value), 6)}  ${padStart(percent(after.value), 5)}  `;
      const interval = wide ? `  ${signed(change.low)} to ${signed(change.high)}` : "";
      return `${metric === result.objective ? screen.paint("bold", name) : name}${numbers}${paintChange(padStart(signed(change.value), 6), change, screen)}${interval}`;
    }),
  ];
}

export function verdictLines(verdicts: readonly ConstraintVerdict[], screen: Screen): string[] {
  if (verdicts.length === 0) return [];
  const lines = verdicts.map((verdict) => {
    const { kind, bound, satisfied, test } = verdict;
    const mark = satisfied ? screen.paint("green", "✓") : screen.paint("red", "✗");
    const claim = `${valueName(verdict)} ${kind === "atLeast" ? "≥" : "≤"} ${bound}`;
    const onTest = test ? `; on test ${judged(test)}` : "";
    const [first = "", ...more] = wrap(
      `${claim}: ${judged(verdict)} on validation${range(verdict)}${onTest}`,
      screen.columns - 2,
      2,
    );
    return [`${mark} ${first}`, ...more].join("\n");
  });
  return [...lines, ""];
}

function judged({ value, reason }: Judgement): string {
  return value === null ? `not judged (${reason})` : value.toFixed(4);
}

function range({ low, high }: Judgement): string {
  return low === null || high === null ? "" : ` (${low.toFixed(4)} to ${high.toFixed(4)})`;
}

function notes(result: TuneResult, set: "test" | "validation", screen: Screen): string[] {
  const { start, backend, seconds, objective } = result;
  const best = bestControl(result, set);
  const own = valueIn(evaluationOn(result.after, set), objective);
  const pairs: [string, string][] = [
    [
      "Start",
      start.kind === "checkpoint"
        ? `the checkpoint (${start.why})`
        : `logit adjustment, tau ${start.tau} (${start.why})`,
    ],
    ["Best", `after step ${result.bestStep} of ${result.steps}, on validation`],
    ...(best ? [["Control", againstControl(best, own)] as [string, string]] : []),
    ["Audit", result.audit.sentence],
    ["Backend", `${backend.name} on ${backend.device} (${backend.why})`],
    [
      "Time",
      `load ${duration(seconds.load)}, tune ${duration(seconds.tune)}, save ${duration(seconds.save)}, with controls ${duration(seconds.total)}`,
    ],
    ["Run", relative(result.runFolder)],
  ];
  return [
    ...pairs.flatMap(([name, text]) => labelled(name, text, screen)),
    ...result.warnings.flatMap((warning) =>
      wrap(warning, screen.columns - 2, 2).map((line, at) =>
        at === 0 ? `${screen.paint("yellow", "!")} ${line}` : line,
      ),
    ),
  ];
}

/** "Name     text", wrapped under itself. */
export function labelled(name: string, text: string, screen: Screen): string[] {
  const indent = 9;
  const [first = "", ...more] = wrap(text, Math.max(20, screen.columns - indent));
  return [
    `${screen.paint("dim", padEnd(name, indent))}${first}`,
    ...more.map((line) => " ".repeat(indent) + line),
  ];
}

/** Smaller differences between heads (half a point) are called none. */
const noticeable = 0.005;

/** How the best of the simpler fixes compares, as it came out. */
function againstControl({ name, value }: { name: string; value: number }, own: number): string {
  const points = `${percent(Math.abs(own - value))} points`;
  if (own - value > noticeable)
    return `SelMix is ${points} above the best control, ${name} (${percent(value)} %)`;
  if (value - own > noticeable) {
    return `${name} is ${points} above SelMix (${percent(value)} %): the simpler fix does better here`;
  }
  return `${name} does as well (${percent(value)} %): a simpler fix would do here`;
}

/** The control that did best for the objective on the set shown, those that break a constraint left out. */
function bestControl(result: TuneResult, set: "test" | "validation"): { name: string; value: number } | null {
  const bound = result.constraints.length > 0;
  const candidates = result.controls
    .filter(({ satisfied }) => satisfied || !bound)
    .map(({ name, evaluation }) => ({
      name,
      value: valueIn(evaluationOn(evaluation, set), result.objective),
    }));
  return candidates.sort((a, b) => b.value - a.value)[0] ?? null;
}
