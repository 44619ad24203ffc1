/** Rows that two tables share: what is measured on rows that were trained or chosen on is too kind. */

import { JobError } from "../errors.ts";
import type { CountedRows } from "./buckets.ts";

/** Of larger tables so many numbers are read, in rows spread evenly: the count is a least count then. */
const MOST_NUMBERS = 2 ** 26;
const ROWS_AT_ONCE = 256;

export interface NamedSet {
  /** For people: "validation (features/validation.npz)". */
  readonly name: string;
  readonly path: string;
  readonly set: Pick<CountedRows, "rows" | "labels">;
  /** Whether heads are trained on it, so that a copy of it is of no use at all. */
  readonly trainedOn: boolean;
  /** Whether it proves bounds: rows that stand elsewhere prove nothing. */
  readonly proves?: boolean;
}

/** What sets share. */
export interface Overlaps {
  /** A sentence for each pair that shares rows. */
  readonly warnings: string[];
  /** The sets of which all rows stand in another one: they say nothing of new samples. */
  readonly seen: readonly NamedSet[];
}

/**
 * Refuses sets that are one file, and those of which all rows are trained on, in whatever order they stand; names how many rows
 * others share.
 * @param mayCoincide whether rows of different samples may well be the same, as scores of a few leaves are: nothing is said then of
 * sets whose own rows repeat
 * @throws JobError naming both tables
 */
export function overlapsOf(sets: readonly NamedSet[], mayCoincide = false): Overlaps {
  const asStored = sets.every(({ set: { rows } }) => rows.halves?.linear === null && rows.size % 2 === 0);
  const prints = sets.map(({ set }) => rowPrints(set, asStored));
  const warnings: string[] = [];
  const seen: NamedSet[] = [];
  for (const [b, later] of sets.entries()) {
    for (const [a, earlier] of sets.slice(0, b).entries()) {
      const known = new Set(prints[a].values);
      const shared = prints[b].values.reduce((count, print) => count + (known.has(print) ? 1 : 0), 0);
      if (shared === 0) continue;
      const differ = mostlyDiffer(prints[b]);
      const isSeen = isCopy(prints[a], prints[b]) || (shared === later.set.rows.count && differ);
      if (earlier.path === later.path || (isSeen && (earlier.trainedOn || later.proves))) {
        throw new JobError(
          `${later.name} ${earlier.path === later.path ? "is the same table as" : "has no row that is not in"} ${earlier.name}, so that what is measured on it says nothing about new samples; give it rows of its own.`,
        );
      }
      if (later.proves && isLeak(prints[a], prints[b], shared)) {
        throw new JobError(
          `${shared} of ${later.set.rows.count} rows of ${later.name} stand in ${earlier.name} too, more than would by chance, and rows that prove bounds have to be of their own; remove them.`,
        );
      }
      if (isSeen) {
        seen.push(later);
        warnings.push(
          `All ${shared} rows of ${later.name} stand in ${earlier.name} too: what is measured on it says nothing about new samples, and decides nothing; give it rows of its own.`,
        );
      } else if (differ || !mayCoincide) {
        warnings.push(overlapSentence(earlier, later, shared, prints[a].all && prints[b].all));
      }
    }
  }
  return { warnings: [...warnings, ...sets.flatMap((set, at) => repeats(set, prints[at]))], seen };
}

/** Of a set that proves bounds, how many rows it has more than once. */
function repeats({ name, set, proves }: NamedSet, prints: Prints): string[] {
  const repeated = proves ? twins(prints) : 0;
  if (repeated === 0 || repeated < REPEATED * prints.values.length) return [];
  return [
    `${prints.all ? "" : "At least "}${repeated} of ${set.rows.count} rows of ${name} occur there more than once: where these are copies, and no samples of their own, they prove nothing.`,
  ];
}

function overlapSentence(earlier: NamedSet, later: NamedSet, shared: number, all: boolean): string {
  const count = later.set.rows.count;
  return `${all ? "" : "At least "}${shared} of ${count} rows of ${later.name} stand in ${earlier.name} too, with the same label: what is measured on them is too kind.`;
}

interface Prints {
  /** A number for each row that was read, the same for rows with the same features and label. */
  readonly values: Float64Array;
  readonly all: boolean;
}

/** Share of the rows that prove bounds from which on it is said that they repeat each other. */
const REPEATED = 0.01;
/** Rows over what chance brings that are let pass, and how far its estimate may be off. */
const [FEW, SLACK] = [3, 1.2];

/** Rows that stand in a set more than once. */
function twins({ values }: Prints): number {
  const counts = new Map<number, number>();
  for (const print of values) counts.set(print, (counts.get(print) ?? 0) + 1);
  return values.reduce((sum, print) => sum + ((counts.get(print) ?? 0) > 1 ? 1 : 0), 0);
}

/**
 * Whether a set shares more rows with one before it than samples drawn alike would: as many of these have a twin there as have one
 * of those that stand there themselves.
 */
function isLeak(earlier: Prints, later: Prints, shared: number): boolean {
  const expected = (twins(earlier) / earlier.values.length) * later.values.length;
  return shared > SLACK * expected + 3 * Math.sqrt(expected) + FEW;
}

/** Whether rows of a set are told apart by what they hold, so that the same row is the same sample: not where features take few values. */
function mostlyDiffer({ values }: Prints): boolean {
  return new Set(values).size >= 0.9 * values.length;
}

function isCopy(a: Prints, b: Prints): boolean {
  return a.values.length === b.values.length && a.values.every((print, row) => print === b.values[row]);
}

/** @param asStored whether the float16 numbers that the rows are stored as are looked at, two in a word */
function rowPrints({ rows, labels }: NamedSet["set"], asStored: boolean): Prints {
  const most = Math.max(1, Math.floor(MOST_NUMBERS / rows.size));
  const stride = Math.ceil(rows.count / most);
  const values = new Float64Array(Math.ceil(rows.count / stride));
  const atOnce = stride === 1 ? ROWS_AT_ONCE : 1;
  const target = new Float32Array(atOnce * rows.size);
  const words = asStored ? rows.size / 2 : rows.size;
  const bits = new Uint32Array(target.buffer);
  const stored = new Uint16Array(target.buffer);
  for (let at = 0; at < values.length; at += atOnce) {
    const start = at * stride;
    const count = Math.min(atOnce, rows.count - start);
    if (asStored) rows.halves?.read(start, count, stored, 0);
    else rows.read(start, count, target, 0);
    for (let row = 0; row < count; row++) {
      values[at + row] = printOf(bits, row * words, words, labels[start + row]);
    }
  }
  return { values, all: stride === 1 };
}

/** 53 bits of two multiplicative hashes over the words of a row: chance makes two rows alike once in 10^15 pairs. */
function printOf(words: Uint32Array, from: number, size: number, label: number): number {
  let [one, two] = [label ^ 0x9e3779b9, label ^ 0x85ebca6b];
  for (let at = from; at < from + size; at++) {
    one = Math.imul(one ^ words[at], 0x01000193);
    one ^= one >>> 15;
    two = Math.imul(two ^ words[at], 0x27d4eb2d);
    two ^= two >>> 13;
  }
  return (one >>> 0) * 2 ** 21 + (two >>> 11);
}
