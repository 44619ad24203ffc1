/** What a column of labels or groups says, as numbers. */
import type { IndexColumn } from "../../features/table.ts";
import { JobError } from "../errors.ts";

/** Numbers of a column from 0. @throws JobError for one below `firstLabel` */
export function numbersOf(file: string, { codes, texts }: IndexColumn, firstLabel: number): Int32Array {
  const numbers = texts === null ? codes : mapped(codes, texts.map(Number));
  const low = numbers.findIndex((label) => label < firstLabel);
  if (low >= 0) {
    throw new JobError(
      `${file} has the label ${numbers[low]} at row ${low}, and labels count from ${firstLabel}; leave out rows without one, or name the labels' texts in "classes".`,
    );
  }
  return firstLabel === 0 ? numbers : numbers.map((label) => label - firstLabel);
}

/** The place of each row's text; -1 where it has none. */
export function mapped(codes: Int32Array, places: readonly number[]): Int32Array {
  return codes.map((code) => places[code] ?? -1);
}
