/** A heat map of a matrix: gain, policy, confusion. */
import type { Palette } from "../shared/palette.ts";
import type { Movement, Picture, Table, Zoomable } from "../shared/picture.ts";
import {
  type Box,
  type Frame,
  type Item,
  line,
  type Raster,
  rect,
  shorten,
  shortenName,
  text,
} from "../shared/scene.ts";
import {
  type Colouring,
  inkOn,
  intensity,
  largestMagnitude,
  type MatrixData,
  matrixRaster,
  scaleRaster,
  type Window,
} from "./matrixRaster.ts";
import type { MatrixView } from "./matrixView.ts";

export interface MatrixOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly data: MatrixData;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  readonly rowAxis: string;
  readonly columnAxis: string;
  readonly colouring: Colouring;
  /** A value on the colour scale. */
  readonly showScale: (value: number) => string;
  /** A value within its cell, short; empty for none. */
  readonly showCell: (value: number) => string;
  /** Reads a cell by its own row and column, not by where it is shown. */
  readonly read: (row: number, column: number) => string;
  readonly matrixView: MatrixView;
  /** Negative cells get a stroke, for who cannot tell the colours apart. */
  readonly markNegative: boolean;
  readonly table: () => Table;
}

/** Cells are at most this large; few ones may be larger, up to this much for all of them. */
const largestCell = 46;
const fewCells = 160;
const largestHeight = 560;
/** The smallest cells that names (turned by 45 degrees above the columns), values or strokes fit in. */
const nameCell = 15;
const valueCell = 30;
const strokeCell = 7;

interface Layout {
  readonly window: Window;
  /** Whether the cells are large enough for the names of rows and columns. */
  readonly named: boolean;
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

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
    const { top, cellHeight, window } = this.layout(frame);
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
    const { window, left, top, cellWidth, cellHeight } = this.layout(frame);
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
    const { window, left, top, cellWidth, cellHeight } = this.layout(frame);
    const column = Math.floor((x - left) / cellWidth);
    const row = Math.floor((y - top) / cellHeight);
    if (row < 0 || column < 0 || row >= window.rows || column >= window.columns) return -1;
    return (window.row + row) * this.options.data.columns + window.column + column;
  }

  build(frame: Frame): Item[] {
    const layout = this.layout(frame);
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
    return [...items, ...this.names(layout, frame), ...this.scale(layout, frame)];
  }

  private layout(frame: Frame): Layout {
    const { data, rowNames, columnNames, matrixView } = this.options;
    const window = matrixView.window(data.rows, data.columns);
    const widest = (names: readonly string[]) =>
      frame.measure(names.reduce((longest, name) => (name.length > longest.length ? name : longest), "")) +
      10;
    const most = Math.max(largestCell, fewCells / Math.max(window.columns, window.rows));
    const within = (named: boolean, left: number, above: number, lean: number): Layout => {
      const width = (frame.width - left - lean) / window.columns;
      const side = Math.min(most, width, largestHeight / window.rows);
      return { window, named, left, top: frame.fontSize * 1.7 + above, cellWidth: side, cellHeight: side };
    };
    const columnWidth = widest(columnNames);
    // The last column's name leans out to the right.
    const lean = Math.min(0.7 * columnWidth, 0.18 * frame.width, 70);
    const roomy = within(
      true,
      Math.min(widest(rowNames), 0.3 * frame.width),
      Math.min(columnWidth * 0.75 + 6, 110),
      lean,
    );
    return roomy.cellWidth >= nameCell ? roomy : within(false, frame.fontSize * 1.6, 4, 2);
  }

  private place(frame: Frame, x: number, y: number) {
    const { window, left, top, cellWidth, cellHeight } = this.layout(frame);
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

  private names({ window, named, left, top, cellWidth, cellHeight }: Layout, frame: Frame): Item[] {
    const { data, rowNames, columnNames, rowAxis, columnAxis } = this.options;
    const items: Item[] = [
      text(left, frame.fontSize * 0.8, `${columnAxis} →`, { paint: "muted", size: 0.85 }),
    ];
    if (!named) {
      items.push(
        text(frame.fontSize * 0.7, top + 4, `${rowAxis} →`, { paint: "muted", size: 0.85, turn: 90 }),
      );
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

  private scale({ window, left, top, cellHeight }: Layout, frame: Frame): Item[] {
    const { colouring, showScale } = this.options;
    const y = top + cellHeight * window.rows + 12;
    const width = Math.min(200, frame.width - left - 20);
    const labelY = y + 10 + frame.fontSize * 0.9;
    const label = (share: number, value: number, anchor: "start" | "middle" | "end") =>
      text(left + share * width, labelY, showScale(value), { paint: "muted", size: 0.85, anchor });
    return [
      { kind: "raster", x: left, y, width, height: 10, raster: (palette) => scaleRaster(colouring, palette) },
      rect({ x: left, y, width, height: 10 }, null, { stroke: "grid" }),
      ...(colouring === "share"
        ? [label(0, 0, "start"), label(1, this.largest, "end")]
        : [label(0, -this.largest, "start"), label(0.5, 0, "middle"), label(1, this.largest, "end")]),
    ];
  }
}
