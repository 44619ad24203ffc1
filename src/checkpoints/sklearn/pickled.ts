/** scikit-learn's estimators in pickles and uncompressed joblib files, read without running anything. */

import { copyPatched, type Patch } from "../../files/atomic.ts";
import { groupBy } from "../../files/groupBy.ts";
import { elementCount, isFloatType } from "../../files/numbers.ts";
import { openSource, readLong, type SourceFile } from "../../files/ranges.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type TensorReplacement,
} from "../checkpoint.ts";
import { opensWhole } from "../opensWhole.ts";
import { type FloatView, patchesFor, readView, viewBytes } from "../pytorch/patches.ts";
import { readPickle } from "../pytorch/pickle.ts";
import { PickleError, type PickleInput } from "../pytorch/pickleInput.ts";
import type { PickleObject, PickleValue } from "../pytorch/pickleValues.ts";
import { encodeTensor, inLittleEndian } from "../tensors.ts";
import { type Estimator, type NamedArray, readEstimator } from "./estimator.ts";
import { joblibWrapper, type PickledArray, skipJoblibArray } from "./numpyArrays.ts";
import { refuseUnsuited, wayOut } from "./wayOut.ts";

/** An estimator of this size is no linear model. */
const mostBytes = 256 * 1024 * 1024;
const deepestPickles = 4;
const mostShared = 8;
/** More classes have no names. */
const mostClasses = 100_000;

export const pickledFormat: CheckpointFormat = {
  isComplete: (path) => opensWhole(path, (file) => pickledFormat.open(file)),
  async open(path) {
    const file = await openSource(path);
    try {
      return await openPickled(file);
    } catch (error) {
      await file.close();
      if (!(error instanceof PickleError)) throw error;
      throw new CheckpointError(`${path} cannot be read: its pickle ${error.message}; ${wayOut(path)}.`);
    }
  },
};

async function openPickled(file: SourceFile): Promise<Checkpoint> {
  const { path } = file;
  if (file.size > mostBytes) {
    throw new CheckpointError(
      `${path} is over the limit of ${mostBytes / 2 ** 20} MB for an estimator; ${wayOut(path)}.`,
    );
  }
  refuseUnsuited(path, await file.read(0, Math.min(file.size, 8)));
  const bytes = await readLong(file, 0, file.size);
  const estimator = parse(bytes);
  await file.assertUnchanged();
  if (estimator.arrays.length === 0) {
    throw new CheckpointError(
      `${path} holds ${estimator.kind || "an object"} without arrays that can be read where they lie; ${wayOut(path)}.`,
    );
  }
  return checkpointOf(file, bytes, estimator);
}

/** The estimator in the bytes of a file. Throws `PickleError`. */
export function parse(bytes: Uint8Array): Estimator {
  const embedded = new Map<PickleObject, PickledArray | PickleValue>();
  let depth = 0;
  const afterBuild = (object: PickleObject, input: PickleInput): void => {
    if (object.calls !== joblibWrapper) return;
    const array = skipJoblibArray(object, input);
    if (array) {
      embedded.set(object, array);
      return;
    }
    // An array of objects follows as a pickle of its own.
    depth += 1;
    if (depth > deepestPickles) throw new PickleError("is nested too deeply");
    const inner = readPickle(bytes, input.at, afterBuild);
    depth -= 1;
    input.at = inner.end;
    embedded.set(object, inner.value);
  };
  return readEstimator(readPickle(bytes, 0, afterBuild).value, bytes, embedded);
}

