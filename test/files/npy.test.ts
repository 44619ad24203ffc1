import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpyHeader } from "../../src/files/npy.ts";
import { FileError, memorySource } from "../../src/files/ranges.ts";
import { makeNpy, npyWithHeader } from "./makeNpy.ts";

const read = (bytes: Uint8Array) => readNpyHeader(memorySource(bytes, "x.npy"));

describe("NumPy headers", () => {
  it("are read in all versions", async () => {
    for (const version of [1, 2, 3] as const) {
      const header = await read(makeNpy(">f4", [2, 1], new Uint8Array(8), { version, fortran: true }));
      expect(header).toMatchObject({
        type: "F32",
        littleEndian: false,
        fortran: true,
        shape: [2, 1],
        bytes: 8,
      });
    }
    expect((await read(makeNpy("|b1", [3], new Uint8Array(3)))).type).toBe("BOOL");
    const scalar = npyWithHeader("{'descr': '<i8', 'fortran_order': False, 'shape': ()}", new Uint8Array(8));
    expect((await read(scalar)).shape).toEqual([]);
    const old = npyWithHeader(
      "{'shape': (3L, 1L), 'fortran_order': False, 'descr': '<u2'}",
      new Uint8Array(6),
    );
    expect(await read(old)).toMatchObject({ shape: [3, 1], type: "U16" });
  });

  it.each([
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }",
    "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'shape': (1,), }",
    "exit()",
  ])("refuse %s", async (header) => {
    await expect(read(npyWithHeader(header, new Uint8Array(8)))).rejects.toThrow(FileError);
  });

  it("refuse truncation, and answer damage with a place inside the file", async () => {
    const bytes = makeNpy("<f4", [3, 2], new Uint8Array(24));
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(read(bytes.subarray(0, length))).rejects.toThrow(FileError);
    }
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        try {
          const { dataOffset, bytes: size } = await read(damaged);
          expect(dataOffset + size).toBeLessThanOrEqual(damaged.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
