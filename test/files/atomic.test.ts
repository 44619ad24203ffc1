import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyPatched, writeAtomically, writeFully } from "../../src/files/atomic.ts";
import { FileError, maxRangeBytes, openSource, sliceOf } from "../../src/files/ranges.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sourceBytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function openSample() {
  const file = path.join(folder, "sample");
  await writeFile(file, sourceBytes);
  return openSource(file);
}

describe("reading by ranges", () => {
  it("gives the bytes asked for, and an error for those that are not there", async () => {
    const source = await openSample();
    expect([...(await source.read(10, 5))]).toEqual([10, 11, 12, 13, 14]);
    const target = new Uint8Array(3);
    source.readSync(997, target);
    expect([...target]).toEqual([...sourceBytes.subarray(997)]);
    await expect(source.read(998, 3)).rejects.toThrow(FileError);
    await expect(source.read(-1, 3)).rejects.toThrow(FileError);
    await expect(source.read(0, Number.NaN)).rejects.toThrow(FileError);
    await expect(source.read(0, maxRangeBytes + 1)).rejects.toThrow(FileError);
    expect([...(await sliceOf(source, 100, 10).read(5, 5))]).toEqual([105, 106, 107, 108, 109]);
    await expect(sliceOf(source, 100, 10).read(6, 5)).rejects.toThrow(FileError);
    expect(() => sliceOf(source, 995, 6)).toThrow(FileError);
    await source.close();
  });

  it("refuses what is missing or not a file", async () => {
    await expect(openSource(path.join(folder, "missing"))).rejects.toThrow(/does not exist/);
    await expect(openSource(folder)).rejects.toThrow(FileError);
  });
});

describe("writing", () => {
  it("copies everything but the patched bytes", async () => {
    const source = await openSample();
    const cuts = fc.uniqueArray(fc.nat({ max: 1000 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (points) => {
        points.sort((a, b) => a - b);
        const expected = sourceBytes.slice();
        const patches = [];
        for (let i = 0; i + 1 < points.length; i += 2) {
          const [start = 0, end = 0] = points.slice(i, i + 2);
          expected.fill(255, start, end);
          patches.unshift({ offset: start, bytes: new Uint8Array(end - start).fill(255) });
        }
        const target = path.join(folder, "deep", "copy");
        await copyPatched(source, target, patches);
        expect(new Uint8Array(await readFile(target))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
    await source.close();
  });

  it("never touches the source, not even through a link", async () => {
    const source = await openSample();
    const link = path.join(folder, "link");
    await symlink(source.path, link);
    await expect(copyPatched(source, source.path, [])).rejects.toThrow(FileError);
    await expect(copyPatched(source, link, [])).rejects.toThrow(FileError);
    expect(new Uint8Array(await readFile(source.path))).toEqual(sourceBytes);
    await source.close();
  });

  it("notices a source that is written to meanwhile", async () => {
    const source = await openSample();
    await writeFile(source.path, sourceBytes.slice().reverse());
    const target = path.join(folder, "torn");
    await expect(copyPatched(source, target, [])).rejects.toThrow(/while it was being read/);
    expect(await readdir(folder)).not.toContain("torn");
    await source.close();
  });

  it("leaves nothing behind after an error or abort, and keeps what was there", async () => {
    const place = await mkdtemp(path.join(folder, "place-"));
    const target = path.join(place, "file");
    await writeFile(target, "old");
    const failing = writeAtomically(target, async (handle) => {
      await writeFully(handle, Uint8Array.of(1), 0);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const controller = new AbortController();
    const aborted = writeAtomically(target, async () => controller.abort(), controller);
    await expect(aborted).rejects.toThrow(/abort/i);
    expect(await readdir(place)).toEqual(["file"]);
    expect(await readFile(target, "utf8")).toBe("old");
    await expect(writeAtomically(path.join(target, "x"), async () => undefined)).rejects.toThrow(FileError);
  });
});
