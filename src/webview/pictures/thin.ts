/** Leaves out what the eye could not tell: a long run has many more cycles than its picture has columns of pixels. */

/** Pixels that a line is as wide as, or a mark is hidden within. */
const grain = 2;

/**
 * A line [x0, y0, x1, y1, ...] with x rising. Of the points within two columns of pixels the lowest and the highest stay, and the
 * line's ends: it covers the same pixels, and a stroke costs by its points.
 */
export function thinLine(points: readonly number[]): number[] {
  const last = points.length - 2;
  const thin: number[] = [];
  for (let from = 0; from <= last; ) {
    const column = Math.floor((points[from] ?? 0) / grain);
    let [low, high, to] = [from, from, from];
    for (; to <= last && Math.floor((points[to] ?? 0) / grain) === column; to += 2) {
      if ((points[to + 1] ?? 0) < (points[low + 1] ?? 0)) low = to;
      if ((points[to + 1] ?? 0) > (points[high + 1] ?? 0)) high = to;
    }
    const ends = [...(from === 0 ? [0] : []), ...(to > last ? [last] : [])];
    const kept = [...new Set([low, high, ...ends])].sort((a, b) => a - b);
    for (const at of kept) thin.push(points[at] ?? 0, points[at + 1] ?? 0);
    from = to;
  }
  return thin;
}

/** Tells of each mark whether it would be seen: one of the same kind at the same place hides it. */
export class Places {
  readonly #taken = new Set<string>();

  take(kind: string, x: number, y: number): boolean {
    const place = `${kind} ${Math.round(x / grain)} ${Math.round(y / grain)}`;
    if (this.#taken.has(place)) return false;
    this.#taken.add(place);
    return true;
  }
}
