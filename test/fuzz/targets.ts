/** Every reader of files that come from elsewhere, with small sound files to start from. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Checkpoint } from "../../src/checkpoints/checkpoint.ts";
import { CheckpointError } from "../../src/checkpoints/checkpoint.ts";
import { formatOf } from "../../src/checkpoints/formats.ts";
import { ContentsError, findTensors } from "../../src/checkpoints/pytorch/contents.ts";
import { readPickle } from "../../src/checkpoints/pytorch/pickle.ts";
import { PickleError } from "../../src/checkpoints/pytorch/pickleInput.ts";
import { JobError } from "../../src/engine/errors.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { FeatureTableError } from "../../src/features/table.ts";
import { encodeFloats, isFloatType } from "../../src/files/numbers.ts";
import { FileError, memorySource, readLong } from "../../src/files/ranges.ts";
import { openMember, openZip } from "../../src/files/zip.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { makeZip } from "../files/makeZip.ts";
import { ownTargets } from "./ownTargets.ts";

/** A reader. `read` takes the path of a mutated file and throws only errors made for the user, else that is a bug. */
export interface Target {
  readonly name: string;
  /** Name of the mutated file, with the ending that chooses the reader. */
  readonly file: string;
  readonly seeds: readonly Uint8Array[];
  /** Whether the seeds are JSON, or a JSON value on each line: then values change too, not only bytes. */
  readonly structured?: "json" | "lines" | null;
  /** Sound files beside it. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
  read(file: string, bytes: Uint8Array, thorough: boolean): Promise<void>;
}

const fixtures = path.join(import.meta.dirname, "../fixtures");
const most = 1024 * 1024;

/** Whether an error is one sentence for the user, as all errors about files must be. */
export function isExpected(error: unknown): boolean {
  const classes = [CheckpointError, FileError, FeatureTableError, PickleError, ContentsError, JobError];
  return classes.some((one) => error instanceof one);
}

export async function targets(): Promise<Target[]> {
  const pytorch = fixtureFiles("pytorch", /\.(pt|pth|ckpt|bin)$/);
  const streams = fixtureFiles("pytorch", /^stream/);
  const numbers = (count: number) =>
    encodeFloats(
      "F32",
      Float32Array.from({ length: count }, (_, i) => i),
    );
  const kernel = makeNpy("<f4", [2, 3], numbers(6));
  const labels = makeNpy("<i8", [4], new Uint8Array(32));
  const features = makeNpy("<f4", [4, 2], numbers(8));
  const head = makeSafetensors({
    "fc.weight": { dtype: "F32", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    "fc.bias": { dtype: "BF16", shape: [2], values: [1, 2] },
  });
  const table = makeSafetensors({
    features: { dtype: "F16", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    labels: { dtype: "I64", shape: [2], values: [0, 1] },
  });
  const csv = 'emb_0,emb_1,"the ""label""",sex\r\n1.5,-2e3,nv,f\n0.001,7,"mel, or\nnot",m\n3,4,nv,f\n';
  const index = JSON.stringify({
    metadata: {},
    weight_map: { "fc.weight": "a.safetensors", "fc.bias": "a.safetensors" },
  });
  return [
    ...ownTargets,
    checkpointTarget("pytorch", "input.pt", pytorch),
    checkpointTarget("pytorch-stream", "input.pth", streams),
    {
      name: "pickle",
      file: "input.pkl",
      seeds: await pickles(pytorch),
      beside: new Map(),
      read: readMutatedPickle,
    },
    checkpointTarget("safetensors", "input.safetensors", [head]),
    checkpointTarget(
      "sharded",
      "input.safetensors.index.json",
      [Buffer.from(index)],
      new Map([["a.safetensors", head]]),
    ),
    checkpointTarget("npz", "input.npz", [
      makeZip([{ name: "kernel.npy", bytes: kernel }]),
      makeZip([{ name: "kernel.npy", bytes: kernel, deflate: true }]),
    ]),
    checkpointTarget("joblib", "input.joblib", fixtureFiles("sklearn", /^(logreg|objects)\.joblib$/)),
    checkpointTarget("estimator-pickle", "input.pkl", fixtureFiles("sklearn", /[45]\.pkl$/)),
    checkpointTarget("skops", "input.skops", fixtureFiles("sklearn", /\.skops$/)),
    checkpointTarget("keras-h5", "input.h5", fixtureFiles("keras", /\.h5$/)),
    checkpointTarget("keras", "input.keras", fixtureFiles("keras", /\.keras$/)),
    checkpointTarget("onnx", "input.onnx", fixtureFiles("onnx", /\.onnx$/), filesIn("onnx", /weights\.bin$/)),
    checkpointTarget(
      "tfjs",
      "input-model.json",
      ["sequential", "keras3", "half"].map((name) =>
        readFileSync(path.join(fixtures, "tfjs", name, "model.json")),
      ),
      new Map([...filesIn("tfjs/sequential", /\.bin$/), ...filesIn("tfjs/keras3", /\.bin$/)]),
    ),
    featuresTarget("features-csv", "input.csv", Buffer.from(csv)),
    {
      ...featuresTarget("features-parquet", "input.parquet", head),
      seeds: fixtureFiles("tables", /\.parquet$/),
    },
    featuresTarget("features-safetensors", "input.safetensors", table),
    featuresTarget(
      "features-npz",
      "input.npz",
      makeZip([
        { name: "features.npy", bytes: features },
        { name: "labels.npy", bytes: labels, deflate: true },
      ]),
    ),
  ];
}

function checkpointTarget(
  name: string,
  file: string,
  seeds: readonly Uint8Array[],
  beside: ReadonlyMap<string, Uint8Array> = new Map(),
): Target {
  const known = formatOf(file);
  if (!known) throw new Error(`no format for ${file}`);
  return {
    name,
    file,
    seeds,
    beside,
    async read(input, _, thorough) {
      const format = await known.load();
      if (thorough) await format.isComplete(input);
      const checkpoint = await format.open(input);
      try {
        await useCheckpoint(checkpoint, thorough ? path.join(path.dirname(input), `copy-${file}`) : null);
      } finally {
        await checkpoint.close();
      }
    },
  };
}

/** Reads a few tensors and, when a target is given, copies the checkpoint with one of them replaced and opens the copy. */
async function useCheckpoint(checkpoint: Checkpoint, target: string | null): Promise<void> {
  const small = checkpoint.tensors
    .filter((tensor) => isFloatType(tensor.type) && tensor.bytes < most)
    .slice(-3);
  for (const { name, shape } of small) {
    const values = await checkpoint.read(name);
    const count = shape.reduce((product, size) => product * size, 1);
    if (values.length !== count) throw new Error(`${name} has ${values.length} numbers, not ${count}`);
    if (target === null) continue;
    await checkpoint.writeCopy(target, [{ name, values: values.fill(0.5) }]);
    target = null;
  }
}

function featuresTarget(name: string, file: string, seed: Uint8Array): Target {
  return {
    name,
    file,
    seeds: [seed],
    beside: new Map(),
    async read(input) {
      const table = await openFeatureTable(input, { memoryBudget: most, columns: columnsOf(file) });
      try {
        const { rows } = table;
        if (rows.size < most) rows.read(0, 1, new Float32Array(rows.size), 0);
      } finally {
        table.close();
      }
    },
  };
}

/** Tables whose columns have names say which are what. */
function columnsOf(file: string) {
  if (file.endsWith(".csv")) return { features: "emb_*", labels: 'the "label"', groups: ["sex"] };
  return file.endsWith(".parquet") ? { features: "emb*", labels: "dx", groups: ["sex"], weights: "w" } : {};
}

async function readMutatedPickle(_: string, bytes: Uint8Array): Promise<void> {
  findTensors(readPickle(bytes).value);
}

/** The pickles inside of archives. */
async function pickles(archives: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const bytes of archives) {
    if (Buffer.from(bytes).toString("latin1", 0, 2) !== "PK") continue;
    const archive = await openZip(memorySource(bytes, "seed"));
    for (const member of archive.members.values()) {
      if (!member.name.endsWith("data.pkl")) continue;
      found.push(await readLong(await openMember(archive, member), 0, member.size));
    }
  }
  return found;
}

function filesIn(folder: string, pattern: RegExp): Map<string, Uint8Array> {
  const names = readdirSync(path.join(fixtures, folder))
    .filter((name) => pattern.test(name))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(path.join(fixtures, folder, name))]));
}

function fixtureFiles(folder: string, pattern: RegExp): Uint8Array[] {
  return [...filesIn(folder, pattern).values()];
}
