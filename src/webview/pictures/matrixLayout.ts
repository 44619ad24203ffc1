/** What a heat map is made of, and where its cells lie. */
import type { Table } from "../shared/picture.ts";
import type { Frame } from "../shared/scene.ts";
import type { Colouring, MatrixData, Window } from "./matrixRaster.ts";
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
/** The smallest cells that names fit in, which are turned by 45 degrees above the columns. */
const nameCell = 15;

export interface Layout {
  readonly window: Window;
  /** Whether the cells are large enough for the names of rows and columns. */
  readonly named: boolean;
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** Where everything of a matrix is drawn in a frame. */
export function layoutOf({ data, rowNames, columnNames, matrixView }: MatrixOptions, frame: Frame): Layout {
  const window = matrixView.window(data.rows, data.columns);
  const widest = (names: readonly string[]) =>
    frame.measure(names.reduce((longest, name) => (name.length > longest.length ? name : longest), "")) + 10;
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
