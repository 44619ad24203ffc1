import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contrast, mix, parseColour, readable } from "../../src/webview/shared/colour.ts";
import { makePalette, paints } from "../../src/webview/shared/palette.ts";
import { tableToCsv, tableToJson } from "../../src/webview/shared/picture.ts";
import { linear, ticks } from "../../src/webview/shared/scale.ts";

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
