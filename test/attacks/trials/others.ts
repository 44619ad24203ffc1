/** Attacks that have programs of their own: the fuzzer, and the files of tests that attack. */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Row } from "./table.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** Files of tests that attack, in groups that take about as long as each other. */
const testFiles = [
  ["test/attacks"],
  ["test/watching", "test/cli/watch"],
  [
    "test/project/hostileRuns",
    "test/project/bounds",
    "test/project/glob",
    "test/files/regular",
    "test/files/zip",
    "test/checkpoints/pytorch",
    "test/words/escape",
    "test/engine/watchdog",
    "test/features/guarded",
    "test/supply",
  ],
];
/** It tries a few of what is tried at length. */
const short = "test/attacks/short.test.ts";

const resultSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** Each comes to a row for each file, called by its first line. */
export const suites = testFiles.map((files) => ({ files, run: () => runTests(files.flatMap(filesOf)) }));

function filesOf(start: string): string[] {
  return globSync([`${start}*.test.ts`, `${start}/**/*.test.ts`], { cwd: root })
    .filter((file) => file.split(path.sep).join("/") !== short)
    .sort();
}

async function runTests(files: readonly string[]): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-attack-"));
  const report = path.join(folder, "results.json");
  try {
    const vitest = "node_modules/vitest/vitest.mjs";
    await output([vitest, "run", "--reporter=json", `--outputFile=${report}`, ...files]);
    return resultSchema
      .parse(JSON.parse(readFileSync(report, "utf8")))
      .testResults.map(({ name, assertionResults: all }) => {
        const failed = all.filter(({ status }) => status === "failed");
        return {
          what: titleOf(name),
          times: all.length,
          happened: { "tests passed": all.length - failed.length },
          faults: failed.map(({ fullName }) => fullName),
        };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function titleOf(file: string): string {
  const [first = ""] = readFileSync(path.resolve(root, file), "utf8").split("\n");
  const title = /^\/\*\*? ?(.*?)(?: ?\*\/)?$/.exec(first)?.[1];
  return title || path.relative(root, path.resolve(root, file));
}

export const fuzzed = {
  what: "mutated checkpoints, tables, run folders and configurations, each read",
  /** The fuzzer's last line tells how many inputs there were, how many went wrong, and what memory they took. */
  async run(inputs: number, seed: number): Promise<Row> {
    const text = await output(["test/fuzz/run.ts", `${inputs}`], { SERIES: `${seed}` });
    const [, times, wrong, growth] =
      /(\d+) inputs in .*?, (\d+) went wrong, memory grew by (\d+) MB\s*$/.exec(text) ?? [];
    const faults = wrong === "0" ? [] : text.split("\n").filter((line) => /^\S+ \d+: /.test(line));
    return {
      what: this.what,
      times: Number(times ?? 0),
      happened: {
        [`read, or refused with a sentence; memory grew by ${growth ?? "?"} MB in all`]:
          Number(times ?? 0) - faults.length,
      },
      faults: times === undefined ? [`the fuzzer did not end: ${text.slice(-300)}`] : faults,
    };
  },
};

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
