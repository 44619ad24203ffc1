/** What a picture is made of, apart from where it is drawn: the same scene goes to a canvas, to SVG and to the report. */
import type { Paint, Palette } from "./palette.ts";

/** Shapes differ as well as colours, so that a picture can be read without colour. */
export type Shape = "circle" | "square" | "diamond" | "triangle" | "triangleDown" | "cross" | "bar";

/** Colours of cells: `rgba` has columns x rows x 4 bytes, row by row. */
export interface Raster {
  readonly columns: number;
  readonly rows: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface TextItem {
  readonly kind: "text";
  readonly x: number;
  /** Middle of the line. */
  readonly y: number;
  readonly text: string;
  /** A function where it depends on what the theme puts under the text. */
  readonly paint: Paint | ((palette: Palette) => Paint);
  readonly anchor: "start" | "middle" | "end";
  /** In shares of the theme's font size. */
  readonly size: number;
  readonly bold: boolean;
  /** Degrees clockwise about (x, y). */
  readonly turn: number;
}

export type Item =
  | {
      kind: "rect";
      x: number;
      y: number;
      width: number;
      height: number;
      fill: Paint | null;
      stroke: Paint | null;
      opacity: number;
      radius: number;
    }
  | {
      kind: "line";
      points: readonly number[];
      paint: Paint;
      width: number;
      dash: readonly number[];
      opacity: number;
    }
  | {
      /** A filled outline. */
      kind: "area";
      points: readonly number[];
      fill: Paint;
      opacity: number;
    }
  | {
      kind: "mark";
      shape: Shape;
      x: number;
      y: number;
      radius: number;
      fill: Paint | null;
      stroke: Paint;
      width: number;
    }
  | {
      kind: "raster";
      x: number;
      y: number;
      width: number;
      height: number;
      raster: (palette: Palette) => Raster;
    }
  | TextItem;

/** Where a scene is laid out: the width it has, and how wide text is. */
export interface Frame {
  readonly width: number;
  readonly fontSize: number;
  /** Width in pixels of a text at the theme's font size. */
  readonly measure: (text: string) => number;
}

/** A rectangle; all lengths of scenes are CSS pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function rect(
  box: Box,
  fill: Paint | null,
  options: { stroke?: Paint; opacity?: number; radius?: number } = {},
): Item {
  return {
    kind: "rect",
    ...box,
    fill,
    stroke: options.stroke ?? null,
    opacity: options.opacity ?? 1,
    radius: options.radius ?? 0,
  };
}

/** A polyline through x, y, x, y, ... */
export function line(
  points: readonly number[],
  paint: Paint,
  options: { width?: number; dash?: readonly number[]; opacity?: number } = {},
): Item {
  return {
    kind: "line",
    points,
    paint,
    width: options.width ?? 1,
    dash: options.dash ?? [],
    opacity: options.opacity ?? 1,
  };
}

/** What lies within an outline through x, y, x, y, ... */
export function area(points: readonly number[], fill: Paint, opacity: number): Item {
  return { kind: "area", points, fill, opacity };
}

export function mark(shape: Shape, x: number, y: number, radius: number, paint: Paint, filled = true): Item {
  return {
    kind: "mark",
    shape,
    x,
    y,
    radius,
    fill: filled ? paint : "background",
    stroke: paint,
    width: 1.5,
  };
}

export function text(
  x: number,
  y: number,
  content: string,
  options: {
    paint?: TextItem["paint"];
    anchor?: TextItem["anchor"];
    size?: number;
    bold?: boolean;
    turn?: number;
  } = {},
): Item {
  return {
    kind: "text",
    x,
    y,
    text: content,
    paint: options.paint ?? "foreground",
    anchor: options.anchor ?? "start",
    size: options.size ?? 1,
    bold: options.bold ?? false,
    turn: options.turn ?? 0,
  };
}

/** The paint of a text in a theme. */
export function textPaint({ paint }: TextItem, palette: Palette): Paint {
  return typeof paint === "function" ? paint(palette) : paint;
}

/** How much wider bold letters are at most than those that a frame measures. */
export const boldWidth = 1.18;

/** Cuts a text to a width, with an ellipsis. */
export function shorten(content: string, width: number, frame: Frame): string {
  if (frame.measure(content) <= width) return content;
  let low = 0;
  let high = content.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (frame.measure(`${content.slice(0, middle)}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${content.slice(0, low).trimEnd()}…`;
}

/** A text on lines no wider than a width, as far as its words allow: nothing is cut. */
export function wrapText(content: string, width: number, frame: Frame): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of content.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && frame.measure(longer) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return [...lines, current];
}

/**
 * Cuts a name to a width. Of a class in a group ("shirt / indoors") the group stays whole, as far as there is room for it: else all
 * the groups of a class would read alike.
 */
export function shortenName(name: string, width: number, frame: Frame): string {
  const group = name.lastIndexOf(" / ");
  if (group < 0 || frame.measure(name) <= width) return shorten(name, width, frame);
  const tail = name.slice(group);
  const head = shorten(name.slice(0, group), width - frame.measure(tail), frame);
  return head === "" ? shorten(name.slice(group + 3), width, frame) : `${head}${tail}`;
}

/** The corners of a mark's outline; circles have none. */
export function outline(shape: Exclude<Shape, "circle">, x: number, y: number, r: number): number[] {
  switch (shape) {
    case "square":
      return [x - r, y - r, x + r, y - r, x + r, y + r, x - r, y + r];
    case "diamond":
      return [x, y - 1.3 * r, x + 1.3 * r, y, x, y + 1.3 * r, x - 1.3 * r, y];
    case "triangle":
      return [x, y - 1.2 * r, x + 1.15 * r, y + r, x - 1.15 * r, y + r];
    case "triangleDown":
      return [x, y + 1.2 * r, x + 1.15 * r, y - r, x - 1.15 * r, y - r];
    case "bar":
      return [x - 1, y - 1.4 * r, x + 1, y - 1.4 * r, x + 1, y + 1.4 * r, x - 1, y + 1.4 * r];
    case "cross": {
      const a = r / 2.4;
      return [
        [-r, -a],
        [-a, -a],
        [-a, -r],
        [a, -r],
        [a, -a],
        [r, -a],
        [r, a],
        [a, a],
        [a, r],
        [-a, r],
        [-a, a],
        [-r, a],
      ].flatMap(([dx = 0, dy = 0]) => [x + dx, y + dy]);
    }
  }
}
