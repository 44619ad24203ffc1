/** A whole run of 1000 classes on `native`, beside a PyTorch loop of the same steps and validation passes, and beside wasm. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type CommandRun, runTune } from "./command.ts";
import { BATCH, writeLargeConfiguration, writeLargeProject } from "./largeTables.ts";
import { type Row, row } from "./measure.ts";

const VALIDATION_ROWS = 20_000;
const STEPS = 2000;
const CYCLE = 50;
/** What wasm is compared over: all steps would take it a quarter of an hour. */
const FEW_STEPS = 100;

const pytorchRun = z.object({ seconds: z.number() });

/** Seconds of a loop that makes the steps, and passes over validation each cycle; null where torch cannot be imported. */
async function pytorchSeconds(folder: string): Promise<number | null> {
  const script = path.join(import.meta.dirname, "pytorch_run.py");
  const args = [script, folder, ...[STEPS, CYCLE, BATCH].map(String)];
  try {
    const { stdout } = await promisify(execFile)(process.env.SELMIX_PYTHON ?? "python3", args);
    return pytorchRun.parse(JSON.parse(stdout)).seconds;
  } catch {
    return null;
  }
}

const seconds = ({
  result: {
    seconds: { load, tune },
  },
}: CommandRun): number => load + tune;

export async function benchWholeRun(): Promise<Row[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "selmix-whole-"));
  try {
    const few = ["--config", await writeLargeProject(folder, VALIDATION_ROWS, FEW_STEPS), "--backend"];
    const wasm = await runTune([...few, "wasm"]);
    const short = await runTune([...few, "native"]);
    const configuration = await writeLargeConfiguration(folder, STEPS, CYCLE);
    const run = await runTune(["--config", configuration, "--backend", "native"]);
    const peer = await pytorchSeconds(folder);
    return [
      row(
        "115,846 x 2048 F16, native: 2000 steps",
        seconds(run),
        "s",
        peer === null ? undefined : { name: "the same steps and passes in PyTorch, s", value: peer },
      ),
      row("115,846 x 2048 F16, native: 100 steps", seconds(short), "s", {
        name: "on wasm, s",
        value: seconds(wasm),
      }),
      row("115,846 x 2048 F16, native: peak memory", run.peakMegabytes, "MB"),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
