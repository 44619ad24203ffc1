/** How many samples the classes in groups have, said before any metric: by it one reads all that follows. */
import { listed, named } from "./names.ts";
import { count, counted } from "./numbers.ts";
import type { Split } from "./sets.ts";

export interface CellSize {
  /** "yes in A". */
  readonly name: string;
  readonly samples: number;
}

/** More than this are not listed one by one. */
const mostListed = 8;
/** Of more, so many of the smallest. */
const smallestListed = 3;

/**
 * "Samples on test: 80 of yes in A, 9 of yes in B. yes in B has fewer than 10 ("minimumSupport"): shown and not judged."; null without groups.
 * @param minimum samples to be judged by; null where nobody said
 */
export function sizesText(cells: readonly CellSize[], set: Split, minimum: number | null): string | null {
  if (cells.length === 0) return null;
  const told = (some: readonly CellSize[]) =>
    some.map(({ name, samples }) => `${count(samples)} of ${named(name)}`).join(", ");
  const smallest = cells.toSorted((a, b) => a.samples - b.samples).slice(0, smallestListed);
  const sizes =
    cells.length <= mostListed
      ? `Samples on ${set}: ${told(cells)}.`
      : `Samples on ${set}: ${count(cells.reduce((sum, { samples }) => sum + samples, 0))} of ${counted(cells.length, "class", "classes")} in groups, the fewest ${told(smallest)}.`;
  const small = cells.filter(({ samples }) => minimum !== null && samples < minimum);
  if (small.length === 0 || minimum === null) return sizes;
  const who =
    small.length <= smallestListed
      ? listed(small.map(({ name }) => named(name)))
      : `${count(small.length)} of them`;
  const has = small.length === 1 ? "has" : "have";
  return `${sizes} ${who} ${has} fewer than ${count(minimum)} ("minimumSupport"): shown and not judged.`;
}
