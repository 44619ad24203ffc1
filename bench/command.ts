/** Runs the built command line as a user would, and measures it from outside. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type TuneResult, tuneResult } from "../src/protocol/records.ts";

const root = path.resolve(import.meta.dirname, "..");

export interface CommandRun {
  readonly result: TuneResult;
  /** Milliseconds from the start of the process to its end. */
  readonly milliseconds: number;
  /** Largest resident memory of the process, in MB. */
  readonly peakMegabytes: number;
}

/** `selmix tune --json` with more arguments. @throws Error with the command's own words when it fails */
export async function runTune(args: readonly string[]): Promise<CommandRun> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "selmix-bench-"));
  const memory = path.join(folder, "memory");
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--import",
      path.join(import.meta.dirname, "reportMemory.mjs"),
      path.join(root, "dist/cli.mjs"),
      "tune",
      "--json",
      ...args,
    ],
    { env: { ...process.env, SELMIX_BENCH_MEMORY: memory }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const milliseconds = performance.now() - start;
  if (status !== 0 && status !== 3) throw new Error(`selmix tune ended with ${status}: ${errors}`);
  const peakMegabytes = Number(await readFile(memory, "utf8")) / 1024;
  return { result: tuneResult.parse(JSON.parse(output)), milliseconds, peakMegabytes };
}
