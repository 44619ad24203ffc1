import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cycleFlops, expectedSeconds, isSmall, type JobSize } from "../../../src/engine/backends/measure.ts";

const job = fc
  .record({
    classes: fc.integer({ min: 2, max: 2000 }),
    size: fc.integer({ min: 2, max: 4096 }),
    batch: fc.integer({ min: 1, max: 1024 }),
    steps: fc.integer({ min: 10, max: 100_000 }),
  })
  .map((sizes): JobSize => ({ ...sizes, buckets: sizes.classes }));

const times = [
  { flops: 3e6, milliseconds: 2 },
  { flops: 3e8, milliseconds: 20 },
  { flops: 4e10, milliseconds: 1500 },
];

describe("expected time of a job", () => {
  it("agrees with what was measured at a measured size", () => {
    const size = { classes: 100, size: 512, batch: 128, buckets: 100, steps: 2000 };
    const measured = [{ flops: cycleFlops(size), milliseconds: 25 }];
    expect(expectedSeconds(measured, size)).toBeCloseTo((200 * 25) / 1000);
  });

  it("never falls when a job grows", () => {
    fc.assert(
      fc.property(job, fc.integer({ min: 1, max: 4 }), (size, factor) => {
        const larger = { ...size, size: size.size * factor, batch: size.batch * factor };
        expect(expectedSeconds(times, larger)).toBeGreaterThanOrEqual(expectedSeconds(times, size) - 1e-9);
      }),
    );
  });

  it("takes a backend without measurements for unusable", () => {
    const size = { classes: 10, size: 10, batch: 10, buckets: 10, steps: 10 };
    expect(expectedSeconds([], size)).toBe(Number.POSITIVE_INFINITY);
  });

  it("calls the example small and a large head large", () => {
    expect(isSmall({ classes: 10, size: 128, batch: 64, buckets: 10, steps: 2000 })).toBe(true);
    expect(isSmall({ classes: 1000, size: 2048, batch: 256, buckets: 1000, steps: 2000 })).toBe(false);
  });
});
