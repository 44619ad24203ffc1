import fc from "fast-check";
import { expect, test } from "vitest";
import { isContiguous, isInjective, places, spanOf } from "../../../src/checkpoints/pytorch/strided.ts";

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
