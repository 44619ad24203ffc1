import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contrast, mix, parseColour, readable } from "../../src/webview/shared/colour.ts";
import {
  listed,
  named,
  percent,
  plain,
  points,
  share,
  signed,
  significant,
} from "../../src/webview/shared/numbers.ts";
import { makePalette, paints } from "../../src/webview/shared/palette.ts";
import { tableToCsv, tableToJson } from "../../src/webview/shared/picture.ts";
import { linear, ticks } from "../../src/webview/shared/scale.ts";
import { changeBetween, limits, rankCorrelation, shareOf } from "../../src/webview/shared/statistics.ts";

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

describe("intervals", () => {
  it("are Clopper and Pearson's: 8 of 10 gives 0.444 to 0.975", () => {
    const interval = limits(shareOf(0.8, 10));
    expect(interval?.low).toBeCloseTo(0.4439, 4);
    expect(interval?.high).toBeCloseTo(0.9748, 4);
  });

  it("contain the value and stay within 0 and 1", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 1000 }), (seen, samples) => {
        const share = Math.min(seen, samples) / samples;
        const estimate = shareOf(share, samples);
        const interval = limits(estimate);
        expect(interval?.low).toBeGreaterThanOrEqual(-1e-12);
        expect(interval?.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(interval?.low).toBeLessThanOrEqual(share);
        expect(interval?.high).toBeGreaterThanOrEqual(share);
        const still = limits(changeBetween(estimate, estimate));
        expect(still?.low).toBeLessThanOrEqual(0);
        expect(still?.high).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("are unknown without samples", () => {
    expect(shareOf(0.5, 0)).toBeNull();
    expect(shareOf(null, 10)).toBeNull();
    expect(limits(changeBetween(null, shareOf(0.5, 3)))).toBeNull();
  });
});

describe("rank correlation", () => {
  it("is 1 for the same order, -1 for the opposite, and shares the ranks of ties", () => {
    expect(rankCorrelation([1, 2, 30], [0.1, 0.2, 0.9])).toBeCloseTo(1);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
    expect(rankCorrelation([1, 1, 2], [1, 1, 2])).toBeCloseTo(1);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2], [1, 2])).toBeNull();
  });
});

describe("scales", () => {
  it("go there and back", () => {
    const scale = linear(-2, 8, 100, 0);
    expect(scale.invert(scale.at(3.5))).toBeCloseTo(3.5);
  });

  it("have round ticks within their range", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (low, span) => {
          const found = ticks(low, low + span, 6);
          expect(found.length).toBeLessThanOrEqual(14);
          for (const tick of found) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-3);
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-3));
          }
        },
      ),
    );
  });
});

describe("colours", () => {
  it("are read as themes write them", () => {
    expect(parseColour("#1a85ff")).toEqual([26, 133, 255, 1]);
    expect(parseColour("#fff")).toEqual([255, 255, 255, 1]);
    expect(parseColour("rgba(1, 2, 3, 0.5)")).toEqual([1, 2, 3, 0.5]);
    expect(parseColour("#12345680")?.[3]).toBeCloseTo(0.5, 1);
    expect(parseColour("hotpink")).toBeNull();
  });

  it("mix from one end to the other", () => {
    const [red, blue] = [parseColour("#ff0000"), parseColour("#0000ff")];
    if (red === null || blue === null) throw new Error("colours of this test");
    mix(red, blue, 0).forEach((channel, at) => {
      expect(channel).toBeCloseTo(red[at] ?? 0, 0);
    });
    mix(red, blue, 1).forEach((channel, at) => {
      expect(channel).toBeCloseTo(blue[at] ?? 0, 0);
    });
  });

  it("stand out from the background, even where a theme's own do not", () => {
    const palette = makePalette("light", (name) => (name === "editor-background" ? "#ffffff" : "#fefefe"));
    for (const paint of paints) {
      if (paint === "background" || paint === "grid" || paint === "border" || paint === "foreground")
        continue;
      const least = contrast(
        readable(palette.rgb[paint], palette.rgb.background, [0, 0, 0, 1], 3),
        palette.rgb.background,
      );
      expect(least).toBeGreaterThanOrEqual(3);
    }
  });
});

describe("exported tables", () => {
  const table = {
    caption: "t",
    columns: [
      { key: "name", label: "Name" },
      { key: "value", label: "Value, raw", show: () => "shown" },
    ],
    rows: [
      ['a "b", c', 0.1],
      ["=SUM(A1)", null],
    ],
  };

  it("are CSV with raw numbers, quoted, and safe to open in a spreadsheet", () => {
    expect(tableToCsv(table)).toBe('Name,"Value, raw"\r\n"a ""b"", c",0.1\r\n\'=SUM(A1),\r\n');
  });

  it("are JSON records", () => {
    expect(JSON.parse(tableToJson(table))).toEqual([
      { name: 'a "b", c', value: 0.1 },
      { name: "=SUM(A1)", value: null },
    ]);
  });
});
