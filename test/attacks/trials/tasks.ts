/** Everything that `npm run attack` tries, in parts of a few minutes that are done in any order. */

import { kills, victims } from "./kills.ts";
import { fuzzed, suites } from "./others.ts";
import { type Row, rowOf } from "./table.ts";
import { evaluationsAtOnce, tunesAtOnce } from "./together.ts";
import { type DiskFault, diskFaults, writePoints } from "./writePoints.ts";

export interface Extent {
  /** Of all victims together. */
  readonly kills: number;
  /** Every so-many-th write fails. */
  readonly stride: number;
  readonly pairs: number;
  readonly inputs: number;
  readonly seed: number;
}

export interface Task {
  /** The same in every run of one extent. */
  readonly id: string;
  /** The row of the table that it is a part of; null where that depends on which tests there are. */
  readonly row: string | null;
  /** It needs both cores. */
  readonly alone: boolean;
  run(): Promise<readonly Row[]>;
}

const killsOfATask = 25;
const partsOfWrites = 4;

const howItFails: Record<DiskFault, string> = {
  EIO: "fails once (EIO)",
  ENOSPC: "is the first that finds the disk full (ENOSPC)",
};

/** What `npm run attack` does when nothing else is said; the seed is the day. */
export const fullExtent: Extent = {
  kills: 300,
  stride: 1,
  pairs: 20,
  inputs: 500_000,
  seed: Math.floor(Date.now() / 86_400_000),
};

export function tasksOf({ kills: allKills, stride, pairs, inputs, seed }: Extent): Task[] {
  const each = Math.ceil(allKills / victims.length);
  return [
    ...victims.flatMap((victim) =>
      parts(each, killsOfATask).map((count, part) =>
        trials(`kill -9 of ${victim.name}`, part, () => kills(victim, count, seed, part)),
      ),
    ),
    ...diskFaults.flatMap((fault) =>
      Array.from({ length: partsOfWrites }, (_, part) =>
        trials(`each write of a tune ${howItFails[fault]}`, part, () =>
          writePoints(fault, { stride: partsOfWrites * stride, first: part * stride }),
        ),
      ),
    ),
    trials("two tunes at once into one output, with a feature command", 0, () => tunesAtOnce(pairs, seed)),
    trials("two evaluations at once, whose tables are made in one place", 0, () =>
      evaluationsAtOnce(pairs, seed),
    ),
    { id: "fuzz", row: fuzzed.what, alone: true, run: async () => [await fuzzed.run(inputs, seed)] },
    ...suites.map((suite) => ({ id: suite.files.join(), row: null, alone: true, run: suite.run })),
  ];
}

function trials(what: string, part: number, begin: () => Parameters<typeof rowOf>[1]): Task {
  const run = async () => [await rowOf(what, begin())];
  return { id: `${what}, part ${part}`, row: what, alone: false, run };
}

/** A number as a sum of at most `most` each. */
function parts(count: number, most: number): number[] {
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => Math.min(most, count - i * most));
}
