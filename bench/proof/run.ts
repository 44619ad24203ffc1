/**
 * How often what is called proved is false, over whole tunes of problems whose truth is known. `node bench/proof/run.ts --classes 2
 * --problems 120` runs the settings with so many classes and keeps their counts in results.json; every call writes RESULTS.md of all that
 * are there. Seeded: the same numbers each time. All of it takes two hours of one core.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { binomialAbove } from "../../src/statistics/binomialTest.ts";
import { pathTable } from "./paths.ts";
import { powerTable } from "./power.ts";
import { settings } from "./settings.ts";
import { type Setting, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: { problems: { type: "string", default: "0" }, classes: { type: "string", default: "2,10,50" } },
});

interface Tally {
  problems: number;
  /** All bounds proved; some bound proved that the head does not keep. */
  proved: number;
  falsely: number;
  /** The head keeps all bounds in truth. */
  kept: number;
  /** Bounds that hold by the values of validation, and of them those that do not in truth: what no proof asks for. */
  held: number;
  heldFalsely: number;
}

async function tallyOf(setting: Setting, first: number, problems: number): Promise<Tally> {
  const tally: Tally = { problems, proved: 0, falsely: 0, kept: 0, held: 0, heldFalsely: 0 };
  for (let seed = first; seed < first + problems; seed++) {
    const { bounds } = await simulate(setting, seed);
    if (bounds.every(({ proved }) => proved)) tally.proved++;
    if (bounds.some(({ proved, kept }) => proved && !kept)) tally.falsely++;
    if (bounds.every(({ kept }) => kept)) tally.kept++;
    if (bounds.every(({ held }) => held)) tally.held++;
    if (bounds.every(({ held }) => held) && bounds.some(({ kept }) => !kept)) tally.heldFalsely++;
  }
  return tally;
}

const file = (name: string) => path.join(import.meta.dirname, name);
const keyOf = ({ name, classes, groups, rows }: Setting) => `${name}, ${classes}, ${groups}, ${rows}`;
const known = (): Record<string, Tally> =>
  existsSync(file("results.json")) ? JSON.parse(readFileSync(file("results.json"), "utf8")) : {};

const wanted = values.classes.split(",").map(Number);
for (const [at, setting] of settings.entries()) {
  if (Number(values.problems) === 0 || !wanted.includes(setting.classes)) continue;
  const tally = await tallyOf(setting, 1000 * (at + 1), Number(values.problems));
  process.stderr.write(`${keyOf(setting)}: ${JSON.stringify(tally)}\n`);
  writeFileSync(
    file("results.json"),
    `${JSON.stringify({ ...known(), [keyOf(setting)]: tally }, null, 1)}\n`,
  );
}

const percent = (part: number, whole: number) =>
  whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
const results = known();
const done = settings.flatMap((setting) => {
  const tally = results[keyOf(setting)];
  return tally === undefined ? [] : [{ setting, tally }];
});
const sum = (of: (tally: Tally) => number) => done.reduce((total, { tally }) => total + of(tally), 0);
const lines = done.map(({ setting: { name, classes, groups, rows, drawn }, tally }) => {
  const { problems, kept, proved, falsely, held, heldFalsely } = tally;
  const chance = binomialAbove(falsely, problems, 0.05).toFixed(2);
  const size = `${name} | ${classes} | ${groups} | ${rows}${drawn ? " (drawn)" : ""}`;
  return `| ${size} | ${problems} | ${kept} | ${held} | ${percent(heldFalsely, held)} | ${proved} | ${falsely} | ${percent(falsely, problems)} | ${chance} |`;
});
const all = sum(({ problems }) => problems);
const total = `| all | | | | ${all} | ${sum(({ kept }) => kept)} | ${sum(({ held }) => held)} | ${percent(
  sum(({ heldFalsely }) => heldFalsely),
  sum(({ held }) => held),
)} | ${sum(({ proved }) => proved)} | ${sum(({ falsely }) => falsely)} | ${percent(
  sum(({ falsely }) => falsely),
  all,
)} | |`;
writeFileSync(
  file("RESULTS.md"),
  `# Proofs against the truth

## The sequence of tests

Paths of eight heads whose recalls are given, validation rows that order them, and other rows that prove (\`paths.ts\`). Bounds lie around what heads in the middle of the
path have, so that some keep them and some do not. "Falsely": some head of the path is called proved and does not keep the bound; beside it the chance of
as many or more if the rate were 5 %.

${pathTable()}

## Whole tunes

Made by \`node bench/proof/run.ts\`. Each line: whole tunes with \`"confidence": 0.95\` and 40 % of validation held back, each of a
population of its own, of which every row is known. The bounds lie around what a good head has in the population, where proofs are
hardest and false ones likeliest. "Kept": the head keeps every bound in the population. "Hold": validation says so of all bounds, and how often that
is false. "Proved": all bounds are. "Falsely": some bound is called proved, and the head does not keep it in the population; beside it the
chance of as many if the rate were 5 %.

| bounds | classes | groups | rows a class (and group) | problems | kept | hold | of them false | proved | falsely | rate | chance |
|---|---|---|---|---|---|---|---|---|---|---|---|
${[...lines, total].join("\n")}

## One bound with three standard errors to spare

The chance that the test of one bound proves it, computed from the distribution of the counts, where its value lies three standard errors
(of so many rows) inside the bound; and the chance that it is proved where the value lies exactly on the bound, which may not be above 5 %. Of means only
is known that they are of independent values between 0 and 1; those of shares with given class frequencies, and of head and tail classes, are such.

${powerTable()}
`,
);
