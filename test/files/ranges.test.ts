import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSource, type SourceFile } from "../../src/files/ranges.ts";

const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7919) >> 5);
let folder: string;
let source: SourceFile;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-ranges-"));
  const file = path.join(folder, "bytes");
  await writeFile(file, bytes);
  source = await openSource(file);
});
afterAll(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

const places: readonly (readonly [offset: number, length: number])[] = [
  [0, 4],
  [2, 70_000],
  [299_990, 10],
  [60_000, 20_000],
  [1, 3],
  [150_000, 100],
  [300_000, 0],
];
const wanted = places.map(([offset, length]) => [...bytes.subarray(offset, offset + length)]);

it("reads ranges near and far from each other, one after another", async () => {
  for (const [at, [offset, length]] of places.entries()) {
    expect([...(await source.read(offset, length))]).toEqual(wanted[at]);
  }
});

it("reads them at the same time", async () => {
  const read = await Promise.all(places.map(([offset, length]) => source.read(offset, length)));
  expect(read.map((range) => [...range])).toEqual(wanted);
});

it("gives bytes that may be written to", async () => {
  (await source.read(10, 4)).fill(0);
  expect([...(await source.read(10, 4))]).toEqual([...bytes.subarray(10, 14)]);
});
