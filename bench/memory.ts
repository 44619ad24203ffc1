/** Peak memory of a tune on a table as large as ImageNet-LT's: 1000 classes, 2048 features, 115,846 rows in F16. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Random } from "../src/selmix/random.ts";
import { runTune } from "./command.ts";
import { type Row, randomValues, row } from "./measure.ts";

const CLASSES = 1000;
const SIZE = 2048;
const TRAIN_ROWS = 115_846;
const VALIDATION_ROWS = 5_000;
/** The limit the product promises, in MB. */
const LIMIT = 700;

/** A safetensors file, its tensors given as parts that are written one after another. */
async function writeSafetensors(
  file: string,
  tensors: readonly {
    name: string;
    dtype: string;
    shape: number[];
    bytes: number;
    parts: Iterable<Uint8Array>;
  }[],
): Promise<void> {
  let at = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, dtype, shape, bytes }) => {
      at += bytes;
      return [name, { dtype, shape, data_offsets: [at - bytes, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const stream = createWriteStream(file);
  for (const part of [length, text]) stream.write(part);
  for (const { parts } of tensors) {
    for (const part of parts) if (!stream.write(part)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}

/** Row after row: one of 64 noise vectors, raised in the places that stand for its class. F16 bits between 0.25 and 4. */
function* featureRows(labels: Int32Array, random: Random): Iterable<Uint8Array> {
  const noise = Array.from({ length: 64 }, () =>
    Uint16Array.from({ length: SIZE }, () => 0x3000 + random.integer(0x800)),
  );
  for (const label of labels) {
    const values = Uint16Array.from(noise[random.integer(noise.length)]);
    values[label] = values[label + CLASSES] = 0x4000;
    yield new Uint8Array(values.buffer);
  }
}

async function writeTable(file: string, labels: Int32Array, random: Random): Promise<void> {
  await writeSafetensors(file, [
    {
      name: "features",
      dtype: "F16",
      shape: [labels.length, SIZE],
      bytes: labels.length * SIZE * 2,
      parts: featureRows(labels, random),
    },
    {
      name: "labels",
      dtype: "I32",
      shape: [labels.length],
      bytes: labels.length * 4,
      parts: [new Uint8Array(labels.buffer)],
    },
  ]);
}

function floats(name: string, values: Float32Array, shape: number[]) {
  return { name, dtype: "F32", shape, bytes: values.byteLength, parts: [new Uint8Array(values.buffer)] };
}

export async function benchMemory(): Promise<Row[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "selmix-memory-"));
  try {
    const random = new Random(1);
    const labels = (count: number) => Int32Array.from({ length: count }, (_unused, at) => at % CLASSES);
    await writeTable(path.join(folder, "train.safetensors"), labels(TRAIN_ROWS), random);
    await writeTable(path.join(folder, "validation.safetensors"), labels(VALIDATION_ROWS), random);
    await writeSafetensors(path.join(folder, "model.safetensors"), [
      floats("fc.weight", randomValues(CLASSES * SIZE, 2, 0.02), [CLASSES, SIZE]),
      floats("fc.bias", randomValues(CLASSES, 3, 0.1), [CLASSES]),
    ]);
    await writeFile(
      path.join(folder, "selmix.json"),
      JSON.stringify({
        checkpoints: ["model.safetensors"],
        features: { train: "train.safetensors", validation: "validation.safetensors" },
        objective: "meanRecall",
        tuning: { steps: 100, batchSize: 256, controls: "none" },
      }),
    );
    const run = await runTune(["--config", path.join(folder, "selmix.json"), "--backend", "wasm"]);
    return [
      row("115,846 x 2048 F16: peak memory", run.peakMegabytes, "MB", { name: "limit", value: LIMIT }),
      row("115,846 x 2048 F16: load", run.result.seconds.load, "s"),
      row("115,846 x 2048 F16: 100 steps", run.result.seconds.tune, "s"),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
