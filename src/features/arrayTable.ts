/** Feature tables whose arrays have names: safetensors, npz, or a folder of .npy files. */
import {
  bytesPerElement,
  decodeFloats,
  decodeIntegers,
  isFloatType,
  isIntegerType,
} from "../files/numbers.ts";
import { readLong } from "../files/ranges.ts";
import { rowsInMemory } from "../selmix/problem.ts";
import { type ArrayFile, openArrays, type StoredArray } from "./arrays.ts";
import { attributeNames, attributePrefix, type TableKind } from "./columns.ts";
import { refuseLabelMatrix } from "./labelMatrix.ts";
import { defaultMemoryBudget, type OpenTableOptions } from "./options.ts";
import { decodedRows, rangedRows, type StoredRows } from "./rows.ts";
import {
  type Attribute,
  bodyHashName,
  type FeatureTable,
  FeatureTableError,
  type IndexColumn,
  mostLogits,
  requireWeights,
} from "./table.ts";

/** Tables that are read in order are held up to this size. */
const inOrderBudget = 16 * 1024 * 1024;

type RowArray = StoredArray & Pick<StoredRows, "type" | "shape">;

/** The arrays of a table, by what they are. */
interface ArrayNames {
  readonly rows: string;
  readonly labels: string;
  readonly weights: string;
  readonly logits: string;
  readonly attributes: readonly { readonly name: string; readonly array: string }[];
}

/** Opens a table of arrays. Throws `FeatureTableError` or `FileError` in one sentence. */
export async function openArrayTable(file: string, options: OpenTableOptions): Promise<FeatureTable> {
  const { kind = "features", unlabelled = false } = options;
  const arrays = await openArrays(file, options.cache ?? null);
  try {
    const names = arrayNames(arrays, options, kind);
    const rowArray = await findRows(arrays, names.rows, kind);
    const [count] = rowArray.shape;
    const labels = unlabelled ? null : await readIndex(arrays, names.labels, "labels", count);
    const attributes: Attribute[] = [];
    for (const { name, array } of unlabelled ? [] : names.attributes) {
      const index = await readIndex(arrays, array, array, count);
      if (index) attributes.push({ name, ...index });
    }
    const weights = unlabelled ? null : await readWeights(arrays, names.weights, count);
    const logits = kind === "features" ? await readLogits(arrays, names.logits, count) : null;
    const bodyHash = await readBodyHash(arrays);
    const known = [names.rows, names.labels, names.weights, names.logits, bodyHashName];
    const isKnown = (name: string) =>
      known.includes(name) || names.attributes.some(({ array }) => array === name);
    const inMemory = fitsMemory(rowArray, options);
    if (!inMemory && rowArray.fortran) {
      throw new FeatureTableError(
        `${file} keeps its ${names.rows} by columns, which is too slow for a table of its size; ` +
          "save them through numpy.ascontiguousarray.",
      );
    }
    const stored = { ...rowArray, source: await rowArray.open() };
    const rows = inMemory ? decodedRows(file, stored) : rangedRows(file, stored);
    await arrays.assertUnchanged();
    if (inMemory) await arrays.close();
    return {
      path: file,
      ...{ rows, names: null, labels, attributes, weights, logits, bodyHash },
      unused: arrays.names.filter((name) => !isKnown(name)),
      close: () => void arrays.close(),
    };
  } catch (error) {
    await arrays.close();
    throw error;
  }
}

function arrayNames(arrays: ArrayFile, { columns = {} }: OpenTableOptions, kind: TableKind): ArrayNames {
  const named = attributeNames(columns);
  const found = arrays.names
    .filter((name) => name.startsWith(attributePrefix))
    .map((array) => ({ name: array.slice(attributePrefix.length), array }));
  const usual = arrays.names.includes("groups") ? [{ name: "group", array: "groups" }] : [];
  return {
    rows: columns[kind] ?? kind,
    labels: columns.labels ?? "labels",
    weights: columns.weights ?? "weights",
    logits: columns.logits ?? "logits",
    attributes: named
      ? named.map((name) => ({ name, array: arrays.names.includes(name) ? name : attributePrefix + name }))
      : [...usual, ...found],
  };
}

/** Columns cannot be read row by row, so a table of them is held whenever it may be. */
function fitsMemory({ shape: [count, size], fortran }: RowArray, options: OpenTableOptions): boolean {
  const decoded = count * size * 4;
  const { memoryBudget = defaultMemoryBudget, inOrder = false } = options;
  return decoded <= (inOrder && !fortran ? Math.min(memoryBudget, inOrderBudget) : memoryBudget);
}

