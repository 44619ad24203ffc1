import { describe, expect, it } from "vitest";
import { listed, named } from "../../src/words/names.ts";
import { percent, plain, points, share, signed, significant } from "../../src/words/numbers.ts";

describe("numbers in words", () => {
  it("writes shares, changes and small numbers for people", () => {
    expect(percent(0.284)).toBe("28\u202f%");
    expect(percent(null)).toBe("n/a");
    expect(points(-0.0312)).toBe("−3.1");
    expect(points(0.0312)).toBe("+3.1");
    expect(signed(-0.0001, 1)).toBe("0.0");
    expect(plain(-0.04, 1)).toBe("0.0");
    expect(significant(0.0312)).toBe("+0.0312");
    expect(significant(-0.00001234)).toBe("−1.2e−5");
    expect(share(0.284)).toBe("28.4\u202f%");
    expect(share(0.00083)).toBe("0.083\u202f%");
    expect(share(0)).toBe("0.0\u202f%");
    expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
  });
});

describe("names in sentences", () => {
  it("are set apart where they are written right to left, so that numbers beside them stay where they are", () => {
    expect(named("shirt")).toBe("shirt");
    expect(named("\u05d6\u05d1\u05e8\u05d4")).toBe("\u2068\u05d6\u05d1\u05e8\u05d4\u2069");
  });
});
