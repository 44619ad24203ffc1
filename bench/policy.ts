/** One cycle's call of `selmix policy` as the fine-tuning script makes it: a process of its own, every time. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { openCheckpoint } from "../src/checkpoints/formats.ts";
import { openFeatureTable } from "../src/features/open.ts";
import { makeNpy } from "../test/files/makeNpy.ts";
import { makeZip } from "../test/files/makeZip.ts";
import { medians, type Row, row } from "./measure.ts";

const RUNS = 20;
const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..");
const example = path.join(root, "examples/fashion-mnist-lt");

function npz(arrays: Record<string, Uint8Array>): Uint8Array {
  return makeZip(Object.entries(arrays).map(([name, bytes]) => ({ name: `${name}.npy`, bytes })));
}

/** The example's validation features and head, as `numpy.savez` writes them for the script, and its selmix.json. */
async function writeWorkspace(folder: string): Promise<void> {
  const table = await openFeatureTable(path.join(example, "features/validation.safetensors"));
  const { count, size } = table.rows;
  const features = new Float32Array(count * size);
  table.rows.read(0, count, features, 0);
  const labels = BigInt64Array.from(table.labels?.codes ?? [], BigInt);
  table.close();
  const validation = npz({
    features: makeNpy("<f4", [count, size], new Uint8Array(features.buffer)),
    labels: makeNpy("<i8", [count], new Uint8Array(labels.buffer)),
  });
  const checkpoint = await openCheckpoint(path.join(example, "checkpoints/epoch-10.safetensors"));
  const [weight, bias] = [await checkpoint.read("fc.weight"), await checkpoint.read("fc.bias")];
  await checkpoint.close();
  const head = npz({
    "fc.weight": makeNpy("<f4", [bias.length, size], new Uint8Array(weight.buffer)),
    "fc.bias": makeNpy("<f4", [bias.length], new Uint8Array(bias.buffer)),
  });
  await writeFile(path.join(folder, "validation.npz"), validation);
  await writeFile(path.join(folder, "head.npz"), head);
  await copyFile(path.join(example, "selmix.json"), path.join(folder, "selmix.json"));
}

/** What the script's function `ask` passes in the middle of training. */
function callArguments(folder: string): string[] {
  const given = {
    steering: path.join(folder, "validation.npz"),
    config: path.join(folder, "selmix.json"),
    objective: "minRecall",
    step: 10,
    steps: 2000,
    state: path.join(folder, "state.json"),
    head: path.join(folder, "head.npz"),
    record: path.join(example, "checkpoints/epoch-10.safetensors"),
    device: "PyTorch on cpu",
    rate: 0.001,
    "cycle-steps": 50,
    "train-counts": "5000,2997,1797,1077,646,387,232,139,83,50",
  };
  return ["policy", "--json", ...Object.entries(given).map(([name, value]) => `--${name}=${value}`)];
}

export async function benchPolicy(): Promise<Row[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "selmix-policy-bench-"));
  try {
    await writeWorkspace(folder);
    const command = [path.join(root, "dist/cli.mjs"), ...callArguments(folder)];
    const node = (args: readonly string[]) => async () => void (await run(process.execPath, args));
    // The first call starts the run; those that are timed go on with it.
    await node(command)();
    const [call, bare] = await medians([node(command), node(["-e", "0"])], RUNS);
    return [
      row("selmix policy: one call, 5000 x (10, 64)", call, "ms", { name: "node -e 0, ms", value: bare }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
