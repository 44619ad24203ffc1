/** Packed arrays of an npz, small files that unpack to much: read in bounded memory, or refused with what to do. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";

const columns = 1024;
const rows = 140_000;
/** Of float16: 287 MB. */
const numbers = new Uint8Array(rows * columns * 2);
numbers.set([0x00, 0x3c]);
numbers.set([0x00, 0x40], numbers.length - 2);

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-packed-"));
  file = path.join(folder, "packed.npz");
  const bytes = makeNpy("<f2", [rows, columns], numbers);
  await writeFile(file, makeZip([{ name: "features.npy", bytes, deflate: true }], { zip64: true }));
});
afterAll(() => rm(folder, { recursive: true }));

const told = z.object({ found: z.unknown(), megabytes: z.number() });

async function inProcess(...given: string[]): Promise<z.infer<typeof told>> {
  const script = path.join(import.meta.dirname, "openPacked.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...given]);
  return told.parse(JSON.parse(stdout));
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

test("a table too large for memory is unpacked to a file, read by ranges, and the file is gone when it is closed", async () => {
  const cache = path.join(folder, "cache");
  await mkdir(cache);
  const { found, megabytes } = await inProcess("table", file, cache);
  expect(found).toEqual({
    ends: [
      [1, 0],
      [0, 2],
    ],
    during: 1,
  });
  expect(megabytes).toBeLessThan(120);
  expect(await readdir(cache)).toEqual([]);
});

test("where nothing may be written, it is refused before it is unpacked, with what to do", async () => {
  await expect(openFeatureTable(file)).rejects.toThrow(
    /features\.npy unpacks to 2867\d+ bytes.*save it unpacked/,
  );
});

test("the arrays of a checkpoint are hashed piece by piece", async () => {
  const { found, megabytes } = await inProcess("checkpoint", file);
  expect(found).toBe(createHash("sha256").update(numbers).digest("hex"));
  expect(megabytes).toBeLessThan(120);
});

test("a head of that size is refused", async () => {
  const checkpoint = await openCheckpoint(file);
  await expect(checkpoint.read("features")).rejects.toThrow(/unpacks to 2867\d+ bytes.*save it unpacked/);
  await checkpoint.close();
});

test("an array that came in many pieces is replaced in a copy", async () => {
  const count = 100_001;
  const values = Float64Array.from({ length: count }, (_, at) => Math.fround(Math.sin(at)));
  const bytes = makeNpy("<f8", [count], new Uint8Array(values.buffer));
  const small = path.join(folder, "small.npz");
  await writeFile(small, makeZip([{ name: "w.npy", bytes, deflate: true }]));
  const checkpoint = await openCheckpoint(small);
  const read = await checkpoint.read("w");
  expect(isSame(read, Float32Array.from(values))).toBe(true);
  const target = path.join(folder, "copy.npz");
  await checkpoint.writeCopy(target, [{ name: "w", values: read.map((value) => -value) }]);
  const copy = await openCheckpoint(target);
  expect(
    isSame(
      await copy.read("w"),
      read.map((value) => -value),
    ),
  ).toBe(true);
  await Promise.all([checkpoint.close(), copy.close()]);
});
