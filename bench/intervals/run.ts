/**
 * How often 95 % intervals hold the truth, and how wide they are. `npm run bench:intervals`, `-- --classes 2,10`,
 * `-- --rows 30` and `-- --draws 200` for a part; `-- --markdown` writes the tables of RESULTS.md. Seeded: the same numbers
 * each time. All of it takes ten minutes of one core.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { classPopulations, groupPopulations, type Population } from "./populations.ts";
import {
  boundIntervals,
  boundsParts,
  boundTruth,
  metricIntervals,
  metricParts,
  metricTruth,
  type Outcome,
  simulate,
} from "./simulate.ts";

const { values } = parseArgs({
  options: {
    classes: { type: "string", default: "2,10,100" },
    rows: { type: "string", default: "5,30,500" },
    draws: { type: "string", default: "200" },
    markdown: { type: "boolean", default: false },
  },
});
const numbers = (list: string) => list.split(",").map(Number);
const seed = 1;
/** Classes x rows a class of the largest sets that are drawn with groups. */
const largestWithGroups = 1000;

interface Line {
  readonly classes: number;
  readonly rows: number;
  readonly population: Population;
  readonly outcome: Outcome;
}

/** Fewer draws of large sets: their sizes vary little, and each takes long. */
function drawsOf(population: Population): number {
  const rows = population.cells.reduce((sum, cell) => sum + cell.rows, 0);
  return Math.max(60, Math.min(Number(values.draws), Math.round(2e6 / rows)));
}

function* linesOf(groups: boolean): Generator<Line> {
  for (const classes of numbers(values.classes)) {
    for (const rows of numbers(values.rows)) {
      for (const sizesDrawn of [false, true]) {
        if (groups && classes * rows > largestWithGroups) continue;
        const populations = groups
          ? [2, 3].flatMap((count) => groupPopulations(classes, rows, count, sizesDrawn))
          : classPopulations(classes, rows, sizesDrawn);
        for (const population of populations) {
          const draws = drawsOf(population);
          const outcomes = groups
            ? simulate(population, boundIntervals, boundTruth(population), boundsParts, draws, seed)
            : simulate(population, metricIntervals, metricTruth(population), metricParts, draws, seed);
          process.stderr.write(`${classes} classes, ${rows} rows, ${population.name}: ${draws} draws\n`);
          for (const outcome of outcomes) yield { classes, rows, population, outcome };
        }
      }
    }
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

/** A row for each metric and size: the mean over populations, and the least coverage and greatest ratio of any. */
function table(lines: readonly Line[]): string {
  const found = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `| ${line.outcome.metric} | ${line.classes} | ${line.rows}`;
    found.set(key, [...(found.get(key) ?? []), line]);
  }
  const rows = [...found]
    .toSorted(([a], [b]) => a.split("|")[1]?.localeCompare(b.split("|")[1] ?? "") || 0)
    .map(([key, some]) => {
      const worst = some.reduce((a, b) => (b.outcome.coverage < a.outcome.coverage ? b : a));
      const ratios = some.flatMap(({ outcome }) => (outcome.ratio === null ? [] : [outcome.ratio]));
      const { name } = worst.population;
      return [
        key,
        percent(mean(some.map(({ outcome }) => outcome.coverage))),
        `${percent(worst.outcome.coverage)} (${name}${worst.population.sizesDrawn ? ", sizes drawn" : ""})`,
        mean(some.map(({ outcome }) => outcome.width)).toFixed(3),
        `${mean(ratios).toFixed(2)} | ${Math.max(...ratios).toFixed(2)} |`,
      ].join(" | ");
    });
  const head = "| metric | K | rows a class | covered | least | width | over the oracle's | most |";
  return [head, "| --- | --: | --: | --: | --- | --: | --: | --: |", ...rows].join("\n");
}

/** Writes what is measured so far into RESULTS.md: all of it takes long. */
function write(report: string): void {
  const file = path.join(import.meta.dirname, "RESULTS.md");
  const mark = "<!-- measured: npm run bench:intervals -- --markdown -->";
  const [intro] = readFileSync(file, "utf8").split(mark);
  writeFileSync(file, `${intro}${mark}\n\n${report}\n`);
}

const parts = [
  { title: "Metrics, and their changes on the same rows", groups: false },
  { title: "Values that are bounded, in two and three groups", groups: true },
];
let report = "";
for (const { title, groups } of parts) {
  report += `### ${title}\n\n${table([...linesOf(groups)])}\n\n`;
  if (values.markdown) write(report.trimEnd());
}
if (!values.markdown) process.stdout.write(report);
