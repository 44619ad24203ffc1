/** Runs what was typed, and ends with its exit status. */
import { once } from "node:events";
import { errorDetail, errorSentence, isExpected } from "../engine/errors.ts";
import type { JobContext } from "../engine/job.ts";
import { ConfigurationError } from "../project/problems.ts";
import { killGroup } from "../project/processes.ts";
import { helpText, type Invocation, parseCommandLine, UsageError } from "./arguments.ts";
import { ProgressLine } from "./progress.ts";
import { screenOf } from "./terminal.ts";

export const exitStatus = { done: 0, failed: 1, usage: 2, unsatisfied: 3, interrupted: 130 } as const;

/** Runs the command line and exits the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that closes early (`| head`) is no error of ours.
  process.stdout.on("error", () => process.exit());
  const status = await run(argv);
  // Some backends keep the process alive; everything is written, so it may go.
  if (process.stdout.writableLength > 0) await once(process.stdout, "drain");
  process.exit(status);
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === "policy") {
      const { policyCommand } = await import("./policy.ts");
      process.stdout.write(await policyCommand(argv.slice(1)));
      return exitStatus.done;
    }
    const parsed = parseCommandLine(argv);
    if ("help" in parsed) {
      process.stdout.write(helpText(parsed.help));
      return exitStatus.done;
    }
    return await runCommand(parsed);
  } catch (error) {
    return reportError(error);
  }
}

function reportError(error: unknown): number {
  const { paint } = screenOf(process.stderr);
  const sentence = error instanceof UsageError ? error.message : errorSentence(error);
  process.stderr.write(`${paint("red", "selmix:")} ${sentence}\n`);
  if (error instanceof UsageError || error instanceof ConfigurationError) return exitStatus.usage;
  if (!isExpected(error) && process.env.SELMIX_DEBUG) process.stderr.write(`${errorDetail(error)}\n`);
  return exitStatus.failed;
}

async function runCommand(invocation: Invocation): Promise<number> {
  const interrupt = new AbortController();
  const programs = new Set<number>();
  const stop = () => {
    if (interrupt.signal.aborted) {
      // Asked twice, it goes at once; files are only ever renamed into place.
      for (const pid of programs) killGroup(pid);
      process.exit(exitStatus.interrupted);
    }
    interrupt.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const progress = new ProgressLine(process.stderr, screenOf(process.stderr));
  try {
    const status = await execute(invocation, contextFor(interrupt.signal, progress, programs), progress);
    return interrupt.signal.aborted ? exitStatus.interrupted : status;
  } catch (error) {
    progress.clear();
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write("Stopped; no output was written.\n");
    return exitStatus.interrupted;
  }
}

function contextFor(signal: AbortSignal, progress: ProgressLine, programs: Set<number>): JobContext {
  return {
    signal,
    progress: (step) => progress.show(step),
    cycle: () => undefined,
    program: (pid, running) => {
      if (running) programs.add(pid);
      else programs.delete(pid);
    },
  };
}

async function execute(invocation: Invocation, context: JobContext, progress: ProgressLine): Promise<number> {
  const { runInvocation } = await import("./commands.ts");
  const satisfied = await runInvocation(invocation, context, {
    result: (result, text) => {
      progress.clear();
      const { json } = invocation.options;
      process.stdout.write(json ? `${JSON.stringify(result)}\n` : text(screenOf(process.stdout)));
    },
    note: (sentence) => {
      progress.clear();
      process.stderr.write(`${sentence}\n`);
    },
  });
  progress.clear();
  return satisfied ? exitStatus.done : exitStatus.unsatisfied;
}
