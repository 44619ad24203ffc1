/** Opens a feature table and checks everything about it that does not need a head. */
import { bytesPerElement, decodeIntegers, isFloatType, isIntegerType } from "../files/numbers.ts";
import { readLong } from "../files/ranges.ts";
import { type ArrayFile, openArrays, type StoredArray } from "./arrays.ts";
import { decodedRows, rangedRows, type StoredRows } from "./rows.ts";
import { bodyHashName, type FeatureTable, FeatureTableError, type OpenTableOptions } from "./table.ts";

const defaultMemoryBudget = 256 * 1024 * 1024;
/** Tables that are read in order are held up to this size. */
const inOrderBudget = 16 * 1024 * 1024;

const known: readonly string[] = ["features", "labels", "groups", bodyHashName];

/**
 * Opens `features` [N,d] (F16, BF16, F32, F64), and `labels` [N] and `groups` [N] (integers of any width) where they are there,
 * from safetensors, npz, or a folder of .npy files. Throws `FeatureTableError` or `FileError` in one sentence:
 * arrays missing or of the wrong shape or type, no rows, negative labels, a body hash that is none, and NaN or infinite features, which in tables that
 * are read by ranges are found when a row is read first.
 */
export async function openFeatureTable(file: string, options: OpenTableOptions = {}): Promise<FeatureTable> {
  const arrays = await openArrays(file);
  try {
    const features = await findFeatures(arrays);
    const [count] = features.shape;
    const labels = await readIndices(arrays, "labels", count);
    const groups = await readIndices(arrays, "groups", count);
    const bodyHash = await readBodyHash(arrays);
    const unused = arrays.names.filter((name) => !known.includes(name));
    const inMemory = fitsMemory(features, options);
    if (!inMemory && features.fortran) {
      throw new FeatureTableError(
        `${file} keeps its features by columns, which is too slow for a table of its size; ` +
          "save them through numpy.ascontiguousarray.",
      );
    }
    const rows = inMemory ? decodedRows(file, features) : rangedRows(file, features);
    await arrays.assertUnchanged();
    if (inMemory) await arrays.close();
    return { path: file, rows, labels, groups, bodyHash, unused, close: () => void arrays.close() };
  } catch (error) {
    await arrays.close();
    throw error;
  }
}

/** Columns cannot be read row by row, so a table of them is held whenever it may be. */
function fitsMemory({ shape: [count, size], fortran }: StoredRows, options: OpenTableOptions): boolean {
  const decoded = count * size * 4;
  const { memoryBudget = defaultMemoryBudget, inOrder = false } = options;
  return decoded <= (inOrder && !fortran ? Math.min(memoryBudget, inOrderBudget) : memoryBudget);
}

async function findFeatures(arrays: ArrayFile): Promise<StoredRows> {
  const array = await arrays.find("features");
  if (!array) {
    throw new FeatureTableError(`${arrays.path} has no array called features; ${await otherNames(arrays)}.`);
  }
  const { type, shape } = array;
  const [count = 0, size = 0] = shape;
  if (shape.length !== 2) {
    throw new FeatureTableError(
      `${arrays.path} has features of shape [${shape.join(", ")}]; save one row of numbers per sample, [N, d].`,
    );
  }
  if (count === 0 || size === 0) {
    throw new FeatureTableError(
      `${arrays.path} has no rows of features ([${count}, ${size}]); export some samples.`,
    );
  }
  if (!isFloatType(type)) {
    throw new FeatureTableError(
      `${arrays.path} has features of type ${type}; save them as float16, bfloat16, float32 or float64.`,
    );
  }
  if (count * size * (bytesPerElement(type) ?? 0) !== array.source.size) {
    throw new FeatureTableError(
      `${arrays.path} has features of another size than its header says; save it again.`,
    );
  }
  return { ...array, type, shape: [count, size] };
}

/** What is there instead, and under which names it would be read. */
async function otherNames(arrays: ArrayFile): Promise<string> {
  if (arrays.names.length === 0) return "it is empty: export the features again";
  const found = (
    await Promise.all(arrays.names.slice(0, 8).map((name) => arrays.find(name).catch(() => null)))
  ).flatMap((array) => (array === null ? [] : [array]));
  const there = found.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", ");
  const features = found.find(({ shape, type }) => shape.length === 2 && isFloatType(type));
  if (!features) return `it has ${there}: save one row of numbers per sample under that name`;
  const labels = found.find(({ shape }) => shape[0] === features.shape[0] && shape.length === 1);
  const pairs = [`${features.name} as features`, ...(labels ? [`${labels.name} as labels`] : [])];
  return `it has ${there}: save ${pairs.join(" and ")}`;
}

async function readBodyHash(arrays: ArrayFile): Promise<string | null> {
  const text = await arrays.text(bodyHashName);
  if (text === null && !arrays.names.includes(bodyHashName)) return null;
  if (text !== null && /^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new FeatureTableError(
    `${arrays.path} has a ${bodyHashName} that is no SHA-256 in 64 hexadecimal digits; export the features again.`,
  );
}

/** Reads class or group indices; null when the table has none. */
export async function readIndices(
  arrays: ArrayFile,
  name: "labels" | "groups",
  count: number,
): Promise<Int32Array | null> {
  const array = await arrays.find(name);
  if (!array) return null;
  const length = array.shape.length === 2 && array.shape[1] === 1 ? 1 : array.shape.length;
  if (length !== 1 || array.shape[0] !== count) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of shape [${array.shape.join(", ")}] for ${count} rows of features; save one for each row.`,
    );
  }
  const values = await decodeIndices(arrays.path, array, count);
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw new FeatureTableError(
      `${arrays.path} has ${values[negative]} in its ${name} at row ${negative}; ${name} count from 0, so leave out rows without one.`,
    );
  }
  return values;
}

async function decodeIndices(file: string, array: StoredArray, count: number): Promise<Int32Array> {
  const type = array.type === "BOOL" ? "U8" : array.type;
  if (!isIntegerType(type)) {
    throw new FeatureTableError(
      `${file} has ${array.name} of type ${type}; save them as integers that count from 0, for example numpy.unique(${array.name}, return_inverse=True)[1].`,
    );
  }
  const bytes = await readLong(array.source, 0, count * (bytesPerElement(type) ?? 0));
  try {
    return decodeIntegers(type, bytes, count, array.littleEndian);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FeatureTableError(
      `${file} has ${array.name} that are no indices: ${error.message}; count them from 0.`,
    );
  }
}
