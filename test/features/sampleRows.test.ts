import { expect, it } from "vitest";
import { sampleRows } from "../../src/features/extraction/sampleRows.ts";
import type { Samples } from "../../src/features/extraction/samples.ts";

/** Samples of `size` numbers that are their own row, counting how often they are read. */
function counted(count: number, size: number): { samples: Samples; reads: number[] } {
  const reads: number[] = [];
  const samples: Samples = {
    ...{ path: "", count, shape: [size], labels: null, groups: null, scale: 1 },
    read: async (start) => {
      reads.push(start);
      return new Float32Array(size).fill(start);
    },
    close: async () => undefined,
  };
  return { samples, reads };
}

const formOf = (size: number) => ({
  shape: [size],
  apply: (stored: Float32Array) => stored.map((value) => 2 * value),
});

it("gives rows in the network's form, and reads each of a small set once", async () => {
  const { samples, reads } = counted(10, 3);
  const rows = sampleRows(samples, formOf(3));
  const target = new Float32Array(9);
  for (const [at, row] of [7, 4, 7].entries()) await rows.read(row, target, 3 * at);
  expect(rows.count).toBe(10);
  expect([...target]).toEqual([14, 14, 14, 8, 8, 8, 14, 14, 14]);
  expect(reads).toEqual([7, 4]);
});

it("keeps nothing of a set that is too large for that", async () => {
  const size = 1024;
  const { samples, reads } = counted(256 * 1024 + 1, size);
  const rows = sampleRows(samples, formOf(size));
  const target = new Float32Array(size);
  await rows.read(5, target, 0);
  await rows.read(5, target, 0);
  expect(reads).toEqual([5, 5]);
});
