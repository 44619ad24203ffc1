/**
 * `npm run attack`: kills at any moment, faults of the disk at every write, two processes at once, hostile files and folders, and
 * mutated inputs, in at most a quarter of an hour on two quiet cores. Writes docs/reliability.md; fails when anything went wrong.
 *
 *     npm run attack -- --kills 300 --inputs 500000 --seed 1     as by default, the seed being the day
 *     npm run attack -- --dry-run                                 writes nothing
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { kills, victims } from "./trials/kills.ts";
import { type Row, reliability, rowOf } from "./trials/table.ts";
import { evaluationsAtOnce, tunesAtOnce } from "./trials/together.ts";
import { diskFaults, writePoints } from "./trials/writePoints.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    stride: { type: "string", default: "1" },
    pairs: { type: "string", default: "20" },
    inputs: { type: "string", default: "500000" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 86_400_000)}` },
    "dry-run": { type: "boolean", default: false },
  },
});
const [allKills, stride, pairs, inputs, seed] = [
  values.kills,
  values.stride,
  values.pairs,
  values.inputs,
  values.seed,
].map((value) => z.coerce.number().int().min(1).parse(value)) as [number, number, number, number, number];

/** Tests of the unit suite that attack, and what with. */
const testFiles = [
  "test/attacks",
  "test/project/hostileRuns",
  "test/project/bounds",
  "test/project/glob",
  "test/files/regular",
  "test/files/zip",
  "test/checkpoints/pytorch",
  "test/words/escape",
  "test/engine/watchdog",
  "test/features/guarded",
  "test/watching",
  "test/cli/watch",
  "test/supply",
];

const resultSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** A row for each file of tests that attack, called by its first line. */
async function tests(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-attack-"));
  const file = path.join(folder, "results.json");
  try {
    await output([
      "node_modules/vitest/vitest.mjs",
      "run",
      "--exclude=test/attacks/short.test.ts",
      "--reporter=json",
      `--outputFile=${file}`,
      ...testFiles,
    ]);
    return resultSchema
      .parse(JSON.parse(readFileSync(file, "utf8")))
      .testResults.map(({ name, assertionResults }) => {
        const failed = assertionResults.filter(({ status }) => status === "failed");
        const faults = failed.map(({ fullName }) => fullName);
        const times = assertionResults.length;
        return { what: titleOf(name), times, happened: `${times - faults.length} tests passed`, faults };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function titleOf(file: string): string {
  const [first = ""] = readFileSync(file, "utf8").split("\n");
  const title = /^\/\*\*? ?(.*?)(?: ?\*\/)?$/.exec(first)?.[1];
  return title || path.relative(root, file);
}

/** The fuzzer's last line tells how many inputs there were, and how many went wrong. */
async function fuzz(): Promise<Row> {
  const text = await output(["test/fuzz/run.ts", `${inputs}`], { SERIES: `${seed}` });
  const [, times, wrong, growth] =
    /(\d+) inputs in .*?, (\d+) went wrong, memory grew by (\d+) MB\s*$/.exec(text) ?? [];
  const faults = wrong === "0" ? [] : text.split("\n").filter((line) => /^\S+ \d+: /.test(line));
  return {
    what: "mutated checkpoints, tables, run folders and configurations, each read",
    times: Number(times ?? 0),
    happened: `read, or refused with a sentence; memory grew by ${growth ?? "?"} MB in all`,
    faults: times === undefined ? [`the fuzzer did not end: ${text.slice(-300)}`] : faults,
  };
}

/** What a script of ours prints. */
function output(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, words, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (part) => {
    text += part;
  });
  return new Promise((resolve) => child.once("close", () => resolve(text)));
}

/** Two at a time; what each takes is mostly one core. */
async function twoByTwo(tasks: readonly (() => Promise<Row>)[]): Promise<Row[]> {
  const rows: Row[] = [];
  const waiting = [...tasks.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, task] = next;
      rows[index] = tell(await task());
    }
  };
  await Promise.all([lane(), lane()]);
  return rows;
}

function tell(row: Row): Row {
  console.log(`${row.what}: ${row.times} times, ${row.happened}; ${row.faults.length} faults`);
  for (const fault of row.faults) console.log(`  ${fault}`);
  return row;
}

const start = performance.now();
const each = Math.ceil(allKills / victims.length);
const trials = await twoByTwo([
  ...victims.map((one) => () => rowOf(`\`kill -9\` of ${one.name}`, kills(one, each, seed))),
  ...diskFaults.map((fault) => () => {
    const how = { EIO: "fails once (EIO)", ENOSPC: "is the first that finds the disk full (ENOSPC)" }[fault];
    return rowOf(`each write of a tune ${how}`, writePoints(fault, stride));
  }),
  () => rowOf("two tunes at once into one output, with a feature command", tunesAtOnce(pairs, seed)),
  () => rowOf("two evaluations at once, whose tables are made in one place", evaluationsAtOnce(pairs, seed)),
]);
const rows = [...trials, tell(await fuzz()), ...(await tests()).map(tell)];
const minutes = (performance.now() - start) / 60_000;
if (!values["dry-run"])
  writeFileSync(path.join(root, "docs/reliability.md"), reliability({ rows, seed, minutes }));
const faults = rows.reduce((sum, row) => sum + row.faults.length, 0);
console.log(`${faults} faults in ${minutes.toFixed(1)} minutes`);
process.exitCode = faults > 0 ? 1 : 0;