function checkpointOf(file: SourceFile, bytes: Uint8Array, estimator: Estimator): Checkpoint {
  const { path } = file;
  const arrays = new Map(estimator.arrays.map((one) => [one.name, one]));
  const named = (name: string): NamedArray => {
    const array = arrays.get(name);
    if (!array) throw new CheckpointError(`${path} has no array ${name}; list its arrays with inspect.`);
    return array;
  };
  const shared = sharedNames(estimator.arrays);
  const classNames = classNamesOf(estimator.classes, bytes);
  return {
    path,
    format: "sklearn",
    ...(classNames && { classNames }),
    tensors: [...arrays.values()].map(({ name, array, auxiliary }) => ({
      name,
      shape: array.shape,
      type: array.element.type,
      bytes: elementCount(array.shape) * array.element.bytes,
      ...(auxiliary && { auxiliary }),
      ...(shared.has(name) && { sharedWith: shared.get(name) }),
    })),
    async read(name) {
      const values = await readView(file, floatView(path, named(name)));
      await file.assertUnchanged();
      return values;
    },
    async *bytesOf(name) {
      const { array } = named(name);
      const { bytes: itemBytes, littleEndian, kind } = array.element;
      const width = kind === "U" ? 4 : kind === "S" ? 1 : itemBytes;
      const view = { start: array.start, shape: array.shape, stride: strideOf(array), itemBytes };
      for await (const piece of viewBytes(file, view)) yield inLittleEndian(piece, width, littleEndian);
    },
    async writeCopy(target, replacements, writing) {
      const patches: Patch[] = await patchesFor(
        file,
        replacements.map((one) => replaced(path, named(one.name), one)),
      );
      await copyPatched(file, target, patches, writing);
    },
    close: () => file.close(),
  };
}

/** A pickle refers to one array from several attributes: what changes one changes them all. */
function sharedNames(arrays: readonly NamedArray[]): Map<string, string[]> {
  const filled = arrays.filter(({ array }) => elementCount(array.shape) > 0);
  const shared = new Map<string, string[]>();
  for (const group of groupBy(filled, ({ array }) => array.start).values()) {
    const names = group.map(({ name }) => name);
    if (names.length < 2) continue;
    for (const name of names) shared.set(name, names.filter((other) => other !== name).slice(0, mostShared));
  }
  return shared;
}

function replaced(path: string, named: NamedArray, replacement: TensorReplacement) {
  const view = floatView(path, named);
  return {
    view,
    encoded: encodeTensor(path, { ...view, name: named.name }, replacement, view.littleEndian),
  };
}

function floatView(path: string, { name, array }: NamedArray): FloatView {
  const { type, bytes, littleEndian } = array.element;
  if (!isFloatType(type)) {
    throw new CheckpointError(`${path} keeps ${name} as ${type}; a head is F16, F32 or F64.`);
  }
  const { shape, start } = array;
  return { type, shape, stride: strideOf(array), itemBytes: bytes, littleEndian, start };
}

/** In elements: rows one after another, or columns where numpy's order is F. */
function strideOf({ shape, order }: PickledArray): number[] {
  return shape.map((_, axis) => elementCount(order === "C" ? shape.slice(axis + 1) : shape.slice(0, axis)));
}

/** `classes_` as texts; null where they only count from 0. */
function classNamesOf(classes: Estimator["classes"], bytes: Uint8Array): readonly string[] | null {
  const names = classTexts(classes, bytes);
  return names?.some((name, k) => name !== String(k)) ? names : null;
}

/** null where they are not plain. */
function classTexts(classes: Estimator["classes"], bytes: Uint8Array): readonly string[] | null {
  if (classes === null || !("element" in classes)) return classes;
  const { element, shape, start } = classes;
  const [count = 0, ...more] = shape;
  if (more.length > 0 || count > mostClasses || !element.littleEndian) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, count * element.bytes);
  const at = (read: (offset: number) => number | bigint | string) =>
    Array.from({ length: count }, (_, k) => String(read(k * element.bytes)));
  switch (element.type) {
    case "I64":
      return at((offset) => view.getBigInt64(offset, true));
    case "I32":
      return at((offset) => view.getInt32(offset, true));
    case "BOOL":
      return at((offset) => (view.getUint8(offset) === 0 ? "False" : "True"));
    default:
      return element.kind === "U" ? at((offset) => textAt(view, offset, element.bytes)) : null;
  }
}

/** Text in UTF-32, filled up with zeros. */
function textAt(view: DataView, offset: number, bytes: number): string {
  let text = "";
  for (let at = offset; at < offset + bytes; at += 4) {
    const code = view.getUint32(at, true);
    if (code === 0) break;
    text += code < 0x110000 ? String.fromCodePoint(code) : "\ufffd";
  }
  return text;
}
