/** Pickles of state_dicts for tests, opcode by opcode. */
import { fields } from "../../files/sparse.ts";

export const pickledText = (value: string) =>
  Buffer.concat([Buffer.from("X"), fields([4, value.length]), Buffer.from(value)]);
const integer = (value: number) => Buffer.concat([Uint8Array.of(0x8a, 8), fields([8, value])]);
const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const tuple = (...items: Uint8Array[]) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]);
const call = (name: Uint8Array, args: Uint8Array) => Buffer.concat([name, args, Buffer.from("R")]);

function tensor(key: string, type: string, shape: readonly number[]): Buffer {
  const sizeFrom = (place: number) => shape.slice(place).reduce((all, one) => all * one, 1);
  const id = tuple(
    pickledText("storage"),
    global("torch", type),
    pickledText(key),
    pickledText("cpu"),
    integer(sizeFrom(0)),
  );
  const storage = Buffer.concat([id, Buffer.from("Q")]);
  const view = [
    storage,
    integer(0),
    tuple(...shape.map(integer)),
    tuple(...shape.map((_, place) => integer(sizeFrom(place + 1)))),
  ];
  const hooks = call(global("collections", "OrderedDict"), Buffer.from(")"));
  return call(global("torch._utils", "_rebuild_tensor_v2"), tuple(...view, Uint8Array.of(0x89), hooks));
}

/** A state_dict of tensors by name, each in a storage of its own: "0", "1", ... */
export function pickledState(
  tensors: readonly (readonly [name: string, type: string, shape: readonly number[]])[],
): Buffer {
  const entries = tensors.flatMap(([name, type, shape], i) => [
    pickledText(name),
    tensor(`${i}`, type, shape),
  ]);
  return Buffer.concat([Uint8Array.of(0x80, 2), Buffer.from("}("), ...entries, Buffer.from("u.")]);
}
