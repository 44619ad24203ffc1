/** Cells to colours by index arithmetic; what is smaller than a pixel is pooled, so that no strong cell gets lost. Pure. */
import { contrast, mix, type Rgb } from "../shared/colour.ts";
import { isHighContrast, type Paint, type Palette } from "../shared/palette.ts";
import type { Raster } from "../shared/scene.ts";

/** A matrix [rows, columns], row-major, and in which order its rows and columns are shown. */
export interface MatrixData {
  readonly values: Float32Array | Int32Array;
  readonly rows: number;
  readonly columns: number;
  readonly rowOrder: readonly number[];
  readonly columnOrder: readonly number[];
}

/** `diverging`: two colours about 0. `share`: one colour from 0 up. */
export type Colouring = "diverging" | "share";

/** A range of shown cells, in whole cells. */
export interface Window {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

const levels = 256;
/** Below 1, small values get more colour than their share: gains differ by orders of magnitude. */
const strength = 0.65;

/** How strongly a value colours its cell, -1 to 1. */
export function intensity(value: number, largest: number): number {
  if (!(largest > 0)) return 0;
  const share = Math.min(1, Math.abs(value) / largest) ** strength;
  return value < 0 ? -share : share;
}

/** The colour of a level, from none to full; in high contrast the first step is already one that shows. */
function shade(palette: Palette, to: Rgb, level: number): Rgb {
  const first = isHighContrast(palette) ? 0.2 : 0;
  return mix(palette.rgb.background, to, level === 0 ? 0 : first + (1 - first) * (level / (levels - 1)));
}

function ramp(palette: Palette, to: Rgb): Rgb[] {
  return Array.from({ length: levels }, (_, level) => shade(palette, to, level));
}

/** What a value is written with within its cell: whichever of ink and paper stands out more from the cell's colour. */
export function inkOn(value: number, largest: number, colouring: Colouring, palette: Palette): Paint {
  const level = intensity(value, largest);
  const { positive, negative, share, foreground, background } = palette.rgb;
  const to = level < 0 ? negative : colouring === "share" ? share : positive;
  const cell = shade(palette, to, Math.round(Math.abs(level) * (levels - 1)));
  return contrast(foreground, cell) >= contrast(background, cell) ? "foreground" : "background";
}

/** The largest magnitude; 0 for an empty matrix. NaN is skipped. */
export function largestMagnitude(values: Float32Array | Int32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) {
    const magnitude = Math.abs(values[i] ?? 0);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** The cells of a window as colours, at most `maxColumns` x `maxRows`; a pooled cell shows its strongest member. */
export function matrixRaster(
  data: MatrixData,
  window: Window,
  maxColumns: number,
  maxRows: number,
  largest: number,
  colouring: Colouring,
  palette: Palette,
): Raster {
  const columns = Math.max(1, Math.min(window.columns, Math.floor(maxColumns)));
  const rows = Math.max(1, Math.min(window.rows, Math.floor(maxRows)));
  const strongest = new Float32Array(columns * rows);
  // Looked up once for all rows: a matrix of a thousand classes has a million cells.
  const source = Int32Array.from(
    { length: window.columns },
    (_, c) => data.columnOrder[window.column + c] ?? 0,
  );
  const target = Int32Array.from(source.keys(), (c) => Math.floor((c * columns) / window.columns));
  for (let r = 0; r < window.rows; r += 1) {
    const from = (data.rowOrder[window.row + r] ?? 0) * data.columns;
    const to = Math.floor((r * rows) / window.rows) * columns;
    for (let c = 0; c < window.columns; c += 1) {
      const value = data.values[from + (source[c] ?? 0)] ?? 0;
      const cell = to + (target[c] ?? 0);
      if (Math.abs(value) > Math.abs(strongest[cell] ?? 0)) strongest[cell] = value;
    }
  }
  const { background, positive, negative, share } = palette.rgb;
  const up = ramp(palette, colouring === "share" ? share : positive);
  const down = ramp(palette, negative);
  const rgba = new Uint8ClampedArray(columns * rows * 4);
  for (let cell = 0; cell < strongest.length; cell += 1) {
    const level = intensity(strongest[cell] ?? 0, largest);
    const colour = (level < 0 ? down : up)[Math.round(Math.abs(level) * (levels - 1))] ?? background;
    rgba[4 * cell] = colour[0];
    rgba[4 * cell + 1] = colour[1];
    rgba[4 * cell + 2] = colour[2];
    rgba[4 * cell + 3] = 255;
  }
  return { columns, rows, rgba };
}

/** A bar of all colours from `low` to `high` strength, for a legend. */
export function scaleRaster(colouring: Colouring, palette: Palette): Raster {
  const columns = 128;
  const values = Float32Array.from({ length: columns }, (_, i) =>
    colouring === "share" ? i / (columns - 1) : (2 * i) / (columns - 1) - 1,
  );
  const order = Array.from(values.keys());
  const data: MatrixData = { values, rows: 1, columns, rowOrder: [0], columnOrder: order };
  return matrixRaster(data, { column: 0, row: 0, columns, rows: 1 }, columns, 1, 1, colouring, palette);
}
