/** Tensors that are views of others, whatever their strides say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  areInterleaved,
  isContiguous,
  isInjective,
  places,
  spanOf,
} from "../../../src/checkpoints/pytorch/strided.ts";

const layout = fc
  .array(fc.record({ size: fc.integer({ min: 0, max: 4 }), step: fc.integer({ min: 0, max: 12 }) }), {
    maxLength: 4,
  })
  .map((axes) => ({ shape: axes.map(({ size }) => size), stride: axes.map(({ step }) => step) }));

/** Places by their definition: the sum over the axes of index times stride. */
function placesByDefinition(shape: readonly number[], stride: readonly number[], start = 0): number[] {
  const [size, ...rest] = shape;
  if (size === undefined) return [start];
  return Array.from({ length: size }, (_, i) =>
    placesByDefinition(rest, stride.slice(1), start + i * (stride[0] ?? 0)),
  ).flat();
}

test("elements lie where their indices and strides say, within the span", () => {
  fc.assert(
    fc.property(layout, (view) => {
      const all = [...places(view)];
      expect(all).toEqual(placesByDefinition(view.shape, view.stride));
      expect(spanOf(view)).toBe(all.length === 0 ? 0 : Math.max(...all) + 1);
      if (isContiguous(view)) expect(all).toEqual(all.map((_, i) => i));
      if (isInjective(view)) expect(new Set(all).size).toBe(all.length);
    }),
  );
});

test("transposed matrices are injective, expanded ones are not", () => {
  expect(isInjective({ shape: [3, 4], stride: [1, 3] })).toBe(true);
  expect(isInjective({ shape: [3, 4], stride: [0, 1] })).toBe(false);
  expect(isInjective({ shape: [1, 4], stride: [0, 1] })).toBe(true);
});

test("views that are told to lie between each other's elements share none", () => {
  const placed = fc.tuple(layout, fc.nat(12)).map(([view, start]) => ({ ...view, start }));
  let interleaved = 0;
  fc.assert(
    fc.property(placed, placed, (a, b) => {
      if (!areInterleaved(a, b)) return;
      interleaved += 1;
      const own = new Set(placesByDefinition(a.shape, a.stride, a.start));
      expect(placesByDefinition(b.shape, b.stride, b.start).some((place) => own.has(place))).toBe(false);
    }),
    { numRuns: 2000, seed: 0 },
  );
  expect(interleaved).toBeGreaterThan(100);
});

test("columns of one matrix are told apart, and columns that overlap are not", () => {
  const columns = (start: number, count: number) => ({ shape: [3, count], stride: [7, 1], start });
  expect(areInterleaved(columns(0, 6), { shape: [3], stride: [7], start: 6 })).toBe(true);
  expect(areInterleaved({ shape: [6, 3], stride: [1, 7], start: 1 }, columns(0, 1))).toBe(true);
  expect(areInterleaved(columns(0, 6), columns(5, 2))).toBe(false);
  expect(areInterleaved(columns(0, 7), columns(0, 7))).toBe(false);
});
