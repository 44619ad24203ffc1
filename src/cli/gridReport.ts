/** What a grid came to, for a person: a line for each checkpoint, objective and bound, over all seeds and draws. */
import { shortName } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type { GridCell, GridOutcome } from "../protocol/grid.ts";
import type { SweptBound } from "../protocol/sweep.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import {
  cellSetName,
  failuresText,
  gridCautions,
  gridProgress,
  shortTask,
  spreadsText,
} from "../words/grid.ts";
import { bareValue } from "../words/metricValues.ts";
import { duration } from "../words/numbers.ts";
import { sweptBoundText, sweptName } from "../words/sweep.ts";
import { shortDecision } from "../words/verdict.ts";
import { marked, relative } from "./report.ts";
import { clip, padEnd, padStart, type Screen, widest, wrap } from "./terminal.ts";

const { text } = terminal;

export function gridReport(outcome: GridOutcome, swept: SweptBound | null, screen: Screen): TerminalText {
  const { cells, tasks, gridFolder, seconds } = outcome;
  const { paint, columns } = screen;
  const [first] = cells;
  return terminalLines([
    terminal`${paint("bold", text(gridProgress(tasks)))}${text(first ? `; ${isCost(first.objective) ? "" : "% "}on ${cellSetName(first)}` : "")}${text(swept ? `, by the bound on ${sweptName(swept)}` : "")}`,
    terminal``,
    ...table(cells, swept, screen),
    terminal``,
    ...spreadsText(cells, swept).flatMap((sentence) => wrap(text(sentence), columns)),
    ...gridCautions(cells).flatMap((note) => marked(paint("yellow", terminal`!`), note, screen)),
    ...failuresText(tasks).flatMap((note) => marked(paint("red", terminal`x`), note, screen)),
    ...use(tasks, screen),
    terminal``,
    terminal`Took ${text(duration(seconds))}; kept in ${relative(gridFolder)}`,
  ]);
}

/** How the head of a tune comes into its place: of the first that is done, by way of example. */
function use(tasks: GridOutcome["tasks"], { paint, columns }: Screen): TerminalText[] {
  const task = tasks.find(({ state, draw }) => state === "done" && draw === null);
  if (task === undefined) return [];
  const sentence = `selmix use ${shortTask(task)} writes the head of the first, of seed ${task.seed}; --json names them all.`;
  return [terminal``, ...wrap(text(sentence), columns).map((line) => paint("dim", line))];
}

/** A column, shown where its values are not all the same nothing. */
interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  of(cell: GridCell): string;
}

function columnsFor(cells: readonly GridCell[], swept: SweptBound | null): Column[] {
  const number = (title: string, of: Column["of"]): Column => ({ title, isNumber: true, of });
  const words = (title: string, of: Column["of"]): Column => ({ title, isNumber: false, of });
  const value = ({ objective }: GridCell, found: number | undefined | null) =>
    found == null ? "n/a" : bareValue(objective, found);
  const several = new Set(cells.map(({ checkpoint }) => checkpoint)).size > 1;
  return [
    ...(several ? [words("Checkpoint", ({ checkpointName }) => checkpointName)] : []),
    words("Objective", ({ objective }) => shortName(objective)),
    ...(swept ? [number("Bound", ({ bound }) => (bound === null ? "" : sweptBoundText(swept, bound)))] : []),
    number("n", ({ done }) => `${done}`),
    number("before", (cell) => value(cell, cell.before)),
    number("mean", (cell) => value(cell, cell.after?.mean)),
    number("±", (cell) => value(cell, cell.after?.deviation)),
    number("worst", (cell) => value(cell, cell.after?.worst)),
    number("best", (cell) => value(cell, cell.after?.best)),
    words("Verdicts", ({ decisions }) => decisionsText(decisions)),
  ];
}

/** "Use it 4, Cannot tell 1" */
function decisionsText(decisions: GridCell["decisions"]): string {
  return Object.entries(decisions)
    .sort(([, a], [, b]) => b - a)
    .map(([decision, count]) => `${decisionName(decision)} ${count}`)
    .join(", ");
}

function decisionName(decision: string): string {
  switch (decision) {
    case "use":
    case "doNotUse":
    case "cannotTell":
      return shortDecision({ decision, baseline: null });
    case "useBaseline":
      return "Use a simpler fix";
    default:
      return "None";
  }
}

function table(cells: readonly GridCell[], swept: SweptBound | null, screen: Screen): TerminalText[] {
  const columns = columnsFor(cells, swept);
  const rows = cells.map((cell) => columns.map((column) => text(column.of(cell))));
  const titles = columns.map(({ title }) => text(title));
  const widths = titles.map((title, at) => widest([title, ...rows.map((row) => row[at] ?? terminal``)]));
  const line = (row: readonly TerminalText[]) =>
    clip(
      terminal.join(
        row.map((cell, at) => {
          const width = at === row.length - 1 ? 0 : (widths[at] ?? 0);
          return (columns[at]?.isNumber ? padStart : padEnd)(cell, width);
        }),
        terminal`  `,
      ),
      screen.columns,
    );
  return [screen.paint("dim", line(titles)), ...rows.map(line)];
}
