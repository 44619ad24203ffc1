/**
 * `npm test`: everything that must hold, one suite after another, and one summary at the end. Names of suites as
 * arguments run only those. Ends with a line "N passed, N failed" over all suites, and fails when anything failed.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

const root = path.resolve(import.meta.dirname, "..");

interface Suite {
  readonly name: string;
  readonly script: string;
  /** Counted by its tests; other suites count only when they fail. */
  readonly tests: boolean;
  /** Part of `npm test` when no suite is named. */
  readonly standard: boolean;
}

const suites: readonly Suite[] = [
  { name: "check", script: "check", tests: false, standard: true },
  { name: "build", script: "build", tests: false, standard: true },
  { name: "audit", script: "audit", tests: false, standard: false },
  { name: "unit", script: "test:unit", tests: true, standard: true },
  { name: "webview", script: "test:webview", tests: true, standard: true },
  { name: "vscode", script: "test:vscode", tests: true, standard: true },
  { name: "site", script: "test:site", tests: true, standard: false },
  { name: "interop", script: "test:interop", tests: true, standard: false },
  { name: "training", script: "test:training", tests: true, standard: false },
  { name: "slurm", script: "test:slurm", tests: true, standard: false },
  { name: "addon", script: "test:addon", tests: true, standard: false },
];

interface Outcome {
  readonly suite: Suite;
  readonly passed: number;
  readonly failed: number;
  /** Tests that passed only when they were tried again. */
  readonly retried: number;
  readonly seconds: number;
  /** What went wrong, in the suite's own words; empty when nothing did. */
  readonly report: string;
}

/** Runs an npm script, shows its output, and returns it without its colours, with the exit status. */
function run(script: string): Promise<{ status: number; output: string }> {
  const child = spawn("npm", ["run", "--silent", script], {
    cwd: root,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const show = (stream: NodeJS.WriteStream) => (part: Buffer) => {
    output += part.toString();
    stream.write(part);
  };
  child.stdout.on("data", show(process.stdout));
  child.stderr.on("data", show(process.stderr));
  return new Promise((resolve) => {
    const end = (status: number) => resolve({ status, output: stripVTControlCharacters(output) });
    child.once("error", () => end(1));
    child.once("close", (status) => end(status ?? 1));
  });
}

/** Reads the closing lines of vitest ("Tests  1 failed | 12 passed (13)"), added up when there are several. */
function count(output: string, what: "passed" | "failed"): number {
  const closing = output.match(/^\s*Tests\s.*$/gm) ?? [];
  return closing
    .map((line) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0))
    .reduce((sum, each) => sum + each, 0);
}

/** How much of each failed suite's words is said again at the end. */
const reportLength = 6_000;

/** The part of vitest's output that tells of failures, or the end of an output that has none. */
function reportOf(output: string): string {
  const start = output.search(/^.*Failed (Suites|Tests) \d+/m);
  return start < 0 ? output.slice(-reportLength) : output.slice(start, start + reportLength);
}

async function outcome(suite: Suite): Promise<Outcome> {
  const start = Date.now();
  const { status, output } = await run(suite.script);
  const seconds = (Date.now() - start) / 1000;
  const passed = suite.tests ? count(output, "passed") : 0;
  const counted = suite.tests ? count(output, "failed") : 0;
  // A suite that fails without a failed test (it did not start, or a hook threw) is one failure.
  const failed = status === 0 ? 0 : Math.max(1, counted);
  const retried = output.match(/^Tried twice: /gm)?.length ?? 0;
  return { suite, passed, failed, retried, seconds, report: failed > 0 ? reportOf(output) : "" };
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no suite "${unknown[0]}": choose from ${suites.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(2);
}
const chosen = suites.filter(({ name, standard }) => (wanted.length > 0 ? wanted.includes(name) : standard));

const outcomes: Outcome[] = [];
for (const suite of chosen) {
  console.log(`\n== ${suite.name}`);
  outcomes.push(await outcome(suite));
  if (suite.name === "build" && outcomes.at(-1)?.failed) break;
}

for (const { suite, report } of outcomes) {
  if (report !== "") console.log(`\n== what failed in ${suite.name}\n${report.trim()}`);
}
console.log("\n== summary");
for (const { suite, passed, failed, retried, seconds } of outcomes) {
  const again = retried > 0 ? `, ${retried} tried twice` : "";
  const result = suite.tests ? `${passed} passed, ${failed} failed${again}` : failed ? "failed" : "ok";
  console.log(`${suite.name.padEnd(8)} ${result} (${seconds.toFixed(0)} s)`);
}
const sum = (what: "passed" | "failed") => outcomes.reduce((total, each) => total + each[what], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
