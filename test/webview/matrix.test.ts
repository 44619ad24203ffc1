import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixRaster } from "../../src/webview/pictures/matrixRaster.ts";
import { MatrixView } from "../../src/webview/pictures/matrixView.ts";
import { makePalette } from "../../src/webview/shared/palette.ts";
import { rect, text } from "../../src/webview/shared/scene.ts";
import { sceneToSvg } from "../../src/webview/shared/sceneToSvg.ts";

const palette = makePalette("light", () => "");
const order = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the raster of a matrix", () => {
  it("colours about 0: blue above, orange below, background at it", () => {
    const data = {
      values: Float32Array.of(1, -1, 0, 0),
      rows: 2,
      columns: 2,
      rowOrder: [0, 1],
      columnOrder: [0, 1],
    };
    const window = { column: 0, row: 0, columns: 2, rows: 2 };
    const { rgba } = matrixRaster(data, window, 100, 100, 1, "diverging", palette);
    const pixel = (at: number) => [...rgba.slice(4 * at, 4 * at + 3)];
    expect(pixel(0)).toEqual(palette.rgb.positive.slice(0, 3).map(Math.round));
    expect(pixel(1)).toEqual(palette.rgb.negative.slice(0, 3).map(Math.round));
    expect(pixel(2)).toEqual(palette.rgb.background.slice(0, 3).map(Math.round));
  });

  it("loses no strong cell when it is smaller than the matrix", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 300 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 3, max: 19 }),
        (size, r, c, pixels) => {
          const values = new Float32Array(size * size);
          values[(r % size) * size + (c % size)] = -1;
          const data = { values, rows: size, columns: size, rowOrder: order(size), columnOrder: order(size) };
          const window = { column: 0, row: 0, columns: size, rows: size };
          const raster = matrixRaster(data, window, pixels, pixels, 1, "diverging", palette);
          expect([raster.columns, raster.rows]).toEqual([pixels, pixels]);
          const strong = raster.rgba.filter(
            (channel, at) => at % 4 === 2 && channel === Math.round(palette.rgb.negative[2]),
          );
          expect(strong).toHaveLength(1);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("the view of a matrix", () => {
  it("never leaves the matrix, whatever is zoomed and panned, and reveals any cell", () => {
    const size = fc.integer({ min: 2, max: 1000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        size,
        fc.array(fc.tuple(fc.double({ min: 0.3, max: 4, noNaN: true }), share, share)),
        share,
        share,
        (side, moves, x, y) => {
          const view = new MatrixView();
          for (const [scale, dx, dy] of moves) {
            view.zoom(scale, dx, dy, side);
            view.pan(dx - 0.5, dy - 0.5);
          }
          const [row, column] = [Math.floor(y * (side - 1)), Math.floor(x * (side - 1))];
          view.reveal(row, column, side, side);
          const window = view.window(side, side);
          expect(window.column).toBeGreaterThanOrEqual(0);
          expect(window.column + window.columns).toBeLessThanOrEqual(side);
          expect(row).toBeGreaterThanOrEqual(window.row);
          expect(row).toBeLessThan(window.row + window.rows);
          expect(column).toBeGreaterThanOrEqual(window.column);
          expect(column).toBeLessThan(window.column + window.columns);
          view.reset();
          expect(view.window(side, side)).toEqual({ column: 0, row: 0, columns: side, rows: side });
        },
      ),
    );
  });
});

describe("a scene as SVG", () => {
  it("stands alone, with colours resolved and names escaped", () => {
    const items = [rect({ x: 0, y: 0, width: 5, height: 5 }, "after"), text(0, 0, '<b> & "c"')];
    const svg = sceneToSvg(items, 10, 10, {
      css: palette.css,
      palette,
      encode: () => "",
      title: "<t>",
      description: "d",
    });
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).toContain(`fill="${palette.css.after}"`);
    expect(svg).not.toContain("var(");
    expect(svg).not.toContain("<b>");
    expect(svg).not.toContain("<t>");
  });
});