async function findRows(arrays: ArrayFile, name: string, kind: TableKind): Promise<RowArray> {
  const array = await arrays.find(name);
  if (!array) {
    throw new FeatureTableError(
      `${arrays.path} has no array called ${name}; ${await otherNames(arrays, name)}.`,
    );
  }
  const { type } = array;
  // A binary classifier has one score for a row.
  const shape = kind === "scores" && array.shape.length === 1 ? [...array.shape, 1] : array.shape;
  const [count = 0, size = 0] = shape;
  if (shape.length !== 2) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of shape [${shape.join(", ")}]; save one row of numbers per sample, [N, ${kind === "scores" ? "K" : "d"}].`,
    );
  }
  if (count === 0 || size === 0) {
    throw new FeatureTableError(
      `${arrays.path} has no rows of ${name} ([${count}, ${size}]); export some samples.`,
    );
  }
  if (!isFloatType(type)) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of type ${type}; save them as float16, bfloat16, float32 or float64.`,
    );
  }
  if (count * size * (bytesPerElement(type) ?? 0) !== array.bytes) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of another size than its header says; save it again.`,
    );
  }
  return { ...array, type, shape: [count, size] };
}

/** What is there instead, and how it would be read. */
async function otherNames(arrays: ArrayFile, wanted: string): Promise<string> {
  if (arrays.names.length === 0) return `it is empty: export the ${wanted} again`;
  const found = (
    await Promise.all(arrays.names.slice(0, 8).map((name) => arrays.find(name).catch(() => null)))
  ).flatMap((array) => (array === null ? [] : [array]));
  const there = found.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", ");
  const rows = found.find(({ shape, type }) => shape.length === 2 && isFloatType(type));
  if (!rows) return `it has ${there}: save one row of numbers per sample under that name`;
  const labels = found.find(({ shape }) => shape[0] === rows.shape[0] && shape.length === 1);
  const names = {
    [wanted === "scores" ? "scores" : "features"]: rows.name,
    ...(labels && { labels: labels.name }),
  };
  const pairs = [`${rows.name} as ${wanted}`, ...(labels ? [`${labels.name} as labels`] : [])];
  return `it has ${there}: set "columns": ${JSON.stringify(names)} in selmix.json, or save ${pairs.join(" and ")}`;
}

async function readBodyHash(arrays: ArrayFile): Promise<string | null> {
  const text = await arrays.text(bodyHashName);
  if (text === null && !arrays.names.includes(bodyHashName)) return null;
  if (text !== null && /^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new FeatureTableError(
    `${arrays.path} has a ${bodyHashName} that is no SHA-256 in 64 hexadecimal digits; export the features again.`,
  );
}

/** Reads classes or groups, as numbers or as texts; null when the table has none. */
async function readIndex(
  arrays: ArrayFile,
  array: string,
  what: string,
  count: number,
): Promise<IndexColumn | null> {
  const texts = await arrays.texts(array);
  if (texts === null) {
    const codes = await readIndices(arrays, array, count, what);
    return codes && { codes, texts: null };
  }
  if (texts.codes.length === count) return texts;
  throw new FeatureTableError(
    `${arrays.path} has ${texts.codes.length} ${what} for ${count} rows; save one for each row.`,
  );
}

/** Reads class or group indices; null when the table has none. */
export async function readIndices(
  arrays: ArrayFile,
  name: string,
  count: number,
  what = name,
): Promise<Int32Array | null> {
  const array = await arrays.find(name);
  if (!array) return null;
  const length = array.shape.length === 2 && array.shape[1] === 1 ? 1 : array.shape.length;
  if (length !== 1 || array.shape[0] !== count) {
    if (array.shape[0] === count) await refuseLabelMatrix(arrays.path, array, what);
    throw new FeatureTableError(
      `${arrays.path} has ${what} of shape [${array.shape.join(", ")}] for ${count} rows of features; save one for each row.`,
    );
  }
  const values = await decodeIndices(arrays.path, array, count);
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw new FeatureTableError(
      `${arrays.path} has ${values[negative]} in its ${what} at row ${negative}; ${what} count from 0, so leave out rows without one.`,
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
  const bytes = await readLong(await array.open(), 0, count * (bytesPerElement(type) ?? 0));
  try {
    return decodeIntegers(type, bytes, count, array.littleEndian);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FeatureTableError(
      `${file} has ${array.name} that are no indices: ${error.message}; count them from 0.`,
    );
  }
}

async function readWeights(arrays: ArrayFile, name: string, count: number): Promise<Float64Array | null> {
  const array = await arrays.find(name);
  if (!array) return null;
  const { type, shape } = array;
  if (!isFloatType(type) || shape[0] !== count || array.bytes !== count * (bytesPerElement(type) ?? 0)) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of type ${type} and shape [${shape.join(", ")}]; save one float for each of the ${count} rows.`,
    );
  }
  const values = new Float32Array(count);
  decodeFloats(
    type,
    await readLong(await array.open(), 0, array.bytes),
    count,
    values,
    0,
    array.littleEndian,
  );
  const weights = Float64Array.from(values);
  requireWeights(arrays.path, weights);
  return weights;
}

/** The checkpoint's outputs of the first rows: a sample, or one for each row. */
async function readLogits(arrays: ArrayFile, name: string, count: number) {
  const array = await arrays.find(name);
  if (!array) return null;
  const { type, shape } = array;
  const [rows = 0, classes = 0] = shape.length === 1 ? [...shape, 1] : shape;
  const isSound = isFloatType(type) && shape.length <= 2 && rows > 0 && rows <= count && classes > 0;
  if (!isSound || array.fortran || array.bytes !== rows * classes * (bytesPerElement(type) ?? 0)) {
    throw new FeatureTableError(
      `${arrays.path} has ${name} of type ${type} and shape [${shape.join(", ")}]; save the checkpoint's outputs of the first rows, [n, K] with n up to ${count}, as floats.`,
    );
  }
  const wanted = Math.min(rows, mostLogits);
  const values = new Float32Array(wanted * classes);
  const bytes = await readLong(await array.open(), 0, values.length * (bytesPerElement(type) ?? 0));
  decodeFloats(type, bytes, values.length, values, 0, array.littleEndian);
  return rowsInMemory(values, classes);
}
