/** What stands around the cells of a heat map. */
import { type Frame, type Item, rect, shorten, shortenName, text } from "../shared/scene.ts";
import type { Layout, MatrixOptions } from "./matrixLayout.ts";
import { scaleRaster } from "./matrixRaster.ts";

/** The names of the axes, and of rows and columns where there is room. */
export function matrixNames(
  { data, rowNames, columnNames, rowAxis, columnAxis }: MatrixOptions,
  { window, named, left, top, cellWidth, cellHeight }: Layout,
  frame: Frame,
): Item[] {
  const items: Item[] = [text(left, frame.fontSize * 0.8, `${columnAxis} →`, { paint: "muted", size: 0.85 })];
  if (!named) {
    items.push(text(frame.fontSize * 0.7, top + 4, `${rowAxis} →`, { paint: "muted", size: 0.85, turn: 90 }));
    return items;
  }
  items.push(
    text(2, top - frame.fontSize * 0.8, shorten(`${rowAxis} ↓`, left, frame), {
      paint: "muted",
      size: 0.85,
    }),
  );
  for (let row = 0; row < window.rows; row += 1) {
    const name = rowNames[data.rowOrder[window.row + row] ?? 0] ?? "";
    items.push(
      text(left - 6, top + (row + 0.5) * cellHeight, shortenName(name, left - 8, frame), { anchor: "end" }),
    );
  }
  for (let column = 0; column < window.columns; column += 1) {
    const name = columnNames[data.columnOrder[window.column + column] ?? 0] ?? "";
    const x = left + (column + 0.5) * cellWidth;
    const room = Math.min(140, (frame.width - x) * Math.SQRT2 - frame.fontSize);
    items.push(text(x - 2, top - 8, shortenName(name, room, frame), { turn: -45 }));
  }
  return items;
}

/** The colour scale under the cells. @param largest the value at its end */
export function matrixScale(
  { colouring, showScale }: MatrixOptions,
  { window, left, top, cellHeight }: Layout,
  frame: Frame,
  largest: number,
): Item[] {
  const y = top + cellHeight * window.rows + 12;
  const width = Math.min(200, frame.width - left - 20);
  const labelY = y + 10 + frame.fontSize * 0.9;
  const label = (share: number, value: number, anchor: "start" | "middle" | "end") =>
    text(left + share * width, labelY, showScale(value), { paint: "muted", size: 0.85, anchor });
  return [
    { kind: "raster", x: left, y, width, height: 10, raster: (palette) => scaleRaster(colouring, palette) },
    rect({ x: left, y, width, height: 10 }, null, { stroke: "grid" }),
    ...(colouring === "share"
      ? [label(0, 0, "start"), label(1, largest, "end")]
      : [label(0, -largest, "start"), label(0.5, 0, "middle"), label(1, largest, "end")]),
  ];
}
