/** Which cells of a matrix are looked at: zoom and pan, in whole cells. It outlives the pictures drawn from it. */
import type { Window } from "./matrixRaster.ts";

const fewest = 4;

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

export class MatrixView {
  private left = 0;
  private top = 0;
  /** Share of the matrix in sight, 0..1. */
  private share = 1;

  get zoomed(): boolean {
    return this.share < 1;
  }

  /** The cells in sight of a matrix of this size. */
  window(rows: number, columns: number): Window {
    const wide = clamp(Math.round(columns * this.share), Math.min(fewest, columns), columns);
    const high = clamp(Math.round(rows * this.share), Math.min(fewest, rows), rows);
    return {
      columns: wide,
      rows: high,
      column: clamp(Math.round(this.left * columns), 0, columns - wide),
      row: clamp(Math.round(this.top * rows), 0, rows - high),
    };
  }

  /** Magnifies about a place, given in shares of the drawing. */
  zoom(scale: number, x: number, y: number, largestSide: number): void {
    const next = clamp(this.share / scale, Math.min(1, fewest / Math.max(1, largestSide)), 1);
    this.left = clamp(this.left + x * (this.share - next), 0, 1 - next);
    this.top = clamp(this.top + y * (this.share - next), 0, 1 - next);
    this.share = next;
  }

  /** Moves by shares of what is in sight. */
  pan(dx: number, dy: number): void {
    this.left = clamp(this.left + dx * this.share, 0, 1 - this.share);
    this.top = clamp(this.top + dy * this.share, 0, 1 - this.share);
  }

  /** Moves as little as needed to bring a cell into sight. */
  reveal(row: number, column: number, rows: number, columns: number): void {
    const seen = this.window(rows, columns);
    if (column < seen.column) this.left = column / columns;
    else if (column >= seen.column + seen.columns) this.left = (column - seen.columns + 1) / columns;
    if (row < seen.row) this.top = row / rows;
    else if (row >= seen.row + seen.rows) this.top = (row - seen.rows + 1) / rows;
  }

  reset(): void {
    this.left = 0;
    this.top = 0;
    this.share = 1;
  }
}
