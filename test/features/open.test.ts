import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFeatureTable } from "../../src/features/open.ts";
import { type FeatureTable, FeatureTableError } from "../../src/features/table.ts";
import { halfTable, toHalf } from "../../src/files/float16.ts";
import { encodeFloats, type FloatType } from "../../src/files/numbers.ts";
import { FileError } from "../../src/files/ranges.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeSafetensors, type TensorToWrite } from "../files/makeSafetensors.ts";
import { makeZip } from "../files/makeZip.ts";

let folder = "";
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-features-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(bytes: Uint8Array, ending = "safetensors"): Promise<string> {
  made += 1;
  const file = path.join(folder, `${made}.${ending}`);
  await writeFile(file, bytes);
  return file;
}

const rows = [
  [1, 2, 3],
  [-1, 0.5, 0],
  [4, 8, 16],
  [5, 6, 7],
];
const values = rows.flat();

function table(changes: Record<string, TensorToWrite> = {}): Uint8Array {
  return makeSafetensors({
    features: { dtype: "F16", shape: [4, 3], values },
    labels: { dtype: "I64", shape: [4], values: [0, 1, 2, 1] },
    groups: { dtype: "U8", shape: [4], values: [1, 0, 1, 0] },
    ...changes,
  });
}

function readAll({ rows: source }: FeatureTable): number[] {
  const all = new Float32Array(source.count * source.size + 1);
  for (const row of [3, 0, 2, 1].filter((index) => index < source.count)) {
    source.read(row, 1, all, 1 + row * source.size);
  }
  const together = new Float32Array(source.count * source.size);
  source.read(0, source.count, together, 0);
  expect([...all.subarray(1)]).toEqual([...together]);
  return [...together];
}

async function expectSound(file: string): Promise<void> {
  for (const memoryBudget of [0, 1e6]) {
    const opened = await openFeatureTable(file, { memoryBudget });
    expect([opened.rows.count, opened.rows.size]).toEqual([4, 3]);
    expect(readAll(opened)).toEqual(values);
    expect([...(opened.labels?.codes ?? [])]).toEqual([0, 1, 2, 1]);
    opened.close();
  }
}

