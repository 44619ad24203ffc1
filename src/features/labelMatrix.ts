/** Labels with a column for each class: several ones in a row are a multi-label problem, one in each are one-hot. */
import {
  bytesPerElement,
  decodeFloats,
  decodeIntegers,
  isFloatType,
  isIntegerType,
} from "../files/numbers.ts";
import { readLong } from "../files/ranges.ts";
import type { StoredArray } from "./arrays.ts";
import { FeatureTableError } from "./table.ts";

/** Rows looked at: what a set of labels is shows in few of them. */
const mostRows = 4096;

/** What is to be done about several classes a sample. */
export const multiLabelAdvice =
  "several classes may be true of one sample, which is not tuned yet (it would need a threshold and bounds for each class); " +
  "tune one class at a time: its 0 or 1 as the label, and the scores or the row of the head for it alone";

/** Throws `FeatureTableError` that says what a matrix of zeros and ones [N,K] is, and what to save instead; nothing for others. */
export async function refuseLabelMatrix(file: string, array: StoredArray, what: string): Promise<void> {
  const [rows = 0, classes = 0] = array.shape;
  if (array.shape.length !== 2 || rows < 1 || classes < 2 || array.fortran) return;
  const count = Math.min(rows, mostRows);
  const values = await numbersOf(array, count * classes);
  if (!values?.every((value) => value === 0 || value === 1)) return;
  const ones = Array.from({ length: count }, (_, row) =>
    values.subarray(row * classes, (row + 1) * classes).reduce((sum, value) => sum + value, 0),
  );
  const shape = `${array.name} [${array.shape.join(", ")}]`;
  if (ones.every((sum) => sum === 1)) {
    throw new FeatureTableError(
      `${file} has one-hot ${what} (${shape}); save the class of each row: ${array.name}.argmax(axis=1).`,
    );
  }
  const several = ones.filter((sum) => sum > 1).length;
  throw new FeatureTableError(
    `${file} has ${what} of a multi-label classifier (${shape}, ${several === 0 ? "no class in some rows" : `more than one class in ${several} of ${count} rows`}): ${multiLabelAdvice}.`,
  );
}

async function numbersOf(array: StoredArray, count: number): Promise<Float32Array | null> {
  const { type, littleEndian } = array;
  const stored = type === "BOOL" ? "U8" : type;
  const width = bytesPerElement(stored);
  if (width === null || array.bytes < count * width) return null;
  const bytes = await readLong(await array.open(), 0, count * width);
  if (isFloatType(stored)) {
    const values = new Float32Array(count);
    decodeFloats(stored, bytes, count, values, 0, littleEndian);
    return values;
  }
  if (!isIntegerType(stored)) return null;
  try {
    return Float32Array.from(decodeIntegers(stored, bytes, count, littleEndian));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
