import { copyFile, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { headReplacements, readHead } from "../../src/checkpoints/head.ts";
import { readHdf5 } from "../../src/files/hdf5.ts";
import { type ByteSource, FileError, memorySource, openSource, readLong } from "../../src/files/ranges.ts";
import { openMember, openZip } from "../../src/files/zip.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { makeZip } from "../files/makeZip.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/keras");
const matrix = z.array(z.array(z.number()));
const expectations = z.record(
  z.string(),
  z.object({ weight: z.string(), bias: z.string().nullable(), features: matrix, logits: matrix }),
);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-keras-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function expected() {
  return Object.entries(
    expectations.parse(JSON.parse(await readFile(path.join(fixtures, "expected.json"), "utf8"))),
  );
}

/** A member's bytes, unpacked and checked against its checksum. */
async function memberBytes(source: ByteSource, name: string): Promise<Uint8Array> {
  const archive = await openZip(source);
  const member = archive.members.get(name);
  if (!member) throw new Error(`no ${name}`);
  const opened = await openMember(archive, member);
  return Uint8Array.from(await readLong(opened, 0, opened.size));
}

function logitsOf(head: Head, features: readonly number[]): number[] {
  return Array.from({ length: head.classes }, (_, k) =>
    features.reduce(
      (sum, value, i) => sum + value * (head.weight[k * head.size + i] ?? 0),
      head.bias?.[k] ?? 0,
    ),
  );
}

describe("Keras checkpoints", () => {
  it("give the head that computes the model's own logits", async () => {
    for (const [name, { weight, bias, features, logits }] of await expected()) {
      const file = path.join(fixtures, name);
      expect(await isCompleteCheckpoint(file)).toBe(true);
      const checkpoint = await openCheckpoint(file);
      const classes = logits[0]?.length ?? 0;
      const location = findHead(checkpoint, { featureSize: 6, minimumClasses: classes });
      expect(location).toMatchObject({ weight, bias, classes, layout: "columns" });
      const head = await readHead(checkpoint, location);
      for (const [i, row] of features.entries()) {
        for (const [k, value] of logitsOf(head, row).entries())
          expect(value).toBeCloseTo(logits[i]?.[k] ?? 0, 5);
      }
      await checkpoint.close();
    }
  });

  it("take a new head, and nothing else changes", async () => {
    for (const [name, { logits }] of await expected()) {
      const checkpoint = await openCheckpoint(path.join(fixtures, name));
      const location = findHead(checkpoint, { featureSize: 6, minimumClasses: logits[0]?.length ?? 0 });
      const head = await readHead(checkpoint, location);
      const target = path.join(folder, `tuned-${name}`);
      const replaced = { ...head, weight: head.weight.map((value) => value + 1) };
      await checkpoint.writeCopy(target, headReplacements(location, replaced));
      const copy = await openCheckpoint(target);
      expect(await isCompleteCheckpoint(target)).toBe(true);
      expect(await readHead(copy, location)).toEqual(replaced);
      const original = path.join(folder, `again-${name}`);
      await copy.writeCopy(original, headReplacements(location, head));
      expect(await readFile(original)).toEqual(await readFile(checkpoint.path));
      await Promise.all([checkpoint.close(), copy.close()]);
    }
  });

  it("take a new head when packed, and every other member stays as it was", async () => {
    const stored = await openSource(path.join(fixtures, "model.keras"));
    const members = [...(await openZip(stored)).members.keys()];
    const packed = path.join(folder, "packed.keras");
    const entries = members.map(async (name) => ({
      name,
      bytes: await memberBytes(stored, name),
      deflate: true,
    }));
    await writeFile(packed, makeZip(await Promise.all(entries)));
    const checkpoint = await openCheckpoint(packed);
    const location = findHead(checkpoint, { featureSize: 6, minimumClasses: 3 });
    const head = await readHead(checkpoint, location);
    const target = path.join(folder, "packed-tuned.keras");
    const replaced = { ...head, weight: head.weight.map((value, i) => value + i / 7) };
    await checkpoint.writeCopy(target, headReplacements(location, replaced));
    const copy = await openCheckpoint(target);
    expect(await readHead(copy, location)).toEqual(replaced);
    for (const { name } of checkpoint.tensors.filter(
      ({ name, type }) => name !== location.weight && type === "F32",
    ))
      expect(await copy.read(name)).toEqual(await checkpoint.read(name));
    const tuned = await openSource(target);
    for (const name of members.filter((one) => !one.endsWith(".h5")))
      expect(await memberBytes(tuned, name)).toEqual(await memberBytes(stored, name));
    await Promise.all([checkpoint.close(), copy.close(), stored.close(), tuned.close()]);
  });

  it("hold bfloat16 as Keras does", async () => {
    const checkpoint = await openCheckpoint(path.join(fixtures, "bfloat16.weights.h5"));
    const location = findHead(checkpoint, { featureSize: 4, minimumClasses: 3 });
    expect(checkpoint.tensors[0]).toMatchObject({ type: "BF16", shape: [4, 3] });
    const head = await readHead(checkpoint, location);
    expect(Math.max(...head.weight.map(Math.abs))).toBeLessThan(1.5);
    await checkpoint.close();
  });

  it.each(["earliest.h5", "latest.h5"])(
    "are read whatever their numbers and superblock: %s",
    async (name) => {
      const checkpoint = await openCheckpoint(path.join(fixtures, name));
      const counting = Array.from({ length: 12 }, (_, i) => i);
      for (const tensor of ["f2little", "f2big", "f4little", "f4big", "f8little", "f8big"]) {
        expect([...(await checkpoint.read(`deep/er/${tensor}`))]).toEqual(counting);
      }
      await expect(checkpoint.read("integers")).rejects.toThrow(/no array integers|U8/);
      await checkpoint.close();
    },
  );

  it("say which arrays cannot be read, and why", async () => {
    const checkpoint = await openCheckpoint(path.join(fixtures, "earliest.h5"));
    await expect(checkpoint.read("chunked")).rejects.toThrow(/chunked in chunks/);
    await expect(checkpoint.read("compressed")).rejects.toThrow(/compressed compressed/);
    await expect(checkpoint.read("nothing")).rejects.toThrow(/without any data/);
    await expect(checkpoint.read("words")).rejects.toThrow(/OTHER/);
    await checkpoint.close();
    await expect(openCheckpoint(path.join(fixtures, "heap.h5"))).rejects.toThrow(/in a heap/);
  });

  it("list groups of hundreds", async () => {
    const checkpoint = await openCheckpoint(path.join(fixtures, "many.h5"));
    expect(checkpoint.tensors).toHaveLength(300);
    expect([...(await checkpoint.read("array299"))]).toEqual([299]);
    await checkpoint.close();
  });

  it("are incomplete until the last byte is there", async () => {
    for (const name of ["model.weights.h5", "model.keras"]) {
      const bytes = await readFile(path.join(fixtures, name));
      const file = path.join(folder, `half-${name}`);
      for (const length of [0, 7, 100, bytes.length >> 1, bytes.length - 1]) {
        await writeFile(file, bytes.subarray(0, length));
        expect(await isCompleteCheckpoint(file)).toBe(false);
        await expect(openCheckpoint(file)).rejects.toThrow(FileError);
      }
    }
  });

  it("open at once, however large", async () => {
    const file = path.join(folder, "large.weights.h5");
    await copyFile(path.join(fixtures, "model.weights.h5"), file);
    const handle = await open(file, "r+");
    const size = 5 * 1024 ** 3;
    await handle.truncate(size);
    const end = Buffer.alloc(8);
    end.writeBigUInt64LE(BigInt(size));
    await handle.write(end, 0, 8, 40);
    await handle.close();
    expect(await isCompleteCheckpoint(file)).toBe(true);
    const checkpoint = await openCheckpoint(file);
    expect(await checkpoint.read("layers/dense_2/vars/1")).toHaveLength(3);
    await checkpoint.close();
  });

  it("answer any damage with arrays inside the file or one clear error", async () => {
    const names = (await readdir(fixtures)).filter((name) => name.endsWith(".h5") && name !== "many.h5");
    const files = await Promise.all(names.map((name) => readFile(path.join(fixtures, name))));
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 8, 16, 127, 128, 255), fc.nat({ max: 255 }));
    const change = fc.tuple(fc.nat(), byte);
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (bytes, changes) => {
          const damaged = Buffer.from(bytes);
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          try {
            for (const { offset, bytes: size } of readHdf5(memorySource(damaged, "x"))) {
              if (offset !== null) expect(offset + size).toBeLessThanOrEqual(damaged.length);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(FileError);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

it("a Keras archive tells its Dense layers in order, and which gives the output", async () => {
  const layersOf = async (name: string) => {
    const checkpoint = await openCheckpoint(path.join(fixtures, "../kerasNetworks", name));
    await checkpoint.close();
    return checkpoint.linearLayers;
  };
  const dense = (name: string, isOutput: boolean, more: object = {}) => {
    const place = `layers/${name}/vars`;
    return { weight: `${place}/0`, bias: `${place}/1`, layout: "columns", isOutput, ...more };
  };
  expect(await layersOf("images.keras")).toEqual([dense("dense", false), dense("dense_1", true)]);
  expect(await layersOf("branches.keras")).toEqual([
    dense("dense", false, { usedElsewhere: true }),
    dense("dense_1", false),
    dense("dense_2", true),
  ]);
});
