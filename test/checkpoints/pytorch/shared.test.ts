/** Small pickles whose records are reached in millions of ways: the work follows their size, not the number of ways. */
import { expect, test } from "vitest";
import { findTensors } from "../../../src/checkpoints/pytorch/contents.ts";
import { readPickle } from "../../../src/checkpoints/pytorch/pickle.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const text = (value: string) => Buffer.concat([latin1("X"), uint32(value.length), latin1(value)]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const int = (value: number) => Buffer.concat([latin1("J"), uint32(value)]);
const store = (slot: number) => Buffer.concat([latin1("r"), uint32(slot)]);
const recall = (slot: number) => Buffer.concat([latin1("j"), uint32(slot)]);
const join = (...parts: readonly Buffer[]) => Buffer.concat(parts);
const times = (count: number, part: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => part(i)));

/** {0: value, 1: value, ...} */
const dictOf = (count: number, value: Buffer) =>
  join(
    latin1("}("),
    times(count, (i) => join(int(i), value)),
    latin1("u"),
  );

const storage = join(
  latin1("(X"),
  uint32(7),
  latin1("storagectorch\nFloatStorage\n"),
  text("0"),
  text("cpu"),
  int(4),
  latin1("tQ"),
);
const tensor = join(
  latin1("ctorch._utils\n_rebuild_tensor_v2\n("),
  storage,
  int(0),
  int(2),
  latin1("\x85"),
  int(1),
  latin1("\x85\x89}tR"),
);

function namesIn(pickle: Buffer): string[] {
  const started = process.cpuUsage();
  const names = findTensors(readPickle(pickle).value).map(({ name }) => name);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6, "seconds of a processor").toBeLessThan(4);
  return names;
}

const proto = latin1("\x80\x02");
const count = 30_000;

test("a dictionary in a dictionary in a dictionary, each reference to the same one", () => {
  const inner = join(dictOf(count, latin1("N")), store(0), latin1("0"));
  const middle = join(dictOf(count, recall(0)), store(1), latin1("0"));
  expect(namesIn(join(proto, inner, middle, dictOf(count, recall(1)), latin1(".")))).toEqual([]);
});

test("Python 2's ordered dictionaries, shared", () => {
  const pairs = join(
    latin1("]("),
    times(count, (i) => join(int(i), latin1("N\x86"))),
    latin1("e"),
  );
  const inner = join(latin1("ccollections\nOrderedDict\n"), pairs, latin1("\x85R"), store(0), latin1("0"));
  const middle = join(dictOf(count, recall(0)), store(1), latin1("0"));
  expect(namesIn(join(proto, inner, middle, dictOf(count, recall(1)), latin1(".")))).toEqual([]);
});

test("metadata and sizes that many tensors share", () => {
  const long = (slot: number) => join(dictOf(count, latin1("N")), store(slot), latin1("0"));
  const shape = join(
    latin1("("),
    times(count, () => int(1)),
    latin1("t"),
    store(1),
    latin1("0"),
  );
  const made = (sizes: Buffer) =>
    join(
      latin1("ctorch._utils\n_rebuild_tensor_v2\n("),
      recall(2),
      int(0),
      sizes,
      sizes,
      latin1("\x89"),
      recall(0),
      recall(0),
      latin1("tR"),
    );
  const many = join(
    latin1("("),
    times(20_000, (i) => join(int(i), made(recall(1)))),
    latin1("u"),
  );
  const one = join(text("w"), made(latin1(")")), latin1("s"));
  const pickle = join(proto, long(0), shape, storage, store(2), latin1("0}"), many, one, latin1("."));
  expect(namesIn(pickle)).toEqual(["w"]);
});

test("a parameter around a parameter, two hundred thousand deep, and one around itself", () => {
  const wrap = "ctorch._utils\n_rebuild_parameter\n";
  const deep = 200_000;
  const layers = join(
    latin1(wrap),
    store(0),
    latin1("0"),
    tensor,
    times(deep, () => join(store(1), latin1("0"), recall(0), recall(1), latin1("\x85R"))),
  );
  expect(namesIn(join(proto, latin1("}"), text("w"), layers, latin1("s.")))).toEqual([]);
  const around = join(
    latin1(wrap),
    latin1("]"),
    store(0),
    latin1("R"),
    store(1),
    latin1("0"),
    recall(0),
    recall(1),
    latin1("a0"),
  );
  expect(namesIn(join(proto, around, latin1("}"), text("w"), recall(1), latin1("s.")))).toEqual([]);
  const plain = join(latin1(wrap), latin1("("), tensor, latin1("\x89}tR"));
  expect(namesIn(join(proto, latin1("}"), text("w"), plain, latin1("s.")))).toEqual(["w"]);
});

test("one name in a thousand ways is counted up", () => {
  const leaf = join(latin1("}"), text("c"), recall(0), latin1("s"));
  const list = join(
    latin1("]("),
    times(1000, () => join(latin1("}"), text("a.b"), leaf, latin1("s"))),
    latin1("e"),
  );
  const twice = join(
    latin1("}("),
    text("a"),
    latin1("}"),
    text("b"),
    leaf,
    latin1("s"),
    text("a.b"),
    leaf,
    text("a.b.c"),
    recall(0),
    latin1("u"),
  );
  expect(namesIn(join(proto, tensor, store(0), latin1("0"), twice, latin1(".")))).toEqual([
    "a.b.c",
    "a.b.c (2)",
    "a.b.c (3)",
  ]);
  expect(new Set(namesIn(join(proto, tensor, store(0), latin1("0"), list, latin1(".")))).size).toBe(1000);
});
