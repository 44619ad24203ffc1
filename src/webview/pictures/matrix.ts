/** A heat map of a matrix: gain, policy, confusion. */
import type { Palette } from "../shared/palette.ts";
import type { Movement, Picture, Table, Zoomable } from "../shared/picture.ts";
import { type Box, type Frame, type Item, line, type Raster, rect, text } from "../shared/scene.ts";
import { type Layout, layoutOf, type MatrixOptions } from "./matrixLayout.ts";
import { matrixNames, matrixScale } from "./matrixNames.ts";
import { inkOn, intensity, largestMagnitude, matrixRaster, type Window } from "./matrixRaster.ts";

/** The smallest cells that values or strokes fit in. */
const valueCell = 30;
const strokeCell = 7;

export class MatrixPicture implements Picture {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly points: number;
  readonly view: Zoomable;
  private readonly options: MatrixOptions;
  private readonly largest: number;
  private raster: { key: string; palette: Palette; raster: Raster } | null = null;

  constructor(options: MatrixOptions) {
    this.options = options;
    this.title = options.title;
    this.fileStem = options.fileStem;
    this.sentence = options.sentence;
    const { rows, columns, values } = options.data;
    this.points = rows * columns;
    this.largest = largestMagnitude(values);
    const { matrixView } = options;
    this.view = {
      zoom: (scale, x, y) => matrixView.zoom(scale, x, y, Math.max(rows, columns)),
      pan: (dx, dy) => matrixView.pan(dx, dy),
      reset: () => matrixView.reset(),
      place: (frame, x, y) => this.place(frame, x, y),
      get zoomed() {
        return matrixView.zoomed;
      },
    };
  }

  table(): Table {
    return this.options.table();
  }

  height(frame: Frame): number {
    const { top, cellHeight, window } = layoutOf(this.options, frame);
    return top + cellHeight * window.rows + frame.fontSize * 3.4;
  }

  read(index: number): string {
    const { data, read } = this.options;
    const row = data.rowOrder[Math.floor(index / data.columns)];
    const column = data.columnOrder[index % data.columns];
    return row === undefined || column === undefined ? "" : read(row, column);
  }

  step(index: number, key: Movement): number {
    const { rows, columns } = this.options.data;
    let row = Math.floor(index / columns);
    let column = index % columns;
    if (key === "ArrowLeft") column -= 1;
    else if (key === "ArrowRight") column += 1;
    else if (key === "ArrowUp") row -= 1;
    else if (key === "ArrowDown") row += 1;
    else if (key === "PageUp") row -= 10;
    else if (key === "PageDown") row += 10;
    else column = key === "Home" ? 0 : columns - 1;
    row = Math.max(0, Math.min(rows - 1, row));
    column = Math.max(0, Math.min(columns - 1, column));
    this.options.matrixView.reveal(row, column, rows, columns);
    return row * columns + column;
  }

  locate(frame: Frame, index: number): Box {
    const { window, left, top, cellWidth, cellHeight } = layoutOf(this.options, frame);
    const row = Math.floor(index / this.options.data.columns) - window.row;
    const column = (index % this.options.data.columns) - window.column;
    const side = (cell: number) => Math.max(5, cell);
    if (row < 0 || column < 0 || row >= window.rows || column >= window.columns) {
      return { x: left, y: top, width: 0, height: 0 };
    }
    return {
      x: left + column * cellWidth - (side(cellWidth) - cellWidth) / 2,
      y: top + row * cellHeight - (side(cellHeight) - cellHeight) / 2,
      width: side(cellWidth),
      height: side(cellHeight),
    };
  }

  at(frame: Frame, x: number, y: number): number {
    const { window, left, top, cellWidth, cellHeight } = layoutOf(this.options, frame);
    const column = Math.floor((x - left) / cellWidth);
    const row = Math.floor((y - top) / cellHeight);
    if (row < 0 || column < 0 || row >= window.rows || column >= window.columns) return -1;
    return (window.row + row) * this.options.data.columns + window.column + column;
  }

