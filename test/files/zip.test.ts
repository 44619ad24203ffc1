/** Zip archives, damaged ones, lying ones and bombs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyPatched } from "../../src/files/atomic.ts";
import { FileError, memorySource, openSource, readLong } from "../../src/files/ranges.ts";
import { memberOffset, openMember, openZip, zipIsComplete } from "../../src/files/zip.ts";
import { patchMember } from "../../src/files/zipPatch.ts";
import { type Entry, makeZip } from "./makeZip.ts";

const hello = new TextEncoder().encode("hello hello hello hello");
const numbers = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
const entries: Entry[] = [
  { name: "a/hello", bytes: hello, deflate: true },
  { name: "a/numbers", bytes: numbers },
];

async function readBack(zip: Uint8Array): Promise<Record<string, number[]>> {
  const archive = await openZip(memorySource(zip, "test.zip"));
  const all: Record<string, number[]> = {};
  for (const member of archive.members.values()) {
    const source = await openMember(archive, member);
    all[member.name] = [...(await readLong(source, 0, source.size))];
  }
  return all;
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-zip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("reading archives", () => {
  it("gives members stored and deflated, plain and zip64, with descriptors and comments", async () => {
    const options = fc.record({ zip64: fc.boolean(), descriptor: fc.boolean(), comment: fc.string() });
    await fc.assert(
      fc.asyncProperty(options, async (option) => {
        const back = await readBack(makeZip(entries, option));
        expect(back).toEqual({ "a/hello": [...hello], "a/numbers": [...numbers] });
      }),
    );
  });

  it("refuses every truncation, and never calls one complete", async () => {
    const zip = makeZip(entries);
    expect(await zipIsComplete(memorySource(zip, "test.zip"))).toBe(true);
    for (let length = 0; length < zip.length; length += 1) {
      const part = memorySource(zip.subarray(0, length), "test.zip");
      expect(await zipIsComplete(part)).toBe(false);
      await expect(openZip(part)).rejects.toThrow(FileError);
    }
  });

  it("answers any damage with the right bytes or one clear error", async () => {
    const zip = makeZip(entries, { zip64: true, descriptor: true });
    const change = fc.tuple(fc.nat({ max: zip.length - 1 }), fc.constantFrom(0, 1, 127, 128, 255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const damaged = zip.slice();
        for (const [at, value] of changes) damaged[at] = value;
        await readBack(damaged).catch((error) => expect(error).toBeInstanceOf(FileError));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses bombs: sizes beyond the limit, beyond what deflate can do, or beyond what was said", async () => {
    const zeros = new Uint8Array(1 << 20);
    const packed = deflateRawSync(zeros);
    const one = async (entry: Entry, limit?: number) => {
      const archive = await openZip(memorySource(makeZip([entry]), "test.zip"));
      for (const member of archive.members.values()) await openMember(archive, member, limit);
    };
    const bomb = { name: "bomb", bytes: zeros, deflate: true };
    await one(bomb);
    await expect(one(bomb, 1000)).rejects.toThrow(/over the limit/);
    await expect(one({ ...bomb, claimedSize: 100 })).rejects.toThrow(/more than the size/);
    await expect(one({ ...bomb, claimedSize: packed.length * 2000 })).rejects.toThrow(/cannot unpack/);
    await expect(one({ ...bomb, claimedSize: zeros.length + 1 })).rejects.toThrow(/checksum/);
  });

  it("refuses two members of one name", async () => {
    const twice = makeZip([...entries, { name: "a/hello", bytes: hello }]);
    await expect(readBack(twice)).rejects.toThrow(/twice/);
  });
});

describe("changing a stored member", () => {
  it.each([
    { descriptor: false, zip64: false },
    { descriptor: true, zip64: true },
  ])("changes its bytes and checksums, and nothing else: %o", async (option) => {
    const file = path.join(folder, "old.zip");
    const target = path.join(folder, "new.zip");
    await writeFile(file, makeZip(entries, option));
    const source = await openSource(file);
    const archive = await openZip(source);
    const member = archive.members.get("a/numbers");
    if (!member) throw new Error("no member");
    const patches = await patchMember(archive, member, [
      { offset: 290, bytes: Uint8Array.of(7, 7) },
      { offset: 0, bytes: Uint8Array.of(9) },
    ]);
    await copyPatched(source, target, patches);
    const changed = numbers.slice();
    changed.set([7, 7], 290);
    changed.set([9], 0);
    const copy = await openSource(target);
    const copied = await openZip(copy);
    expect(copied.members.get("a/numbers")?.crc).toBe(crc32(changed));
    expect(copied.members.get("a/hello")).toEqual(archive.members.get("a/hello"));
    expect(await memberOffset(copied, member)).toBe(await memberOffset(archive, member));
    const expected = makeZip([...entries.slice(0, 1), { name: "a/numbers", bytes: changed }], option);
    expect(await readLong(copy, 0, copy.size)).toEqual(Buffer.from(expected));
    await Promise.all([source.close(), copy.close()]);
  });

  it("refuses a packed member", async () => {
    const archive = await openZip(memorySource(makeZip(entries), "test.zip"));
    const member = archive.members.get("a/hello");
    if (!member) throw new Error("no member");
    await expect(patchMember(archive, member, [])).rejects.toThrow(FileError);
  });
});
