/** What a row of marks shows at one height: values with their intervals, the way between them, and bounds. */
import type { Paint } from "../shared/palette.ts";
import type { Scale } from "../shared/scale.ts";
import { type Item, line, mark, rect } from "../shared/scene.ts";
import type { Look } from "./legend.ts";

export interface RowMark {
  /** Which look. */
  readonly series: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The colour of the way from the first mark of the row to this one; without it, none is drawn. */
  readonly change?: Paint;
}

/** A bound that a row's value should keep. */
export interface Bound {
  readonly kind: "atLeast" | "atMost";
  readonly value: number;
}

/** The marks of a row in a column, at a height: bounds, then intervals, then the change, then the values on top. */
export function rowMarks(
  marks: readonly RowMark[],
  bounds: readonly Bound[],
  scale: Scale,
  y: number,
  looks: readonly Look[],
): Item[] {
  const items: Item[] = [];
  for (const bound of bounds) {
    const x = scale.at(bound.value);
    const inward = bound.kind === "atLeast" ? 4 : -4;
    items.push(line([x + inward, y - 8, x, y - 8, x, y + 8, x + inward, y + 8], "warning", { width: 1.5 }));
  }
  const end = marks.at(-1);
  for (const each of marks) {
    const look = looks[each.series];
    if (look === undefined || each.low === null || each.high === null) continue;
    const from = scale.at(each.low);
    const width = scale.at(each.high) - from;
    if (each === end) {
      items.push(rect({ x: from, y: y - 5, width, height: 10 }, look.paint, { opacity: 0.28, radius: 1 }));
    } else {
      items.push(line([from, y - 3, from, y + 3], look.paint), line([from, y, from + width, y], look.paint));
      items.push(line([from + width, y - 3, from + width, y + 3], look.paint));
    }
  }
  const start = marks[0];
  if (end?.change !== undefined && start?.value != null && end.value !== null) {
    items.push(line([scale.at(start.value), y, scale.at(end.value), y], end.change, { width: 2.5 }));
  }
  for (const each of marks) {
    const look = looks[each.series];
    if (look !== undefined && each.value !== null) {
      items.push(mark(look.shape, scale.at(each.value), y, 4.5, look.paint, look.filled));
    }
  }
  return items;
}