  build(frame: Frame): Item[] {
    const layout = layoutOf(this.options, frame);
    const { window, left, top, cellWidth, cellHeight } = layout;
    const box = { x: left, y: top, width: cellWidth * window.columns, height: cellHeight * window.rows };
    const items: Item[] = [
      { kind: "raster", ...box, raster: (palette) => this.cells(layout, palette) },
      rect(box, null, { stroke: "grid" }),
    ];
    if (cellWidth >= 16 && cellHeight >= 14) items.push(...this.cellLines(layout));
    if (cellWidth >= valueCell && cellHeight >= 16) items.push(...this.cellValues(layout, frame));
    else if (this.options.markNegative && Math.min(cellWidth, cellHeight) >= strokeCell)
      items.push(...this.strokes(layout));
    return [
      ...items,
      ...matrixNames(this.options, layout, frame),
      ...matrixScale(this.options, layout, frame, this.largest),
    ];
  }

  private place(frame: Frame, x: number, y: number) {
    const { window, left, top, cellWidth, cellHeight } = layoutOf(this.options, frame);
    const share = (value: number) => Math.max(0, Math.min(1, value));
    return {
      x: share((x - left) / (cellWidth * window.columns)),
      y: share((y - top) / (cellHeight * window.rows)),
    };
  }

  private cells({ window, cellWidth, cellHeight }: Layout, palette: Palette): Raster {
    const key = JSON.stringify([window, cellWidth]);
    if (this.raster?.key === key && this.raster.palette === palette) return this.raster.raster;
    const { data, colouring } = this.options;
    const [width, height] = [cellWidth * window.columns, cellHeight * window.rows];
    const raster = matrixRaster(data, window, width, height, this.largest, colouring, palette);
    this.raster = { key, palette, raster };
    return raster;
  }

  private value(window: Window, row: number, column: number): number {
    const { data } = this.options;
    const from = (data.rowOrder[window.row + row] ?? 0) * data.columns;
    return data.values[from + (data.columnOrder[window.column + column] ?? 0)] ?? 0;
  }

  private cellLines({ window, left, top, cellWidth, cellHeight }: Layout): Item[] {
    const right = left + cellWidth * window.columns;
    const bottom = top + cellHeight * window.rows;
    const down = Array.from({ length: window.columns - 1 }, (_, i) => left + (i + 1) * cellWidth);
    const across = Array.from({ length: window.rows - 1 }, (_, i) => top + (i + 1) * cellHeight);
    return [
      ...down.map((x) => line([x, top, x, bottom], "background")),
      ...across.map((y) => line([left, y, right, y], "background")),
    ];
  }

  /** What `draw` makes of each cell in sight, given its value and its middle. */
  private eachCell(layout: Layout, draw: (value: number, x: number, y: number) => Item | null): Item[] {
    const { window, left, top, cellWidth, cellHeight } = layout;
    const items: Item[] = [];
    for (let row = 0; row < window.rows; row += 1) {
      for (let column = 0; column < window.columns; column += 1) {
        const [x, y] = [left + (column + 0.5) * cellWidth, top + (row + 0.5) * cellHeight];
        const item = draw(this.value(window, row, column), x, y);
        if (item !== null) items.push(item);
      }
    }
    return items;
  }

  private cellValues(layout: Layout, frame: Frame): Item[] {
    const { showCell, colouring } = this.options;
    return this.eachCell(layout, (value, x, y) => {
      const shown = showCell(value);
      if (shown === "" || frame.measure(shown) * 0.8 > layout.cellWidth - 3) return null;
      const paint = (palette: Palette) => inkOn(value, this.largest, colouring, palette);
      return text(x, y, shown, { anchor: "middle", size: 0.8, paint });
    });
  }

  private strokes(layout: Layout): Item[] {
    const half = layout.cellWidth / 4;
    return this.eachCell(layout, (value, x, y) =>
      intensity(value, this.largest) >= -0.1
        ? null
        : line([x - half, y, x + half, y], "foreground", { width: 1.5 }),
    );
  }
}
