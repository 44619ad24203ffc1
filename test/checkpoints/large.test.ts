/** Checkpoints of 5 GiB open at once: structure is read, numbers are not, and a head behind them is found. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { encodeFloats } from "../../src/files/numbers.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { fields, type Piece, sparseZip, writeSparse } from "../files/sparse.ts";
import { pickledState, pickledText } from "./pytorch/makePickle.ts";

const rows = 655_360;
const columns = 4096;
const hole = rows * columns * 2;
const head = encodeFloats("F32", Float32Array.of(1, 2, 3, 4, 5, 6));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-large-"));
});
afterAll(() => rm(folder, { recursive: true }));

const measured = z.object({
  isComplete: z.boolean(),
  milliseconds: z.number(),
  megabytes: z.number(),
  values: z.array(z.number()),
});

async function expectQuick(
  file: string,
  tensor: string,
  values: number[] = [1, 2, 3, 4, 5, 6],
): Promise<void> {
  const script = path.join(import.meta.dirname, "openLarge.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, file, tensor]);
  const found = measured.parse(JSON.parse(stdout));
  expect(found.isComplete).toBe(true);
  expect(found.values).toEqual(values);
  expect(found.milliseconds).toBeLessThan(1000);
  expect(found.megabytes).toBeLessThan(100);
}

async function save(name: string, pieces: readonly Piece[]): Promise<string> {
  const file = path.join(folder, name);
  await writeSparse(file, pieces);
  expect((await stat(file)).size).toBeGreaterThan(5 * 2 ** 30);
  return file;
}

const stateDict = pickledState([
  ["embed.weight", "HalfStorage", [rows, columns]],
  ["fc.weight", "FloatStorage", [2, 3]],
]);

test("PyTorch", async () => {
  const pieces = sparseZip([
    { name: "big/data.pkl", pieces: [stateDict] },
    { name: "big/data/0", pieces: [hole] },
    { name: "big/data/1", pieces: [head] },
  ]);
  await expectQuick(await save("big.pt", pieces), "fc.weight");
});

test("PyTorch's stream format", async () => {
  const magic = Buffer.concat([
    Uint8Array.of(0x80, 2, 0x8a, 10),
    Buffer.from("6cfc9c46f9206aa85019", "hex"),
    Buffer.from("."),
  ]);
  const version = Buffer.concat([
    Uint8Array.of(0x80, 2),
    Buffer.from("M"),
    fields([2, 1001]),
    Buffer.from("."),
  ]);
  const keys = Buffer.concat([
    Uint8Array.of(0x80, 2),
    Buffer.from("]("),
    pickledText("0"),
    pickledText("1"),
    Buffer.from("e."),
  ]);
  const pickles = [magic, version, Buffer.from("\x80\x02}.", "latin1"), stateDict, keys];
  const storages = [fields([8, rows * columns]), hole, fields([8, 6]), head];
  await expectQuick(await save("big.pth", [...pickles, ...storages]), "fc.weight");
});

test("safetensors", async () => {
  const header = Buffer.from(
    JSON.stringify({
      "embed.weight": { dtype: "F16", shape: [rows, columns], data_offsets: [0, hole] },
      "fc.weight": { dtype: "F32", shape: [2, 3], data_offsets: [hole, hole + head.length] },
    }),
  );
  const file = await save("big.safetensors", [fields([8, header.length]), header, hole, head]);
  await expectQuick(file, "fc.weight");
});

test("npz", async () => {
  const embedding = makeNpy("<f2", [rows, columns], new Uint8Array(0));
  const pieces = sparseZip([
    { name: "embed.npy", pieces: [embedding, hole] },
    { name: "fc.npy", pieces: [makeNpy("<f4", [2, 3], head)] },
  ]);
  await expectQuick(await save("big.npz", pieces), "fc");
});

test("TF.js", async () => {
  const weights = [
    {
      name: "embed/embeddings",
      shape: [rows, columns],
      dtype: "float32",
      quantization: { dtype: "float16" },
    },
    { name: "fc/kernel", shape: [2, 3], dtype: "float32" },
  ];
  await save("shard.bin", [hole, head]);
  const model = path.join(folder, "model.json");
  await writeFile(
    model,
    JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ["shard.bin"], weights }] }),
  );
  await expectQuick(model, "fc/kernel");
});

/** Protocol buffers: a length-delimited field, and a varint. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}
const message = (number: number, ...parts: (Uint8Array | string)[]) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
};
const whole = (number: number, value: number) => Uint8Array.from([...varint(number * 8), ...varint(value)]);

test("ONNX with external data, and in one file", async () => {
  const external = (offset: number, bytes: number) =>
    [
      ["location", "big.weights"],
      ["offset", `${offset}`],
      ["length", `${bytes}`],
    ].map(([key = "", value = ""]) => message(13, message(1, key), message(2, value)));
  const initializer = (name: string, type: number, shape: number[], data: Uint8Array[]) =>
    message(
      5,
      ...shape.map((size) => whole(1, size)),
      whole(2, type),
      message(8, name),
      ...data,
      whole(14, 1),
    );
  const graph = message(
    7,
    initializer("embed", 10, [rows, columns], external(0, hole)),
    initializer("fc", 1, [2, 3], external(hole, head.length)),
  );
  const model = path.join(folder, "big.onnx");
  await save("big.weights", [hole, head]);
  await writeFile(model, Buffer.concat([whole(1, 9), graph, message(8, whole(2, 17))]));
  await expectQuick(model, "fc");

  const raw = Uint8Array.from([...varint(9 * 8 + 2), ...varint(hole)]);
  const inner = Buffer.concat([whole(1, rows), whole(1, columns), whole(2, 10), message(8, "embed"), raw]);
  const outer = Uint8Array.from([...varint(5 * 8 + 2), ...varint(inner.length + hole)]);
  const small = message(5, whole(1, 2), whole(1, 3), whole(2, 1), message(8, "fc"), message(9, head));
  const length = outer.length + inner.length + hole + small.length;
  const start = Uint8Array.from([...varint(7 * 8 + 2), ...varint(length)]);
  const single = await save("single.onnx", [start, outer, inner, hole, small, message(8, whole(2, 17))]);
  await expectQuick(single, "fc");
});

test("Keras, with gigabytes that nothing points at", async () => {
  const sound = path.join(import.meta.dirname, "../fixtures/keras/model.weights.h5");
  const source = await openCheckpoint(sound);
  const name = source.tensors.at(-1)?.name ?? "";
  const values = [...(await source.read(name))];
  await source.close();
  const weights = await readFile(sound);
  expect(weights[8]).toBe(0);
  // The end of the file as its superblock of version 0 gives it.
  weights.writeBigUInt64LE(BigInt(weights.length + hole), 40);
  await expectQuick(await save("big.weights.h5", [weights, hole]), name, values);
  const archive = sparseZip([{ name: "model.weights.h5", pieces: [weights, hole] }]);
  await expectQuick(await save("big.keras", archive), name, values);
});
