/** Recognises numpy arrays among the records of a pickle, and where their numbers lie in the file. */
import { bytesPerElement, elementCount } from "../../files/numbers.ts";
import type { TensorType } from "../checkpoint.ts";
import type { PickleInput } from "../pytorch/pickleInput.ts";
import { entriesOf, itemsOf, PickleObject, type PickleValue } from "../pytorch/pickleValues.ts";

/** Elements of one type, as numpy's dtype says. */
export interface ElementType {
  readonly type: TensorType;
  readonly bytes: number;
  readonly littleEndian: boolean;
  /** numpy's letter for the kind: f, i, u, b, U, O... */
  readonly kind: string;
}

/** An array whose elements lie one after another in the file; `start` is their first byte there. `order`: numpy's C or F. */
export interface PickledArray {
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly order: "C" | "F";
  readonly start: number;
}

/** joblib's records of arrays whose bytes it writes behind them. */
export const joblibWrapper = "joblib.numpy_pickle.NumpyArrayWrapper";

const kinds: Readonly<Record<string, TensorType>> = {
  ...{ f2: "F16", f4: "F32", f8: "F64", b1: "BOOL" },
  ...{ i1: "I8", i2: "I16", i4: "I32", i8: "I64", u1: "U8", u2: "U16", u4: "U32", u8: "U64" },
};
const mostDimensions = 32;

/** The array that a record of numpy rebuilds; null for any other record, and where its numbers are not plain bytes of the file. */
export function asArray(value: PickleValue | undefined, bytes: Uint8Array): PickledArray | null {
  if (!(value instanceof PickleObject)) return null;
  const args = itemsOf(value.args) ?? [];
  if (/^numpy\.(_core|core)\.multiarray\._reconstruct$/.test(value.calls)) {
    const [, shape, dtype, isFortran, numbers] = itemsOf(value.state) ?? [];
    return within(bytes, numbers, { shape, dtype, order: isFortran === true ? "F" : "C" });
  }
  if (/^numpy\.(_core|core)\.numeric\._frombuffer$/.test(value.calls)) {
    const [numbers, dtype, shape, order] = args;
    return within(bytes, numbers, { shape, dtype, order: order === "F" ? "F" : "C" });
  }
  return null;
}

/** The elements of an array of objects that are texts: names of classes. */
export function textsOf(value: PickleValue | undefined): string[] | null {
  const numbers = value instanceof PickleObject ? itemsOf(value.state)?.[4] : undefined;
  const items = itemsOf(numbers);
  return items?.every((item) => typeof item === "string") ? (items as string[]) : null;
}

function within(
  file: Uint8Array,
  numbers: PickleValue | undefined,
  { shape, dtype, order }: { shape?: PickleValue; dtype?: PickleValue; order: "C" | "F" },
): PickledArray | null {
  const [sizes, element] = [sizesOf(shape), elementOf(dtype)];
  if (!(numbers instanceof Uint8Array) || !sizes || !element || numbers.buffer !== file.buffer) return null;
  if (elementCount(sizes) * element.bytes !== numbers.length) return null;
  return { shape: sizes, element, order, start: numbers.byteOffset - file.byteOffset };
}

/**
 * The array whose bytes joblib wrote behind its record: skips them. `input` stands right behind the record. Null where the elements
 * are objects, which follow as a pickle of their own.
 */
export function skipJoblibArray(wrapper: PickleObject, input: PickleInput): PickledArray | null {
  const state = entriesOf(wrapper.state);
  const [sizes, element] = [sizesOf(state?.get("shape")), elementOf(state?.get("dtype"))];
  if (!sizes || !element) return null;
  const aligned = state?.get("numpy_array_alignment_bytes");
  if (typeof aligned === "number") input.skip(input.u8());
  const start = input.skip(elementCount(sizes) * element.bytes);
  return { shape: sizes, element, order: state?.get("order") === "F" ? "F" : "C", start };
}

/** numpy.dtype("f8", False, True) with its state (3, "<", ...). */
function elementOf(value: PickleValue | undefined): ElementType | null {
  if (!(value instanceof PickleObject) || value.calls !== "numpy.dtype") return null;
  const name = itemsOf(value.args)?.[0];
  const size = typeof name === "string" ? /^([a-zA-Z])(\d{1,6})$/.exec(name) : null;
  if (!size || typeof name !== "string") return null;
  const [, kind = "", digits = ""] = size;
  if (kind === "O") return null;
  const littleEndian = itemsOf(value.state)?.[1] !== ">";
  const type = kinds[name] ?? "OTHER";
  const bytes = bytesPerElement(type) ?? Number(digits) * (kind === "U" ? 4 : 1);
  return { type, bytes, littleEndian, kind };
}

function sizesOf(value: PickleValue | undefined): readonly number[] | null {
  const items = itemsOf(value);
  if (!items || items.length > mostDimensions) return null;
  const isSize = (item: PickleValue): item is number =>
    typeof item === "number" && Number.isSafeInteger(item) && item >= 0;
  return items.every(isSize) && Number.isSafeInteger(elementCount(items)) ? items : null;
}
