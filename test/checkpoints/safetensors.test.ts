import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { FileError, memorySource } from "../../src/files/ranges.ts";
import { readSafetensors } from "../../src/files/safetensors.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tensors = {
  "z.weight": { dtype: "F32", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  "half.weight": { dtype: "F16", shape: [2], values: [0.5, -2] },
  steps: { dtype: "I64", shape: [], values: [7] },
  "a.bias": { dtype: "BF16", shape: [2], values: [1, -1] },
  empty: { dtype: "F32", shape: [0, 4], values: [] },
};

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

describe("safetensors", () => {
  it("lists tensors with shape, type and size in the order of the file, and reads them", async () => {
    const file = await save("sound.safetensors", makeSafetensors(tensors));
    expect(await isCompleteCheckpoint(file)).toBe(true);
    const checkpoint = await openCheckpoint(file);
    expect(checkpoint.tensors.map((tensor) => tensor.name)).toEqual(Object.keys(tensors));
    expect(checkpoint.tensors[0]).toEqual({ name: "z.weight", shape: [2, 3], type: "F32", bytes: 24 });
    expect([...(await checkpoint.read("z.weight"))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await checkpoint.read("half.weight"))]).toEqual([0.5, -2]);
    expect([...(await checkpoint.read("a.bias"))]).toEqual([1, -1]);
    expect(await checkpoint.read("empty")).toHaveLength(0);
    await expect(checkpoint.read("steps")).rejects.toThrow(/I64/);
    await expect(checkpoint.read("no")).rejects.toThrow(/no tensor no/);
    await checkpoint.close();
  });

  it("writes a copy in which only the replaced numbers differ", async () => {
    const bytes = makeSafetensors(tensors);
    const checkpoint = await openCheckpoint(await save("old.safetensors", bytes));
    const target = path.join(folder, "out", "new.safetensors");
    await checkpoint.writeCopy(target, [
      { name: "a.bias", values: Float32Array.of(2, 0) },
      { name: "half.weight", values: Float32Array.of(8, 16) },
    ]);
    const changed = structuredClone(tensors);
    changed["a.bias"].values = [2, 0];
    changed["half.weight"].values = [8, 16];
    expect(await readFile(target)).toEqual(Buffer.from(makeSafetensors(changed)));
    expect(await readFile(checkpoint.path)).toEqual(Buffer.from(bytes));
    const wrong = { name: "a.bias", values: new Float32Array(3) };
    await expect(checkpoint.writeCopy(target, [wrong])).rejects.toThrow(/keeps 2 numbers/);
    const infinite = { name: "half.weight", values: Float32Array.of(1, 1e6) };
    await expect(checkpoint.writeCopy(target, [infinite])).rejects.toThrow(/too large for F16/);
    await expect(checkpoint.writeCopy(checkpoint.path, [])).rejects.toThrow(/never overwritten/);
    await checkpoint.close();
  });

  it("opens a file of 5 GiB without reading its data", async () => {
    const last = 5 * 1024 ** 3;
    const header = Buffer.from(
      JSON.stringify({
        big: { dtype: "U8", shape: [last - 8], data_offsets: [0, last - 8] },
        "fc.weight": { dtype: "F32", shape: [1, 2], data_offsets: [last - 8, last] },
      }),
    );
    const file = path.join(folder, "big.safetensors");
    const handle = await open(file, "w");
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await handle.write(Buffer.concat([length, header]));
    await handle.truncate(8 + header.length + last);
    await handle.write(Buffer.from(Float32Array.of(3, 4).buffer), 0, 8, header.length + last);
    await handle.close();
    const checkpoint = await openCheckpoint(file);
    expect([...(await checkpoint.read("fc.weight"))]).toEqual([3, 4]);
    await checkpoint.close();
  });

  it("notices that it was written to while it was read", async () => {
    const file = await save("torn.safetensors", makeSafetensors(tensors));
    const checkpoint = await openCheckpoint(file);
    await writeFile(file, makeSafetensors(tensors).reverse());
    await expect(checkpoint.read("z.weight")).rejects.toThrow(/written to while/);
    await checkpoint.close();
  });

  it("refuses every truncation", async () => {
    const bytes = makeSafetensors(tensors);
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(readSafetensors(memorySource(bytes.subarray(0, length), "x"))).rejects.toThrow(FileError);
    }
    expect(await isCompleteCheckpoint(await save("half.safetensors", bytes.subarray(0, -1)))).toBe(false);
    expect(await isCompleteCheckpoint(path.join(folder, "missing.safetensors"))).toBe(false);
  });

  it.each([
    ["a shape of another size", { dtype: "F32", shape: [3], data_offsets: [0, 8] }],
    ["a negative size", { dtype: "F32", shape: [-2], data_offsets: [0, 8] }],
    ["a fraction", { dtype: "F32", shape: [0.5, 4], data_offsets: [0, 8] }],
    ["sizes whose product overflows", { dtype: "F32", shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] }],
    ["offsets the wrong way round", { dtype: "F32", shape: [2], data_offsets: [8, 0] }],
    ["offsets beyond the file", { dtype: "F32", shape: [4], data_offsets: [0, 16] }],
    ["a hole", { dtype: "F32", shape: [1], data_offsets: [4, 8] }],
    ["bytes that belong to none", { dtype: "F32", shape: [1], data_offsets: [0, 4] }],
    ["a missing type", { shape: [2], data_offsets: [0, 8] }],
    ["a shape that is no list", { dtype: "F32", shape: "2", data_offsets: [0, 8] }],
    ["three offsets", { dtype: "F32", shape: [2], data_offsets: [0, 4, 8] }],
    ["a type that is no word", { dtype: 32, shape: [2], data_offsets: [0, 8] }],
    ["no object", null],
  ])("refuses a header with %s", async (_, entry) => {
    const file = makeSafetensors({}, JSON.stringify({ t: entry }), new Uint8Array(8));
    await expect(readSafetensors(memorySource(file, "x"))).rejects.toThrow(FileError);
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a word", '"x"'],
    ["deep nesting", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["overlapping tensors", overlapping()],
  ])("refuses a header that is %s", async (_, header) => {
    const file = makeSafetensors({}, header, new Uint8Array(8));
    await expect(readSafetensors(memorySource(file, "x"))).rejects.toThrow(FileError);
  });

  it("takes names that mean something to JavaScript as names", async () => {
    const header = '{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const [entry] = await readSafetensors(memorySource(makeSafetensors({}, header, new Uint8Array(8)), "x"));
    expect(entry?.name).toBe("__proto__");
  });

  it("answers any damage with tensors inside the file or one clear error", async () => {
    const bytes = makeSafetensors(tensors);
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        try {
          for (const entry of await readSafetensors(memorySource(damaged, "x"))) {
            expect(entry.offset + entry.bytes).toBeLessThanOrEqual(damaged.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function overlapping(): string {
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  return JSON.stringify({ a: entry, b: entry });
}

it("with more tensors than any network has is refused before they are looked at", async () => {
  const list = Array.from(
    { length: 200_100 },
    (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
  );
  const header = Buffer.from(`{${list.join()}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await save("many.safetensors", Buffer.concat([length, header]));
  const started = process.cpuUsage();
  await expect(openCheckpoint(file)).rejects.toThrow(/more than 200000 tensors/);
  expect(await isCompleteCheckpoint(file)).toBe(false);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(3);
});
