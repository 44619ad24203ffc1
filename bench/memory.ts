/** Peak memory of a tune on a table as large as ImageNet-LT's. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { runTune } from "./command.ts";
import { writeLargeProject } from "./largeTables.ts";
import { type Row, row } from "./measure.ts";

const VALIDATION_ROWS = 5_000;
/** The limit the product promises, in MB. */
const LIMIT = 700;

export async function benchMemory(): Promise<Row[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "selmix-memory-"));
  try {
    const configuration = await writeLargeProject(folder, VALIDATION_ROWS, 100);
    const run = await runTune(["--config", configuration, "--backend", "wasm"]);
    return [
      row("115,846 x 2048 F16: peak memory", run.peakMegabytes, "MB", { name: "limit", value: LIMIT }),
      row("115,846 x 2048 F16: load", run.result.seconds.load, "s"),
      row("115,846 x 2048 F16: 100 steps", run.result.seconds.tune, "s"),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
