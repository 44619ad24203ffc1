/** Tables as large as ImageNet-LT's, written row after row: 1000 classes, 2048 features, 115,846 rows in F16. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Random } from "../src/selmix/random.ts";
import { randomValues } from "./measure.ts";

export const CLASSES = 1000;
export const SIZE = 2048;
export const TRAIN_ROWS = 115_846;

interface TensorToStream {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly parts: Iterable<Uint8Array>;
}

/** A safetensors file, its tensors given as parts that are written one after another. */
async function writeSafetensors(file: string, tensors: readonly TensorToStream[]): Promise<void> {
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

async function writeTable(file: string, rows: number, random: Random): Promise<void> {
  const labels = Int32Array.from({ length: rows }, (_unused, at) => at % CLASSES);
  const features = { name: "features", dtype: "F16", shape: [rows, SIZE], bytes: rows * SIZE * 2 };
  await writeSafetensors(file, [
    { ...features, parts: featureRows(labels, random) },
    { name: "labels", dtype: "I32", shape: [rows], bytes: rows * 4, parts: [new Uint8Array(labels.buffer)] },
  ]);
}

function floats(name: string, values: Float32Array, shape: readonly number[]): TensorToStream {
  return { name, dtype: "F32", shape, bytes: values.byteLength, parts: [new Uint8Array(values.buffer)] };
}

/** A head that knows the places of its classes, of every fourth one less well. */
function weightOfClasses(): Float32Array {
  const weight = randomValues(CLASSES * SIZE, 2, 0.02);
  for (let k = 0; k < CLASSES; k++) {
    const strength = k % 4 === 0 ? 0.1 : 0.2;
    weight[k * SIZE + k] += strength;
    weight[k * SIZE + k + CLASSES] += strength;
  }
  return weight;
}

/** A checkpoint with its tables in a folder, and a configuration of so many steps. Returns the configuration's path. */
export async function writeLargeProject(
  folder: string,
  validationRows: number,
  steps: number,
): Promise<string> {
  const random = new Random(1);
  await writeTable(path.join(folder, "train.safetensors"), TRAIN_ROWS, random);
  await writeTable(path.join(folder, "validation.safetensors"), validationRows, random);
  await writeSafetensors(path.join(folder, "model.safetensors"), [
    floats("fc.weight", weightOfClasses(), [CLASSES, SIZE]),
    floats("fc.bias", randomValues(CLASSES, 3, 0.1), [CLASSES]),
  ]);
  return writeLargeConfiguration(folder, steps);
}

/** The configuration of such a folder. @param cycle steps between two validation passes; chosen by their cost when absent */
export async function writeLargeConfiguration(
  folder: string,
  steps: number,
  cycle?: number,
): Promise<string> {
  const file = path.join(folder, "selmix.json");
  await writeFile(
    file,
    JSON.stringify({
      checkpoints: ["model.safetensors"],
      features: { train: "train.safetensors", validation: "validation.safetensors" },
      objective: "meanRecall",
      tuning: { steps, batchSize: BATCH, controls: "none", ...(cycle && { cycle }) },
    }),
  );
  return file;
}

/** Samples a step. */
export const BATCH = 256;
