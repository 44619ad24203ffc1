import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfTable, toBfloat, toHalf } from "../../src/files/float16.ts";
import {
  bytesPerElement,
  decodeFloats,
  decodeIntegers,
  encodeFloats,
  type FloatType,
} from "../../src/files/numbers.ts";

function decode(type: FloatType, bytes: Uint8Array, count: number, littleEndian = true): Float32Array {
  const target = new Float32Array(count + 1);
  decodeFloats(type, bytes, count, target, 1, littleEndian);
  return target.subarray(1);
}

describe("half precision", () => {
  it("gives back every half that is a number", () => {
    const table = halfTable();
    for (let bits = 0; bits < 0x10000; bits += 1) {
      const value = table[bits] ?? Number.NaN;
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  it("rounds to the nearest half, ties to even", () => {
    const table = halfTable();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7bfe }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bits, share) => {
          const low = table[bits] ?? 0;
          const high = table[bits + 1] ?? 0;
          const value = Math.fround(low + (high - low) * share);
          const middle = (low + high) / 2;
          const even = bits % 2 === 0 ? bits : bits + 1;
          const expected = value < middle ? bits : value > middle ? bits + 1 : even;
          expect(toHalf(value)).toBe(expected);
          expect(toHalf(-value)).toBe(expected | 0x8000);
        },
      ),
    );
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(65519)).toBe(0x7bff);
    expect(table[toHalf(Number.NaN)]).toBeNaN();
  });

  it("rounds bfloat16 to the nearest, ties to even", () => {
    expect(toBfloat(1)).toBe(0x3f80);
    expect(toBfloat(1 + 2 ** -8)).toBe(0x3f80);
    expect(toBfloat(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(toBfloat(Number.POSITIVE_INFINITY)).toBe(0x7f80);
    expect(toBfloat(Number.NaN) & 0x7fff).toBeGreaterThan(0x7f80);
  });
});

describe("stored numbers", () => {
  it("survive encoding and decoding at any alignment and byte order", () => {
    const value = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 16);
    const type = fc.constantFrom<FloatType>("F16", "BF16", "F32", "F64");
    fc.assert(
      fc.property(
        fc.array(value),
        type,
        fc.boolean(),
        fc.nat({ max: 3 }),
        (list, kind, littleEndian, shift) => {
          const exact = kind === "BF16" ? list.map((n) => Math.trunc(n) & 0x7f) : list;
          const bytes = encodeFloats(kind, Float32Array.from(exact), littleEndian);
          expect(bytes.length).toBe(exact.length * (bytesPerElement(kind) ?? 0));
          const shifted = new Uint8Array(bytes.length + shift + 3);
          shifted.set(bytes, shift);
          const back = decode(kind, shifted.subarray(shift), exact.length, littleEndian);
          expect([...back]).toEqual(exact.map((n) => n + 0));
        },
      ),
    );
  });

  it("are refused when they would be saved as infinity or NaN", () => {
    expect(() => encodeFloats("F16", Float32Array.of(1, 70000))).toThrow(/element 1 is 70000/);
    expect(() => encodeFloats("F32", Float32Array.of(Number.NaN))).toThrow(/element 0 is NaN/);
  });

  it("are integers of any width that int32 can hold", () => {
    const bytes = new Uint8Array(new BigInt64Array([5n, -1n]).buffer);
    expect([...decodeIntegers("I64", bytes, 2)]).toEqual([5, -1]);
    expect(() => decodeIntegers("U64", bytes, 2)).toThrow(/element 1/);
    expect([...decodeIntegers("U8", Uint8Array.of(255), 1)]).toEqual([255]);
    expect([...decodeIntegers("I16", Uint8Array.of(1, 0), 1, false)]).toEqual([256]);
  });
});
