/** A region with lines across it: told apart from others without colour. */
import type { Paint } from "../shared/palette.ts";
import { type Box, type Item, line, rect } from "../shared/scene.ts";

/** A tinted box with diagonals at every `step` pixels, in one direction, or crossed by those in the other. */
export function hatched(box: Box, paint: Paint, crossed: boolean, step = 10): Item[] {
  const { x, y, width, height } = box;
  if (width <= 0 || height <= 0) return [];
  const items: Item[] = [rect(box, paint, { opacity: 0.08 })];
  for (let at = step / 2; at < width + height; at += step) {
    // From the left or lower edge up to the upper or right one.
    const [fromX, fromY] = at <= height ? [0, at] : [at - height, height];
    const [toX, toY] = at <= width ? [at, 0] : [width, at - width];
    items.push(line([x + fromX, y + fromY, x + toX, y + toY], paint, { opacity: 0.45 }));
    if (crossed)
      items.push(line([x + width - fromX, y + fromY, x + width - toX, y + toY], paint, { opacity: 0.45 }));
  }
  return items;
}
