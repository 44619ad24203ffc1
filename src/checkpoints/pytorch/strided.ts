/** Strided views over bytes: where the elements of a tensor lie, and how they move in and out of row-major order. */

import { elementCount } from "../../files/numbers.ts";

export interface Layout {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Elements from the first to just after the last one that the view touches. */
export function spanOf({ shape, stride }: Layout): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, axis) => span + (size - 1) * (stride[axis] ?? 0), 1);
}

/** Whether row-major order is the order in storage. */
export function isContiguous({ shape, stride }: Layout): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && stride[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** Whether no two elements can share a place: with axes by falling stride, each steps over all that lies below it. */
export function isInjective({ shape, stride }: Layout): boolean {
  const axes = shape.map((size, axis) => ({ size, step: stride[axis] ?? 0 })).filter(({ size }) => size > 1);
  axes.sort((a, b) => a.step - b.step);
  let reach = 0;
  for (const { size, step } of axes) {
    if (step <= reach) return false;
    reach += (size - 1) * step;
  }
  return true;
}

/**
 * Whether two views of one storage lie between each other's elements, as the columns of a matrix do: by a stride of theirs within
 * which each keeps to places of its own. False when that cannot be told. `start` counts elements of the storage.
 */
export function areInterleaved(
  a: Layout & { readonly start: number },
  b: Layout & { readonly start: number },
): boolean {
  const strides = [...a.stride, ...b.stride].filter((stride) => stride > 1);
  return strides.some((period) => {
    const [widthA, widthB] = [widthWithin(a, period), widthWithin(b, period)];
    const distance = (from: number, to: number) => (((to - from) % period) + period) % period;
    return distance(a.start, b.start) >= widthA && distance(b.start, a.start) >= widthB;
  });
}

/** Places that a view touches in each `period`, from its first element on, with those that it leaves out between. */
function widthWithin({ shape, stride }: Layout, period: number): number {
  const inner = stride.map((step) => (step % period === 0 ? 0 : step));
  return spanOf({ shape, stride: inner });
}

/** Places of the elements in row-major order, counted from the first element of the view. */
export function* places({ shape, stride }: Layout): Generator<number> {
  const index = shape.map(() => 0);
  const count = elementCount(shape);
  let place = 0;
  for (let done = 0; done < count; done++) {
    yield place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = stride[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        place += step;
        break;
      }
      index[axis] = 0;
      place -= (next - 1) * step;
    }
  }
}