describe("feature tables", () => {
  it.each(["F16", "BF16", "F32", "F64"])(
    "read %s from safetensors, in memory and by ranges",
    async (dtype) => {
      await expectSound(await save(table({ features: { dtype, shape: [4, 3], values } })));
    },
  );

  it("have groups, or not; labels, or not", async () => {
    const whole = await openFeatureTable(await save(table()));
    expect([...(whole.attributes[0]?.codes ?? [])]).toEqual([1, 0, 1, 0]);
    const bare = makeSafetensors({ features: { dtype: "F32", shape: [4, 3], values } });
    const unlabelled = await openFeatureTable(await save(bare));
    expect([unlabelled.labels, unlabelled.attributes]).toEqual([null, []]);
  });

  it.each([
    ["<f2", "F16", true],
    [">f2", "F16", false],
    ["<f4", "F32", true],
    [">f4", "F32", false],
    ["<f8", "F64", true],
    [">f8", "F64", false],
  ] as const)(
    "read %s from npz, stored and deflated, and from a folder",
    async (descr, type, littleEndian) => {
      const data = encodeFloats(type satisfies FloatType, Float32Array.from(values), littleEndian);
      const features = makeNpy(descr, [4, 3], data, { version: 2 });
      const labels = makeNpy("|u1", [4], Uint8Array.of(0, 1, 2, 1), { version: 3 });
      for (const deflate of [false, true]) {
        const members = [
          { name: "features.npy", bytes: features, deflate },
          { name: "labels.npy", bytes: labels, deflate },
        ];
        await expectSound(await save(makeZip(members, { zip64: deflate }), "npz"));
      }
      const place = path.join(folder, `folder-${made}`);
      made += 1;
      await mkdir(place);
      await writeFile(path.join(place, "features.npy"), features);
      await writeFile(path.join(place, "labels.npy"), labels);
      await expectSound(place);
    },
  );

  it("turn columns into rows when they fit into memory", async () => {
    const turned = [0, 1, 2].flatMap((column) => rows.map((row) => row[column] ?? 0));
    const data = encodeFloats("F32", Float32Array.from(turned));
    const features = makeNpy("<f4", [4, 3], data, { fortran: true });
    const file = await save(makeZip([{ name: "features.npy", bytes: features }]), "npz");
    expect(readAll(await openFeatureTable(file))).toEqual(values);
    await expect(openFeatureTable(file, { memoryBudget: 0 })).rejects.toThrow(/columns/);
  });

  it.each(["I16", "I32", "I64", "U8"])("read labels of %s", async (dtype) => {
    const labels = { dtype, shape: [4, 1], values: [0, 1, 2, 1] };
    await expectSound(await save(table({ labels })));
  });

  it.each<[string, Record<string, TensorToWrite>, RegExp]>([
    [
      "negative labels",
      { labels: { dtype: "I64", shape: [4], values: [0, 1, -1, 1] } },
      /-1 in its labels at row 2/,
    ],
    [
      "labels as floats",
      { labels: { dtype: "F32", shape: [4], values: [0, 1, 2, 1] } },
      /labels of type F32/,
    ],
    ["too few labels", { labels: { dtype: "I64", shape: [3], values: [0, 1, 2] } }, /labels of shape \[3\]/],
    [
      "several classes a row",
      { labels: { dtype: "I64", shape: [4, 3], values: [0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1] } },
      /labels of a multi-label classifier \(labels \[4, 3\], more than one class in 2 of 4 rows\).*not tuned yet/,
    ],
    [
      "no class in some rows",
      { labels: { dtype: "F32", shape: [4, 2], values: [0, 1, 0, 0, 1, 0, 0, 0] } },
      /multi-label classifier \(labels \[4, 2\], no class in some rows\)/,
    ],
    [
      "one-hot labels",
      { labels: { dtype: "BOOL", shape: [4, 2], values: [0, 1, 1, 0, 1, 0, 0, 1] } },
      /one-hot labels \(labels \[4, 2\]\); save the class of each row: labels\.argmax\(axis=1\)/,
    ],
    [
      "labels in pairs",
      { labels: { dtype: "I64", shape: [4, 2], values: [0, 7, 1, 0, 1, 0, 0, 1] } },
      /labels of shape/,
    ],
    ["huge labels", { labels: { dtype: "I64", shape: [4], values: [0, 1, 2, 2 ** 40] } }, /element 3 is/],
    ["negative groups", { groups: { dtype: "I32", shape: [4], values: [0, 1, 2, -7] } }, /-7 in its groups/],
    ["features as integers", { features: { dtype: "I32", shape: [4, 3], values } }, /type I32/],
    ["images as features", { features: { dtype: "F32", shape: [4, 3, 1], values } }, /shape \[4, 3, 1\]/],
    ["no rows", { features: { dtype: "F32", shape: [0, 3], values: [] } }, /no rows/],
  ])("refuse %s", async (_, changes, message) => {
    await expect(openFeatureTable(await save(table(changes)))).rejects.toThrow(message);
  });

  it("refuse a missing array, naming those that are there, and what is no table", async () => {
    const renamed = makeSafetensors({ embeddings: { dtype: "F32", shape: [4, 3], values } });
    await expect(openFeatureTable(await save(renamed))).rejects.toThrow(/called features; it has embeddings/);
    await expect(openFeatureTable(path.join(folder, "missing"))).rejects.toThrow(/does not exist/);
    const single = makeNpy("<f4", [4, 3], encodeFloats("F32", Float32Array.from(values)));
    await expect(openFeatureTable(await save(single, "npy"))).rejects.toThrow(/single array/);
    await expect(openFeatureTable(await save(Uint8Array.of(1, 2), "npz"))).rejects.toThrow(FileError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuse %d among the features", async (bad) => {
    const bytes = new Uint8Array(Float32Array.from(values.with(7, bad)).buffer);
    const file = await save(makeZip([{ name: "features.npy", bytes: makeNpy("<f4", [4, 3], bytes) }]), "npz");
    await expect(openFeatureTable(file)).rejects.toThrow(/at \[2, 1\]/);
    const ranged = await openFeatureTable(file, { memoryBudget: 0 });
    const target = new Float32Array(6);
    ranged.rows.read(0, 2, target, 0);
    expect(() => ranged.rows.read(1, 2, target, 0)).toThrow(FeatureTableError);
    expect(() => ranged.rows.read(2, 1, target, 0)).toThrow(FeatureTableError);
    ranged.close();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "refuse %d among float16 numbers read as they are",
    async (bad) => {
      const bits = Uint16Array.from(values.with(7, bad), toHalf);
      const npy = makeNpy("<f2", [4, 3], new Uint8Array(bits.buffer));
      const file = await save(makeZip([{ name: "features.npy", bytes: npy }]), "npz");
      const { rows, close } = await openFeatureTable(file, { memoryBudget: 0 });
      const target = new Uint16Array(6);
      rows.halves?.read(0, 2, target, 0);
      const decoded = Array.from(target, (half) => halfTable()[half]);
      expect(decoded).toEqual(values.slice(0, 6).map((value) => halfTable()[toHalf(value)]));
      expect(() => rows.halves?.read(1, 2, target, 0)).toThrow(/at \[2, 1\]; export features without NaN/);
      expect(() => rows.halves?.read(2, 1, target, 0)).toThrow(FeatureTableError);
      close();
    },
  );

  it("answer any damage with rows or one clear error", async () => {
    const npy = makeNpy("<f4", [4, 3], encodeFloats("F32", Float32Array.from(values)));
    const sources = [table(), makeZip([{ name: "features.npy", bytes: npy, deflate: true }])];
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sources),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (bytes, changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          const file = path.join(folder, "damaged");
          await writeFile(file, damaged);
          try {
            const opened = await openFeatureTable(file);
            readAll(opened);
            opened.close();
          } catch (error) {
            if (!(error instanceof FileError)) expect(error).toBeInstanceOf(FeatureTableError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
