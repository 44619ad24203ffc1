import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { headReplacements, readHead } from "../../src/checkpoints/head.ts";
import { encodeFloats } from "../../src/files/numbers.ts";
import { makeNpy, type NpyOptions } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-npz-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weight = [1, 2, 3, 4, 5, 6];
const bias = [7, 8, 9];

/** A dense layer of 2 features and 3 classes as flax keeps it, with something that is no array beside it. */
function archive(kernel: readonly number[], deflate = false, options: NpyOptions = {}): Uint8Array {
  const encode = (values: readonly number[]) => encodeFloats("F32", Float32Array.from(values));
  return makeZip([
    { name: "params/Dense_0/kernel.npy", bytes: makeNpy("<f4", [2, 3], encode(kernel), options), deflate },
    { name: "params/Dense_0/bias.npy", bytes: makeNpy("<f4", [3], encode(bias)), deflate },
    { name: "names.npy", bytes: makeNpy("<U3", [3], new Uint8Array(36)), deflate },
    { name: "README", bytes: Uint8Array.of(1, 2), deflate },
  ]);
}

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

describe("npz checkpoints", () => {
  it.each<[string, NpyOptions]>([
    ["by rows", {}],
    ["by columns", { fortran: true }],
  ])("give the head and take another, arrays stored %s", async (_, options) => {
    const byRows = options.fortran !== true;
    const stored = byRows ? weight : [1, 4, 2, 5, 3, 6];
    const file = await save("old.npz", archive(stored, false, options));
    expect(await isCompleteCheckpoint(file)).toBe(true);
    const checkpoint = await openCheckpoint(file);
    expect(checkpoint.tensors.map((tensor) => tensor.name)).toEqual([
      "params/Dense_0/kernel",
      "params/Dense_0/bias",
    ]);
    expect([...(await checkpoint.read("params/Dense_0/kernel"))]).toEqual(weight);
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 3 });
    expect(location.bias).toBe("params/Dense_0/bias");
    const head = await readHead(checkpoint, location);
    expect([...head.weight]).toEqual([1, 4, 2, 5, 3, 6]);
    const target = path.join(folder, "new.npz");
    const negated = { ...head, weight: head.weight.map((value) => -value) };
    await checkpoint.writeCopy(target, headReplacements(location, negated));
    const expected = archive(
      stored.map((value) => -value),
      false,
      options,
    );
    expect(await readFile(target)).toEqual(Buffer.from(expected));
    await checkpoint.close();
  });

  it("take a new head when packed, and every other array stays as it was", async () => {
    const checkpoint = await openCheckpoint(await save("packed.npz", archive(weight, true)));
    expect([...(await checkpoint.read("params/Dense_0/kernel"))]).toEqual(weight);
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 3 });
    const head = await readHead(checkpoint, location);
    const scaled = { ...head, weight: head.weight.map((value, i) => value * 1.7 ** i) };
    const target = path.join(folder, "repacked.npz");
    await checkpoint.writeCopy(target, headReplacements(location, scaled));
    const copy = await openCheckpoint(target);
    expect(copy.tensors).toEqual(checkpoint.tensors);
    expect(await readHead(copy, location)).toEqual(scaled);
    const back = path.join(folder, "back.npz");
    await copy.writeCopy(back, headReplacements(location, head));
    expect(await readFile(back)).toEqual(Buffer.from(archive(weight, true)));
    await Promise.all([checkpoint.close(), copy.close()]);
  });

  it("are incomplete when their end is missing", async () => {
    expect(await isCompleteCheckpoint(await save("half.npz", archive(weight).subarray(0, -1)))).toBe(false);
  });
});
