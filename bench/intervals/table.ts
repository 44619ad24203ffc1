/** What the draws of a population came to, kept in a file so that cells can be measured apart, and the tables of it. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { groupBy } from "../../src/files/groupBy.ts";
import type { Outcome } from "./simulate.ts";

/** One metric in one population. */
export interface Line {
  readonly groups: boolean;
  readonly classes: number;
  readonly rows: number;
  readonly population: string;
  readonly seed: number;
  readonly outcome: Outcome;
}

/** The lines in a file of JSON lines; none where there is no file. */
export function recorded(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
}

export function record(file: string, lines: readonly Line[]): void {
  appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const by = <T>(list: readonly T[], keyOf: (item: T) => string): T[][] => [...groupBy(list, keyOf).values()];

/** The same metric and population drawn with several seeds, as one; what was drawn twice with one seed counts once. */
function pooled(lines: readonly Line[]): Line {
  const [first, ...others] = by(lines, ({ seed }) => `${seed}`).flatMap((same) => same.slice(-1));
  if (first === undefined) throw new RangeError("nothing to pool");
  return { ...first, outcome: others.map(({ outcome }) => outcome).reduce(together, first.outcome) };
}

function together(a: Outcome, b: Outcome): Outcome {
  const draws = a.draws + b.draws;
  const mean = (x: number, y: number) => (x * a.draws + y * b.draws) / draws;
  return {
    metric: a.metric,
    draws,
    coverage: mean(a.coverage, b.coverage),
    tooHigh: mean(a.tooHigh, b.tooHigh),
    tooLow: mean(a.tooLow, b.tooLow),
    width: mean(a.width, b.width),
    ratio: a.ratio === null || b.ratio === null ? (a.ratio ?? b.ratio) : mean(a.ratio, b.ratio),
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

/** A row for each metric and size: the mean over populations, and the least coverage and greatest ratio of any. */
export function table(lines: readonly Line[]): string {
  const cells = by(
    lines.filter(({ outcome }) => outcome.draws > 0),
    ({ classes, rows, population, outcome }) => JSON.stringify([outcome.metric, classes, rows, population]),
  ).map(pooled);
  const rows = by(cells, ({ classes, rows, outcome }) => JSON.stringify([outcome.metric, classes, rows]))
    .toSorted(([a], [b]) => order(a, b))
    .map(rowOf);
  const head = "| metric | K | rows a class | draws | covered | least | width | over what is needed | most |";
  return [head, "| --- | --: | --: | --: | --: | --- | --: | --: | --: |", ...rows].join("\n");
}

function order(a: Line | undefined, b: Line | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.outcome.metric.localeCompare(b.outcome.metric) || a.classes - b.classes || a.rows - b.rows;
}

function rowOf(cells: readonly Line[]): string {
  const worst = cells.reduce((a, b) => (b.outcome.coverage < a.outcome.coverage ? b : a));
  const ratios = cells.flatMap(({ outcome }) => (outcome.ratio === null ? [] : [outcome.ratio]));
  const { outcome, classes, rows, population } = worst;
  const columns = [
    outcome.metric,
    classes,
    rows,
    Math.min(...cells.map((cell) => cell.outcome.draws)),
    percent(mean(cells.map((cell) => cell.outcome.coverage))),
    `${percent(outcome.coverage)} (${population})`,
    mean(cells.map((cell) => cell.outcome.width)).toFixed(3),
    ...(ratios.length === 0 ? ["", ""] : [mean(ratios).toFixed(2), Math.max(...ratios).toFixed(2)]),
  ];
  return `| ${columns.join(" | ")} |`;
}
