/**
 * A run on its way to a page. Numbers per class lie in one array, which crosses the border between the processes as bytes, and
 * counts are sent without their zeros: of a thousand classes and 200 cycles, 2 MB instead of 21.
 */
import * as z from "zod";
import { confusionOrder, cycleRecord, runRecord, tuneResult } from "./records.ts";

/** Everything a panel needs to draw a run. */
export const runSnapshot = z.object({
  runFolder: z.string(),
  run: runRecord,
  history: z.array(cycleRecord),
  result: tuneResult.nullable(),
  /** Confusion counts [B,K] by name, where result exists. */
  confusion: z.partialRecord(z.enum(confusionOrder), z.instanceof(Int32Array)),
  /** Whether its head lies in its place, as far as is known. */
  inPlace: z.boolean().optional(),
  /** Milliseconds since the epoch of the last sign of life of the run. */
  updatedAt: z.number(),
});
export type RunSnapshot = z.infer<typeof runSnapshot>;

const length = z.number().int().nonnegative();

/** A cycle that says of each list only how long it is. */
const packedCycle = cycleRecord.extend({
  recall: length,
  coverage: length,
  multipliers: z.object({ objective: length, constraints: length }),
});

/** A run as `packSnapshot` makes it; parsing gives the run itself. */
export const packedSnapshot = runSnapshot
  .extend({
    history: z.array(packedCycle),
    /** The lists of all cycles, one behind the other: recall (NaN for null), coverage, multipliers of objective and constraints. */
    numbers: z.instanceof(Float64Array),
    /** Place and count of each cell that is not 0, in turns. */
    confusion: z.partialRecord(z.enum(confusionOrder), z.instanceof(Int32Array)),
  })
  .transform(({ numbers, history, confusion, ...rest }, context): RunSnapshot => {
    let at = 0;
    const take = (count: number) => {
      at += count;
      return Array.from(numbers.subarray(at - count, at));
    };
    const cycles = history.map((cycle) => ({
      ...cycle,
      recall: take(cycle.recall).map((value) => (Number.isNaN(value) ? null : value)),
      coverage: take(cycle.coverage),
      multipliers: {
        objective: take(cycle.multipliers.objective),
        constraints: take(cycle.multipliers.constraints),
      },
    }));
    if (at !== numbers.length) {
      context.addIssue({ code: "custom", message: `${numbers.length} numbers came for lists of ${at}` });
    }
    const cells = (rest.result?.buckets.length ?? 0) * rest.run.classes.length;
    return { ...rest, history: cycles, confusion: eachMatrix(confusion, (pairs) => dense(pairs, cells)) };
  });
export type PackedSnapshot = z.input<typeof packedSnapshot>;

/** Packs a run for its way to a page. */
export function packSnapshot(snapshot: RunSnapshot): PackedSnapshot {
  const lists: (readonly (number | null)[])[] = [];
  const put = (list: readonly (number | null)[]) => {
    lists.push(list);
    return list.length;
  };
  const history = snapshot.history.map((cycle) => ({
    ...cycle,
    recall: put(cycle.recall),
    coverage: put(cycle.coverage),
    multipliers: {
      objective: put(cycle.multipliers.objective),
      constraints: put(cycle.multipliers.constraints),
    },
  }));
  const numbers = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    for (const value of list) {
      numbers[at] = value ?? Number.NaN;
      at += 1;
    }
  }
  return { ...snapshot, history, numbers, confusion: eachMatrix(snapshot.confusion, sparse) };
}

function eachMatrix(
  matrices: RunSnapshot["confusion"],
  change: (matrix: Int32Array) => Int32Array<ArrayBuffer>,
): RunSnapshot["confusion"] {
  const changed: RunSnapshot["confusion"] = {};
  for (const name of confusionOrder) {
    const matrix = matrices[name];
    if (matrix !== undefined) changed[name] = change(matrix);
  }
  return changed;
}

function sparse(counts: Int32Array): Int32Array<ArrayBuffer> {
  const pairs: number[] = [];
  for (let cell = 0; cell < counts.length; cell += 1) {
    const count = counts[cell] ?? 0;
    if (count !== 0) pairs.push(cell, count);
  }
  return Int32Array.from(pairs);
}

function dense(pairs: Int32Array, cells: number): Int32Array<ArrayBuffer> {
  const counts = new Int32Array(cells);
  for (let at = 0; at < pairs.length; at += 2) counts[pairs[at] ?? 0] = pairs[at + 1] ?? 0;
  return counts;
}
