/** Pickles are data: nothing that they name is looked up or called. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPickle } from "../../../src/checkpoints/pytorch/pickle.ts";
import { PickleError } from "../../../src/checkpoints/pytorch/pickleInput.ts";
import {
  entriesOf,
  itemsOf,
  PickleDict,
  PickleGlobal,
  PickleObject,
  type PickleValue,
} from "../../../src/checkpoints/pytorch/pickleValues.ts";

/** Bytes of a pickle from text (latin1) and bytes. */
function pickle(...parts: (string | number[])[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  );
}

test.each<[string, Uint8Array, PickleValue]>([
  ["BININT is signed", pickle("J", [0xff, 0xff, 0xff, 0xff], "."), -1],
  ["BININT1 is not", pickle("K", [0xff], "."), 255],
  ["BININT2", pickle("M", [1, 2], "."), 513],
  ["LONG1 of no bytes is zero", pickle([0x8a, 0], "."), 0],
  ["LONG1 of 0xff is minus one", pickle([0x8a, 1, 0xff], "."), -1],
  ["LONG1 of 0x80 is -128", pickle([0x8a, 1, 0x80], "."), -128],
  ["LONG1 with a sign byte is 255", pickle([0x8a, 2, 0xff, 0], "."), 255],
  ["LONG1 beyond doubles is exact", pickle([0x8a, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1], "."), 2n ** 64n + 1n],
  ["LONG4", pickle([0x8b, 2, 0, 0, 0, 0, 0xff], "."), -256],
  ["BINFLOAT is big-endian", pickle("G", [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "."), 1.5],
  ["None", pickle("N."), null],
  ["True", pickle([0x88], "."), true],
  ["text is UTF-8", pickle("X", [2, 0, 0, 0, 0xc3, 0xa9], "."), "é"],
  ["old text is bytes", pickle("U", [2, 0xc3, 0xa9], "."), "Ã©"],
  ["eight-byte lengths", pickle([0x8d, 2, 0, 0, 0, 0, 0, 0, 0], "ab."), "ab"],
  ["memo by number", pickle("K", [7], "q", [3], "0h", [3], "."), 7],
  ["memo by order", pickle("K", [7], [0x94], "K", [8], [0x94], "00h", [1], "."), 8],
  ["frames", pickle([0x80, 4, 0x95, 3, 0, 0, 0, 0, 0, 0, 0], "K", [7], "."), 7],
  ["DUP and POP", pickle("K", [1], "20."), 1],
  ["POP removes a mark too", pickle("K", [1], "(0."), 1],
  ["POP_MARK", pickle("K", [1], "(NN1."), 1],
])("%s", (_, bytes, value) => {
  expect(readPickle(bytes).value).toEqual(value);
});

test("containers hold what was put in, whatever their keys are called", () => {
  const { value } = readPickle(pickle("}(X", [9, 0, 0, 0], "__proto__](K", [1], "K", [2], "eK", [3], ")u."));
  expect(value).toBeInstanceOf(PickleDict);
  const entries = new Map(entriesOf(value));
  expect(itemsOf(entries.get("__proto__"))).toEqual([1, 2]);
  expect(itemsOf(entries.get(3))).toEqual([]);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

test("a call is a record, never made", () => {
  const { value } = readPickle(pickle("cos\nsystem\n(X", [8, 0, 0, 0], "rm -rf /tR."));
  if (!(value instanceof PickleObject)) throw new Error("not an object");
  expect(value.callable).toEqual(new PickleGlobal("os", "system"));
  expect(itemsOf(value.args)).toEqual(["rm -rf /"]);
});

test("OrderedDict has entries in both spellings", () => {
  const dict = "ccollections\nOrderedDict\n";
  const now = readPickle(pickle(dict, ")R(K", [1], "K", [2], "u.")).value;
  const then = readPickle(pickle(dict, "](](K", [1], "K", [2], "ee", [0x85], "R.")).value;
  expect([...(entriesOf(now) ?? [])]).toEqual([[1, 2]]);
  expect([...(entriesOf(then) ?? [])]).toEqual([[1, 2]]);
});

test.each([
  ["an empty stack", pickle(".")],
  ["a value below a mark", pickle("N(.")],
  ["a missing mark", pickle("Nt.")],
  ["a memo never stored", pickle("h", [0], ".")],
  ["a key without a value", pickle("}(Nu.")],
  ["state for a number", pickle("K", [1], "Nb.")],
  ["items of a number", pickle("K", [1], "Na.")],
  ["a global named by a number", pickle("K", [1], "K", [1], [0x93], ".")],
  ["protocol 0 text", pickle("I1\n.")],
  ["a later protocol", pickle([0x80, 6], "N.")],
  ["the extension registry", pickle([0x82, 1], ".")],
  ["out-of-band buffers", pickle([0x97], ".")],
  ["a name without an end", pickle("c", "a".repeat(9000))],
  ["an integer of a kilobyte", pickle([0x8b, 0, 4, 0, 0], "a".repeat(1024), ".")],
  ["a length no file has", pickle([0x8e], [255, 255, 255, 255, 255, 255, 255, 127], ".")],
  ["too many marks", pickle("(".repeat(20_000))],
])("%s is refused", (_, bytes) => {
  expect(() => readPickle(bytes)).toThrow(PickleError);
});

test("an end inside a value says that more bytes might help", () => {
  for (const bytes of [pickle("X", [5, 0, 0, 0], "ab"), pickle("K"), pickle(""), pickle("cos\nsys")]) {
    try {
      readPickle(bytes);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(PickleError);
      expect(error).toHaveProperty("truncated", true);
    }
  }
});

test("whatever the bytes, there is a value or a PickleError", () => {
  const opcodes = [..."NKJMX]()}tlduaesbRcoQqhrj20(1G"].map((letter) => letter.charCodeAt(0));
  const bytes = fc.array(fc.oneof(fc.constantFrom(...opcodes), fc.nat(255)), { maxLength: 200 });
  fc.assert(
    fc.property(bytes, (program) => {
      try {
        readPickle(Uint8Array.from([...program, 0x2e]));
      } catch (error) {
        expect(error).toBeInstanceOf(PickleError);
      }
    }),
    { numRuns: 3000 },
  );
});
