/** How a process of the command line ends. */
import { once } from "node:events";
import { errorDetail, errorSentence, isExpected } from "../engine/errors.ts";
import { codeOf } from "../files/direct.ts";
import { FileError, reason } from "../files/ranges.ts";
import { ConfigurationError } from "../project/problems.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import { print, screenOf } from "./terminal.ts";
import { UsageError } from "./usageError.ts";

export const exitStatus = { done: 0, failed: 1, usage: 2, unsatisfied: 3, interrupted: 130 } as const;

/** Runs a command and exits the process with the status that it returns, or with that of the error it throws. */
export async function exitAfter(run: () => Promise<number>): Promise<void> {
  process.stdout.on("error", (error) => process.exit(lostOutput(error)));
  // Nobody can be told that nobody can be told.
  process.stderr.on("error", () => undefined);
  const status = await run().catch(reportError);
  // Some backends keep the process alive; everything is written, so it may go.
  if (process.stdout.writableLength > 0) await once(process.stdout, "drain");
  // A line that could not be written is told of a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  process.exit(status);
}

/** A reader that closes early (`| head`) is no error of ours; a result that a full disk swallowed is lost. */
function lostOutput(error: Error): number {
  if (codeOf(error) === "EPIPE") return exitStatus.done;
  return reportError(
    new FileError(`What was to be printed cannot be written: ${reason(error)}; send it elsewhere.`),
  );
}

function reportError(error: unknown): number {
  const { paint } = screenOf(process.stderr);
  const sentence = error instanceof UsageError ? error.message : errorSentence(error);
  print(process.stderr, terminal`${paint("red", terminal`selmix:`)} ${terminal.text(sentence)}\n`);
  if (error instanceof UsageError || error instanceof ConfigurationError) return exitStatus.usage;
  if (!isExpected(error) && process.env.SELMIX_DEBUG) {
    print(process.stderr, terminalLines(errorDetail(error).split("\n").map(terminal.text)));
  }
  return exitStatus.failed;
}
