import { describe, expect, it } from "vitest";
import { packedSnapshot, packSnapshot } from "../../src/protocol/packedSnapshot.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

describe("a packed run", () => {
  it("is unpacked as it was, whatever is missing in it", () => {
    const whole = syntheticRun({ classes: 4, cycles: 3, groups: 2 });
    const [first, second] = whole.history;
    if (first === undefined || second === undefined) throw new Error("no history");
    first.recall[1] = null;
    second.recall = [];
    second.multipliers = { objective: [], constraints: [] };
    delete whole.confusion.beforeTest;
    expect(packedSnapshot.parse(packSnapshot(whole))).toEqual(whole);
  });

  it("is refused when its numbers are more or fewer than its lists", () => {
    const packed = packSnapshot(syntheticRun({ classes: 4, cycles: 3 }));
    const { numbers } = packed;
    expect(packedSnapshot.safeParse({ ...packed, numbers: numbers.subarray(1) }).success).toBe(false);
    expect(
      packedSnapshot.safeParse({ ...packed, numbers: new Float64Array(numbers.length + 1) }).success,
    ).toBe(false);
  });
});
