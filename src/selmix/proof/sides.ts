/** The counts that tests are made of: of all rows, and of the rows of each group. */
import { asMatrix, type Counts, type Matrix } from "../confusion/matrix.ts";
import { sumsOf } from "../confusion/sums.ts";
import type { Bucket } from "../problem.ts";

/** Hard predictions [cells,K] of rows that nothing was chosen by. */
export interface ProofCounts {
  readonly cells: readonly Bucket[];
  readonly classes: number;
  readonly counts: Counts;
}

/** Some rows: how many, how many right, and the same by class; and how often each class is predicted. */
export interface SideCounts {
  rows: number;
  right: number;
  readonly rowsOf: Float64Array;
  readonly rightOf: Float64Array;
  readonly predicted: Float64Array;
}

/** All rows together, those of each group, and by class and prediction [K,K]. */
export interface Sides {
  readonly classes: number;
  readonly all: SideCounts;
  readonly groups: ReadonlyMap<number, SideCounts>;
  readonly joint: Matrix;
}

/** The counts by group; groups in the order of their numbers. */
export function sidesOf({ cells, classes, counts }: ProofCounts): Sides {
  const empty = (): SideCounts => ({
    rows: 0,
    right: 0,
    rowsOf: new Float64Array(classes),
    rightOf: new Float64Array(classes),
    predicted: new Float64Array(classes),
  });
  const all = empty();
  const { layout, values } = asMatrix(counts, cells.length, classes);
  const joint = sumsOf(classes, classes, layout.size, (size) => new Float64Array(size));
  const numbers = new Set(cells.flatMap(({ group }) => (group === null ? [] : [group])));
  const groups = new Map([...numbers].sort((a, b) => a - b).map((group) => [group, empty()]));
  cells.forEach(({ label, group }, cell) => {
    const own = group === null ? undefined : groups.get(group);
    const [start, end] = [layout.start(cell), layout.start(cell + 1)];
    for (let at = start; at < end; at++) {
      const [k, count] = [layout.column(at, start), values[at]];
      if (count === 0) continue;
      joint.add(label, k, count);
      for (const side of own ? [all, own] : [all]) {
        side.rows += count;
        side.rowsOf[label] += count;
        side.predicted[k] += count;
        if (k !== label) continue;
        side.right += count;
        side.rightOf[label] += count;
      }
    }
  });
  return { classes, all, groups, joint: asMatrix(joint.finish(), classes, classes) };
}
