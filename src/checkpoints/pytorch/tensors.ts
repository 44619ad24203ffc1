/** Recognises PyTorch's tensors among the records of a pickle (torch/_utils.py: the `_rebuild_*` functions). */
import { bytesPerElement } from "../../files/numbers.ts";
import type { TensorType } from "../checkpoint.ts";
import {
  entriesOf,
  itemsOf,
  PickleGlobal,
  PickleObject,
  PicklePersistent,
  type PickleValue,
} from "./pickleValues.ts";

/** A storage as the pickle names it. `elements` count elements of the storage's own type (bytes when it is untyped). */
export interface Storage {
  readonly key: string;
  readonly elements: number;
  readonly itemBytes: number;
  readonly type: TensorType;
}

/** A view of a storage: `offset` and `stride` count elements of `itemBytes` bytes. */
export interface View {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly type: TensorType;
  readonly itemBytes: number;
}

interface Element {
  readonly type: TensorType;
  readonly bytes: number;
}

const known = (type: TensorType): Element => ({ type, bytes: bytesPerElement(type) ?? 1 });
const other = (bytes: number): Element => ({ type: "OTHER", bytes });

const storageClasses = new Map<string, Element>([
  ["DoubleStorage", known("F64")],
  ["FloatStorage", known("F32")],
  ["HalfStorage", known("F16")],
  ["BFloat16Storage", known("BF16")],
  ["LongStorage", known("I64")],
  ["IntStorage", known("I32")],
  ["ShortStorage", known("I16")],
  ["CharStorage", known("I8")],
  ["ByteStorage", known("U8")],
  ["BoolStorage", known("BOOL")],
  ["ComplexFloatStorage", other(8)],
  ["ComplexDoubleStorage", other(16)],
  ["QInt8Storage", other(1)],
  ["QUInt8Storage", other(1)],
  ["QInt32Storage", other(4)],
  ["UntypedStorage", known("U8")],
]);

/** Types that have no storage class of their own: `_rebuild_tensor_v3` names them. */
const dtypes = new Map<string, Element>([
  ["torch.float64", known("F64")],
  ["torch.float32", known("F32")],
  ["torch.float16", known("F16")],
  ["torch.bfloat16", known("BF16")],
  ["torch.float8_e4m3fn", known("F8_E4M3")],
  ["torch.float8_e5m2", known("F8_E5M2")],
  ["torch.float8_e4m3fnuz", other(1)],
  ["torch.float8_e5m2fnuz", other(1)],
  ["torch.float8_e8m0fnu", other(1)],
  ["torch.uint64", known("U64")],
  ["torch.uint32", known("U32")],
  ["torch.uint16", known("U16")],
]);

/** Wrappers around a rebuilt tensor: the tensor itself is the first argument. */
const parameters = new Set(["torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"]);

/** A parameter of a subclass of a tensor is the deepest wrapping there is; a record may also wrap itself. */
const mostWrappers = 3;
const mostDimensions = 64;

/** The view that a record rebuilds; null when the record is not a tensor with elements of its own. */
export function asTensor(value: PickleValue | undefined, wrappers = 0): View | null {
  if (!(value instanceof PickleObject) || wrappers > mostWrappers) return null;
  const args = itemsOf(value.args);
  if (!args) return null;
  if (parameters.has(value.calls)) return asTensor(args[0], wrappers + 1);
  switch (value.calls) {
    case "torch._tensor._rebuild_from_type_v2":
      return asTensor(new PickleObject(args[0] ?? null, args[2] ?? null), wrappers + 1);
    case "torch._utils._rebuild_tensor":
      return asView(args, null);
    case "torch._utils._rebuild_tensor_v2":
      return asView(args, args[6]);
    case "torch._utils._rebuild_tensor_v3": {
      const dtype = args[6] instanceof PickleGlobal ? dtypes.get(args[6].fullName) : undefined;
      return dtype ? asView(args, args[7], dtype) : null;
    }
    case "torch._utils._rebuild_qtensor":
      return asView(args, null);
    default:
      return null;
  }
}

function asView(
  args: readonly PickleValue[],
  metadata: PickleValue | undefined,
  dtype?: Element,
): View | null {
  const storage = asStorage(args[0]);
  const offset = args[1];
  const shape = asSizes(args[2]);
  const stride = asSizes(args[3]);
  if (!storage || !isSize(offset) || !shape || !stride || shape.length !== stride.length) return null;
  return {
    storage,
    offset,
    shape,
    stride,
    itemBytes: dtype?.bytes ?? storage.itemBytes,
    // A lazily negated or conjugated view holds other numbers than its storage says.
    type: isLazy(metadata) ? "OTHER" : (dtype?.type ?? storage.type),
  };
}

function isLazy(metadata: PickleValue | undefined): boolean {
  const entries = entriesOf(metadata);
  return entries?.get("neg") === true || entries?.get("conj") === true;
}

/** ("storage", class, key, location, elements), and in stream files a view of the storage, which must be none. */
export function asStorage(value: PickleValue | undefined): Storage | null {
  if (!(value instanceof PicklePersistent)) return null;
  const [tag, type, key, , count, view] = itemsOf(value.id) ?? [];
  if (tag !== "storage" || !(type instanceof PickleGlobal) || typeof key !== "string" || !isSize(count))
    return null;
  const element = storageClasses.get(type.name);
  if (!element || (view !== undefined && view !== null)) return null;
  return { key, elements: count, itemBytes: element.bytes, type: element.type };
}

function asSizes(value: PickleValue | undefined): number[] | null {
  const isSizeObject = value instanceof PickleObject && value.calls === "torch.Size";
  const items = itemsOf(isSizeObject ? itemsOf(value.args)?.[0] : value);
  if (!items || items.length > mostDimensions) return null;
  const sizes: number[] = [];
  for (const item of items) {
    if (!isSize(item)) return null;
    sizes.push(item);
  }
  return sizes;
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
