/** The few looks that pictures share, so that the same thing looks the same everywhere. */
import type { Look } from "./legend.ts";

export const beforeLook: Look = {
  label: "before",
  paint: "before",
  shape: "circle",
  filled: false,
  dash: [3, 3],
};
export const afterLook: Look = { label: "after", paint: "after", shape: "circle", filled: true, dash: [] };

const shapes = ["circle", "square", "triangle", "diamond", "triangleDown", "cross"] as const;
const seriesPaints = ["series1", "series2", "series3", "series4", "series5", "series6"] as const;
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3], [4, 2], [1, 2]];

/** The look of the n-th of several series; the seventh looks like the first. */
export function seriesLook(index: number, label: string): Look {
  const at = index % shapes.length;
  return {
    label,
    paint: seriesPaints[at] ?? "series1",
    shape: shapes[at] ?? "circle",
    filled: true,
    dash: dashes[at] ?? [],
  };
}
