import fc from "fast-check";
import { expect, it } from "vitest";
import { Places, thinLine } from "../../src/webview/pictures/thin.ts";

/** Without -0, which no picture tells from 0. */
const value = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((y) => y + 0);
const values = fc.array(value, { minLength: 1, maxLength: 400 });

/** Points of a line over a plot 50 pixels wide. */
const lineOf = (ys: readonly number[]) => ys.flatMap((y, at) => [(50 * at) / ys.length, y]);
const pairs = (line: readonly number[]) =>
  Array.from({ length: line.length / 2 }, (_unused, at) => [line[2 * at], line[2 * at + 1]]);

it("a thinned line has points of the line, in their order, with its ends and its extremes", () => {
  fc.assert(
    fc.property(values, (ys) => {
      const line = lineOf(ys);
      const thin = thinLine(line);
      const places = pairs(line).map((point) => point.join());
      const at = pairs(thin).map((point) => places.indexOf(point.join()));
      expect(at.every((place, index) => place >= 0 && (index === 0 || place > (at[index - 1] ?? 0)))).toBe(
        true,
      );
      expect([at[0], at.at(-1)]).toEqual([0, places.length - 1]);
      const kept = pairs(thin).map(([, y]) => y ?? 0);
      expect(Math.min(...kept)).toBe(Math.min(...ys));
      expect(Math.max(...kept)).toBe(Math.max(...ys));
    }),
  );
});

it("a thinned line has no more points than its plot can show", () => {
  const line = lineOf(Array.from({ length: 5000 }, (_unused, at) => Math.sin(at)));
  expect(pairs(thinLine(line)).length).toBeLessThanOrEqual(2 * 25 + 2);
});

it("a mark is left out only where one of its kind is already", () => {
  const places = new Places();
  expect(places.take("circle", 10, 10)).toBe(true);
  expect(places.take("circle", 10.4, 10.4)).toBe(false);
  expect(places.take("square", 10, 10)).toBe(true);
  expect(places.take("circle", 14, 10)).toBe(true);
});
