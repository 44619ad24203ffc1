/** Runs what was typed, and ends with its exit status. */
import type { JobContext } from "../engine/job.ts";
import { version } from "../engine/version.ts";
import { startWatchdog, type Watchdog } from "../engine/watchdog/watchdog.ts";
import { killGroup } from "../project/processes.ts";
import { terminal, terminalJson } from "../words/escape/sinks.ts";
import { helpText, type Invocation, parseCommandLine } from "./arguments.ts";
import { exitAfter, exitStatus } from "./exit.ts";
import { ProgressLine } from "./progress.ts";
import { print, printDocument, screenOf } from "./terminal.ts";

/** Runs the command line and exits the process. */
export function main(argv: readonly string[]): Promise<void> {
  return exitAfter(() => run(argv));
}

async function run(argv: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(argv);
  if (parsed !== "version" && !("help" in parsed)) return runCommand(parsed);
  print(process.stdout, parsed === "version" ? terminal`${terminal.text(version)}\n` : helpText(parsed.help));
  return exitStatus.done;
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
  // A worker of a grid has a channel to who started it, and ends with it.
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) process.on(signal, stop);
  const watchdog = startWatchdog({
    role: "terminal",
    onInterrupt: stop,
    onListenAgain: () => process.off("SIGINT", stop).on("SIGINT", stop),
  });
  const progress = new ProgressLine(process.stderr, screenOf(process.stderr));
  try {
    const status = await execute(
      invocation,
      contextFor(interrupt.signal, progress, programs, watchdog),
      progress,
    );
    return interrupt.signal.aborted ? exitStatus.interrupted : status;
  } catch (error) {
    progress.clear();
    if (!interrupt.signal.aborted) throw error;
    print(process.stderr, terminal`Stopped; no output was written.\n`);
    return exitStatus.interrupted;
  }
}

function contextFor(
  signal: AbortSignal,
  progress: ProgressLine,
  programs: Set<number>,
  watchdog: Watchdog,
): JobContext {
  return {
    signal,
    progress: (step) => {
      watchdog.phase(step.phase);
      progress.show(step);
    },
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
      print(process.stdout, json ? terminalJson(result) : text(screenOf(process.stdout)));
    },
    json: (result) => {
      progress.clear();
      print(process.stdout, terminalJson(result));
    },
    document: (text) => {
      progress.clear();
      printDocument(process.stdout, text);
    },
    note: (sentence) => {
      progress.clear();
      print(process.stderr, terminal`${terminal.text(sentence)}\n`);
    },
  });
  progress.clear();
  return satisfied ? exitStatus.done : exitStatus.unsatisfied;
}
