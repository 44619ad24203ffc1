/** Populations whose recalls are known, to draw sets of rows from: what an interval has to cover. */

import { emptyTallies, type Tallies } from "../../src/selmix/confusion/tallies.ts";
import type { PairedPredictions } from "../../src/selmix/estimates/metricChanges.ts";
import type { Bucket } from "../../src/selmix/problem.ts";
import type { Random } from "../../src/selmix/random.ts";

/** A class, or a class within a group: its rows in a set, and what two heads make of it. */
interface Cell extends Bucket {
  readonly rows: number;
  /** Recall before; of the right ones the share that is lost, of the wrong ones the share that is gained. */
  readonly recall: number;
  readonly lost: number;
  readonly gained: number;
}

export interface Population {
  readonly name: string;
  readonly classes: number;
  readonly cells: readonly Cell[];
  /** Whether the cells' sizes are drawn too, like the rows. */
  readonly sizesDrawn: boolean;
}

type Shape = (k: number, classes: number) => Omit<Cell, "label" | "group" | "rows">;

const across = (k: number, classes: number) => k / (classes - 1);

/** Recalls that are alike, near 1, spread out, low and much changed, or low in one class alone. */
const shapes: Readonly<Record<string, Shape>> = {
  alike: () => ({ recall: 0.8, lost: 0.05, gained: 0.3 }),
  high: () => ({ recall: 0.97, lost: 0.03, gained: 0.5 }),
  spread: (k, classes) => ({ recall: 0.5 + 0.45 * across(k, classes), lost: 0.05, gained: 0.3 }),
  low: (k, classes) => ({ recall: 0.25 + 0.6 * across(k, classes), lost: 0.1, gained: 0.6 }),
  one: (k) => (k === 0 ? { recall: 0.5, lost: 0.1, gained: 0.4 } : { recall: 0.9, lost: 0.05, gained: 0.2 }),
};

/** Every shape with classes of one size; and rare classes, a tenth as large, that are recognised less often. */
export function classPopulations(classes: number, rows: number, sizesDrawn: boolean): Population[] {
  const make = (name: string, shape: Shape, size: (k: number) => number): Population => ({
    name,
    classes,
    sizesDrawn,
    cells: Array.from({ length: classes }, (_unused, label) => ({
      label,
      group: null,
      rows: size(label),
      ...shape(label, classes),
    })),
  });
  const rareShape: Shape = (k) =>
    k % 2 === 0 ? { recall: 0.65, lost: 0.1, gained: 0.4 } : { recall: 0.9, lost: 0.05, gained: 0.2 };
  return [
    ...Object.entries(shapes).map(([name, shape]) => make(name, shape, () => rows)),
    make("rare", rareShape, (k) => (k % 2 === 0 ? Math.max(5, Math.round(rows / 10)) : rows)),
  ];
}

/** Classes in two or three groups: without a difference, with one, and with a rare group that is recognised less often. */
export function groupPopulations(
  classes: number,
  rows: number,
  groups: number,
  sizesDrawn: boolean,
): Population[] {
  const make = (name: string, drop: number, size: (group: number) => number): Population => ({
    name: `${name}, ${groups} groups`,
    classes,
    sizesDrawn,
    cells: Array.from({ length: classes * groups }, (_unused, at) => {
      const [label, group] = [Math.floor(at / groups), at % groups];
      const recall = 0.9 - 0.1 * across(label, classes) - (group === groups - 1 ? drop : 0);
      return { label, group, rows: size(group), recall, lost: 0.05, gained: 0.3 };
    }),
  });
  return [
    make("no gap", 0, () => rows),
    make("gap", 0.2, () => rows),
    make("rare group", 0.2, (group) => (group === groups - 1 ? Math.max(5, Math.round(rows / 10)) : rows)),
  ];
}

/** Where the wrong rows of a class go: some classes are taken for others more often. */
function wrongWeights(label: number, classes: number): number[] {
  return Array.from({ length: classes }, (_unused, k) => (k === label ? 0 : 1 + (k % 3)));
}

export function recallAfter({ recall, lost, gained }: Cell): number {
  return recall * (1 - lost) + (1 - recall) * gained;
}

/** Expected counts [B,K], as shares of all rows: what metrics of the population are measured on. */
export function expectedCounts({ cells, classes }: Population, head: "before" | "after"): Float64Array {
  const counts = new Float64Array(cells.length * classes);
  const total = cells.reduce((sum, { rows }) => sum + rows, 0);
  cells.forEach((cell, b) => {
    const recall = head === "before" ? cell.recall : recallAfter(cell);
    const weights = wrongWeights(cell.label, classes);
    const sum = weights.reduce((a, w) => a + w, 0);
    weights.forEach((weight, l) => {
      const share = l === cell.label ? recall : ((1 - recall) * weight) / sum;
      counts[b * classes + l] = (share * cell.rows) / total;
    });
  });
  return counts;
}

/** Draws sets of rows from a population. A set that lacks a cell is not judged, and is drawn again. */
export class Sampler {
  readonly #population: Population;
  readonly #wrong: readonly Float64Array[];
  readonly #sizes: Float64Array;

  constructor(population: Population) {
    this.#population = population;
    this.#wrong = Array.from({ length: population.classes }, (_unused, label) =>
      cumulative(wrongWeights(label, population.classes)),
    );
    this.#sizes = cumulative(population.cells.map(({ rows }) => rows));
  }

  draw(random: Random): PairedPredictions {
    const { cells, classes } = this.#population;
    const bucketOf = this.#cellsOfRows(random);
    const total = bucketOf.length;
    const [before, after] = [new Int32Array(total), new Int32Array(total)];
    bucketOf.forEach((b, row) => {
      const cell = cells[b];
      if (cell === undefined) throw new RangeError("no such cell");
      const right = random.uniform() < cell.recall;
      const changes = random.uniform() < (right ? cell.lost : cell.gained);
      const wrong = place(this.#wrong[cell.label] ?? new Float64Array(), random.uniform());
      before[row] = right ? cell.label : wrong;
      after[row] = right !== changes ? cell.label : wrong;
    });
    return { buckets: cells, classes, bucketOf, before, after };
  }

  #cellsOfRows(random: Random): Int32Array {
    const { cells, sizesDrawn } = this.#population;
    const given = Int32Array.from(cells.flatMap(({ rows }, b) => new Array<number>(rows).fill(b)));
    if (!sizesDrawn) return given;
    for (;;) {
      const drawn = given.map(() => place(this.#sizes, random.uniform()));
      if (new Set(drawn).size === cells.length) return drawn;
    }
  }
}

function cumulative(weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight / total;
    return sum;
  });
}

function place(cumulated: Float64Array, uniform: number): number {
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulated[middle] ?? 1) > uniform) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Tallies of expected counts. */
export function expectedTallies(population: Population, head: "before" | "after"): Tallies {
  const { cells, classes } = population;
  const counts = expectedCounts(population, head);
  const tallies = emptyTallies(cells, classes, counts);
  cells.forEach(({ label }, b) => {
    for (let l = 0; l < classes; l++) {
      const count = counts[b * classes + l] ?? 0;
      tallies.support[b] = (tallies.support[b] ?? 0) + count;
      tallies.predicted[l] = (tallies.predicted[l] ?? 0) + count;
      if (l === label) tallies.correct[b] = count;
    }
  });
  return tallies;
}
