import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCounts, decodeGain, encodeCounts, encodeGain } from "../../src/project/matrices.ts";

describe("gain and policy as halves", () => {
  const size = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
  const number = fc.oneof(
    fc.constant(0),
    size,
    size.map((value) => -value),
  );

  it("come back to 11 bits of the number, or to what is lost beside the largest", () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1 }),
        fc.double({ min: 1e-9, max: 1, noNaN: true }),
        (gain, share) => {
          const policy = gain.map((_value, at) => share / (1 + at));
          const decoded = decodeGain(encodeGain(gain, policy));
          for (const [written, read] of [
            [gain, decoded.gain],
            [policy, decoded.policy],
          ] as const) {
            const largest = Math.max(...written.map(Math.abs));
            const worst = written.map((value, at) => Math.abs(read[at] - value) - Math.abs(value) * 2 ** -11);
            expect(Math.max(...worst)).toBeLessThanOrEqual(largest * 2 ** -23);
          }
        },
      ),
    );
  });

  it("of a thousand classes take 4 MB instead of 8", () => {
    const cells = new Float32Array(1e6);
    expect(encodeGain(cells, cells).length).toBe(4e6 + 8);
  });
});

describe("counts without their zeros", () => {
  const matrix = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 9, maxLength: 9 });

  it("come back as they were, in order, as far as they are whole", () => {
    fc.assert(
      fc.property(fc.array(matrix, { maxLength: 4 }), fc.nat(400), (matrices, cut) => {
        const bytes = Buffer.concat(matrices.map(encodeCounts));
        const read = (part: Uint8Array) => decodeCounts(part, 9, 4).map((counts) => [...counts]);
        expect(read(bytes)).toEqual(matrices);
        const some = read(bytes.subarray(0, cut));
        expect(some).toEqual(matrices.slice(0, some.length));
      }),
    );
  });

  it("say nothing of places that are not there, and are no more than asked for", () => {
    expect(decodeCounts(encodeCounts([0, 0, 0, 5]), 3, 4)).toEqual([]);
    expect(decodeCounts(new Uint8Array(4000), 1e6, 2)).toHaveLength(2);
  });

  it("of 20,000 rows and a thousand classes take 160 kB at most", () => {
    const counts = new Int32Array(1e6);
    for (let row = 0; row < 20_000; row++) counts[(row * 47) % 1e6]++;
    expect(encodeCounts(counts).length).toBeLessThanOrEqual(4 + 8 * 20_000);
  });
});
