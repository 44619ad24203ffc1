/** Legends: what each mark or line stands for, laid out in lines that wrap. */
import type { Paint } from "../shared/palette.ts";
import { type Frame, type Item, line, mark, rect, type Shape, shorten, text } from "../shared/scene.ts";
import { hatched } from "./hatch.ts";

/** How a series looks: never told apart by colour alone. */
export interface Look {
  readonly label: string;
  readonly paint: Paint;
  readonly shape: Shape;
  readonly filled: boolean;
  readonly dash: readonly number[];
}

/** What stands in a legend: a mark, a line, a band, a bound, or a region with lines across it, in one direction or two. */
export interface LegendEntry {
  readonly look: Look;
  readonly as: "mark" | "line" | "band" | "bound" | "hatch" | "crosshatch";
}

const swatch = 18;
const gap = 16;

interface Placed {
  readonly entry: LegendEntry;
  readonly x: number;
  readonly row: number;
  readonly label: string;
}

function place(
  entries: readonly LegendEntry[],
  frame: Frame,
  left: number,
): { placed: Placed[]; rows: number } {
  const placed: Placed[] = [];
  let x = left;
  let row = 0;
  for (const entry of entries) {
    const label = shorten(entry.look.label, frame.width - left - swatch - 4, frame);
    const width = swatch + frame.measure(label) + gap;
    if (x > left && x + width - gap > frame.width) {
      x = left;
      row += 1;
    }
    placed.push({ entry, x, row, label });
    x += width;
  }
  return { placed, rows: entries.length === 0 ? 0 : row + 1 };
}

function lineHeight(frame: Frame): number {
  return Math.round(frame.fontSize * 1.55);
}

/** Height of a legend. */
export function legendHeight(entries: readonly LegendEntry[], frame: Frame, left = 0): number {
  const { rows } = place(entries, frame, left);
  return rows === 0 ? 0 : rows * lineHeight(frame) + 4;
}

/** Draws a legend at a height. */
export function legend(entries: readonly LegendEntry[], frame: Frame, top: number, left = 0): Item[] {
  return place(entries, frame, left).placed.flatMap(({ entry, x, row, label }) => {
    const y = top + (row + 0.5) * lineHeight(frame);
    const { look, as } = entry;
    const box = { x, y: y - 4, width: 13, height: 8 };
    const sample: Item[] =
      as === "band"
        ? [rect(box, look.paint, { opacity: 0.28 })]
        : as === "hatch" || as === "crosshatch"
          ? hatched(box, look.paint, as === "crosshatch", 5)
          : as === "bound"
            ? [line([x + 6, y - 7, x + 6, y + 7], look.paint, { width: 2, dash: look.dash })]
            : [
                ...(as === "line"
                  ? [line([x, y, x + 13, y], look.paint, { width: 2, dash: look.dash })]
                  : []),
                mark(look.shape, x + 6.5, y, as === "line" ? 3 : 4.5, look.paint, look.filled),
              ];
    return [...sample, text(x + swatch, y, label, { paint: "muted" })];
  });
}
