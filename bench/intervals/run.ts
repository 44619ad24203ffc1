/**
 * How often 95 % intervals hold the truth, and how wide they are. `npm run bench:intervals`, `-- --classes 2,10`,
 * `-- --rows 30`, `-- --only groups` and `-- --draws 200` for a part; `-- --record FILE` adds to what was measured before, so
 * that cells are drawn apart and with as many draws as each needs (`-- --seed 2` draws others, which count together with
 * the first); `-- --markdown` writes the tables of RESULTS.md. Seeded: the same numbers each time.
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
  simulate,
} from "./simulate.ts";
import { type Line, record, recorded, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    classes: { type: "string", default: "2,10,100" },
    rows: { type: "string", default: "5,30,500" },
    only: { type: "string" },
    draws: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    record: { type: "string" },
    markdown: { type: "boolean", default: false },
  },
});
const numbers = (list: string) => (list === "" ? [] : list.split(",").map(Number));
const seed = Number(values.seed);
/** Classes x rows a class of the largest sets that are drawn with groups. */
const largestWithGroups = 1000;

/** Fewer draws of large sets: their sizes vary little, and each takes long. */
function drawsOf(population: Population): number {
  const rows = population.cells.reduce((sum, cell) => sum + cell.rows, 0);
  return Math.min(Number(values.draws), Math.max(60, Math.round(2e6 / rows)));
}

function* linesOf(groups: boolean): Generator<Line[]> {
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
          const name = `${population.name}${sizesDrawn ? ", sizes drawn" : ""}`;
          yield outcomes.map((outcome) => ({ groups, classes, rows, population: name, seed, outcome }));
        }
      }
    }
  }
}

/** Writes what is measured so far into RESULTS.md: all of it takes long. */
function write(report: string): void {
  const file = path.join(import.meta.dirname, "RESULTS.md");
  const mark = "<!-- measured: npm run bench:intervals -- --record measured.jsonl --markdown -->";
  const [intro] = readFileSync(file, "utf8").split(mark);
  writeFileSync(file, `${intro}${mark}\n\n${report}\n`);
}

const parts = [
  { title: "Metrics, and their changes on the same rows", name: "metrics", groups: false },
  { title: "Values that are bounded, in two and three groups", name: "groups", groups: true },
];
const measured = values.record === undefined ? [] : recorded(values.record);
let report = "";
for (const { title, name, groups } of parts) {
  if (values.only === undefined || values.only === name) {
    for (const lines of linesOf(groups)) {
      measured.push(...lines);
      if (values.record !== undefined) record(values.record, lines);
    }
  }
  report += `### ${title}\n\n${table(measured.filter((line) => line.groups === groups))}\n\n`;
  if (values.markdown) write(report.trimEnd());
}
if (!values.markdown) process.stdout.write(report);
