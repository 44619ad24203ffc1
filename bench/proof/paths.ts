/**
 * The sequence of tests by itself, without tuning: paths of eight heads whose recalls in every class (and group) are given, validation rows that
 * order them, other rows that prove. A head is falsely proved where it does not keep the bound by the recalls that were given.
 */
import type { Bucket } from "../../src/selmix/problem.ts";
import type { BoundToProve } from "../../src/selmix/proof/part.ts";
import { partsOf } from "../../src/selmix/proof/parts.ts";
import { prove, safety } from "../../src/selmix/proof/proof.ts";
import { sidesOf } from "../../src/selmix/proof/sides.ts";
import { Random } from "../../src/selmix/random.ts";
import { binomialAbove } from "../../src/statistics/binomialTest.ts";

const heads = 8;
const level = 0.05;
/** Validation has so many rows for one that proves, as where 40 % are held back. */
const validationRows = 1.5;

interface Path {
  readonly cells: readonly Bucket[];
  /** Recall by head and cell. */
  readonly recalls: readonly (readonly number[])[];
  readonly its: BoundToProve;
  readonly kept: readonly boolean[];
}

const between = (low: number, high: number, value: number) => Math.min(high, Math.max(low, value));

function pathOf(classes: number, groups: number, random: Random): Path {
  const cells: Bucket[] = Array.from({ length: classes * groups }, (_unused, cell) => ({
    label: Math.floor(cell / groups),
    group: groups > 1 ? cell % groups : null,
  }));
  const base = Array.from({ length: classes }, () => 0.65 + 0.25 * random.uniform());
  // Along the path frequent classes lose and rare ones gain, and groups come closer.
  const slope = base.map(() => 0.25 * (random.uniform() - 0.4));
  const apart = base.map(() => 0.05 + 0.2 * random.uniform());
  const recalls = Array.from({ length: heads }, (_unused, head) => {
    const along = head / (heads - 1);
    return cells.map(({ label, group }) =>
      between(
        0.02,
        0.98,
        base[label] + slope[label] * along - (group === 1 ? apart[label] * (1 - along) : 0),
      ),
    );
  });
  const values = recalls.map((own) =>
    groups === 1
      ? Math.min(...own)
      : Math.max(...base.map((_, label) => Math.abs(own[2 * label] - own[2 * label + 1]))),
  );
  // Around what heads in the middle of the path have, where some keep it and some do not.
  const middle =
    values.toSorted((a, b) => a - b)[heads >> 1] + 0.12 * (random.uniform() - (groups === 1 ? 0.75 : 0.25));
  const bound = between(0.02, 0.97, middle);
  const its: BoundToProve =
    groups === 1
      ? { metric: "recall", kind: "atLeast", bound }
      : { metric: "recallDifference", kind: "atMost", bound };
  return {
    cells,
    recalls,
    its,
    kept: values.map((value) => (groups === 1 ? value >= bound : value <= bound)),
  };
}

/** Counts [cells,K] of every head on the same rows: a row is right under a head where its luck is less than the recall. */
function drawn({ cells, recalls }: Path, classes: number, rows: number, random: Random): Int32Array[] {
  const counts = recalls.map(() => new Int32Array(cells.length * classes));
  cells.forEach(({ label }, cell) => {
    for (let row = 0; row < rows; row++) {
      const luck = random.uniform();
      for (let head = 0; head < heads; head++) {
        const predicted = luck < recalls[head][cell] ? label : (label + 1) % classes;
        counts[head][cell * classes + predicted]++;
      }
    }
  });
  return counts;
}

export interface PathTally {
  readonly classes: number;
  readonly groups: number;
  readonly rows: number;
  readonly problems: number;
  /** Problems with a head that keeps the bound; with a head that is proved; with one that is falsely proved. */
  feasible: number;
  proved: number;
  falsely: number;
}

/** So many problems of a kind. */
export function testPaths(
  classes: number,
  groups: number,
  rows: number,
  problems: number,
  seed: number,
): PathTally {
  const random = new Random(seed, 83);
  const meant = { isHead: Array.from({ length: classes }, () => true), shares: null, unlike: null };
  const tally: PathTally = { classes, groups, rows, problems, feasible: 0, proved: 0, falsely: 0 };
  for (let problem = 0; problem < problems; problem++) {
    const path = pathOf(classes, groups, random);
    const { cells, its, kept } = path;
    const parts = (counts: Int32Array) => partsOf(sidesOf({ cells, classes, counts }), its, meant);
    const seen = drawn(path, classes, Math.round(validationRows * rows), random).map((counts) =>
      Math.min(...parts(counts).map((part) => safety(part, its))),
    );
    const proving = drawn(path, classes, rows, random);
    const order = [...seen.keys()].filter((head) => seen[head] > 0).sort((a, b) => seen[b] - seen[a]);
    const proved: number[] = [];
    for (const head of order) {
      if (prove(parts(proving[head]), its, level).pValue > level) break;
      proved.push(head);
    }
    if (kept.includes(true)) tally.feasible++;
    if (proved.length > 0) tally.proved++;
    if (proved.some((head) => !kept[head])) tally.falsely++;
  }
  return tally;
}

/** The table, in Markdown. */
export function pathTable(): string {
  const lines: string[] = [];
  const total = { problems: 0, feasible: 0, proved: 0, falsely: 0 };
  let seed = 1;
  for (const groups of [1, 2]) {
    for (const classes of [2, 10, 50]) {
      for (const rows of [30, 100, 300, 1000]) {
        // A test of every pair of groups in every class of many takes long.
        if (groups === 2 && classes * rows > 600) continue;
        const problems = groups === 1 ? 150 : 60;
        const tally = testPaths(classes, groups, rows, problems, seed++);
        const { feasible, proved, falsely } = tally;
        total.problems += problems;
        total.feasible += feasible;
        total.proved += proved;
        total.falsely += falsely;
        const name = groups === 1 ? "recall of every class" : "recall difference of two groups";
        lines.push(
          `| ${name} | ${classes} | ${rows} | ${problems} | ${feasible} | ${proved} | ${falsely} | ${((100 * falsely) / problems).toFixed(1)} % | ${binomialAbove(falsely, problems, level).toFixed(2)} |`,
        );
      }
    }
  }
  const rate = ((100 * total.falsely) / total.problems).toFixed(1);
  return [
    "| bound | classes | rows that prove, a class (and group) | problems | some head keeps it | some head proved | one falsely | rate | chance |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
    `| all | | | ${total.problems} | ${total.feasible} | ${total.proved} | ${total.falsely} | ${rate} % | |`,
  ].join("\n");
}
