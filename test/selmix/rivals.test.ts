/** The best rival of each label under many offsets at once: the same numbers as under each of them by itself. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { rivalsIn, rivalsUnder } from "../../src/selmix/steering/rivals.ts";

/** Numbers of a few values, so that many are equal. */
const coarse = fc.integer({ min: -6, max: 6 }).map((value) => value / 2);

const cases = fc
  .tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 1, max: 6 }))
  .chain(([classes, rows]) =>
    fc.record({
      logits: fc.array(coarse, { minLength: rows * classes, maxLength: rows * classes }),
      labels: fc.array(fc.integer({ min: 0, max: classes - 1 }), {
        minLength: rows + 2,
        maxLength: rows + 2,
      }),
      offsets: fc.array(fc.array(coarse, { minLength: classes, maxLength: classes }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  );

test("rivals under several offsets are those under each", () => {
  fc.assert(
    fc.property(cases, ({ logits, labels, offsets }) => {
      const all = Float32Array.from(logits);
      const labelOf = Int32Array.from(labels);
      const shifts = offsets.map((shift) => Float32Array.from(shift));
      const each = shifts.map((shift) => rivalsIn(all, labelOf, 2, shift.length, shift));
      expect(rivalsUnder(all, labelOf, 2, shifts)).toEqual(each);
    }),
    { numRuns: 500 },
  );
});
