import { expect, test } from "vitest";
import { parseShare, shareHint, shareProblem } from "../../src/extension/shareInput.ts";

test.each<[string, number | null]>([
  ["9.5", 0.095],
  ["9,5 %", 0.095],
  ["0.9", 0.9],
  [".095", 0.095],
  ["0.9 %", 0.009],
  ["1", 0.01],
  ["1 %", 0.01],
  ["100", 1],
  ["0", 0],
  ["100.1", null],
  ["-3", null],
  ["ten", null],
  ["1e1", null],
  ["", null],
])("%j is %j", (text, share) => {
  expect(parseShare(text)).toBe(share);
  expect(shareProblem(text) === null).toBe(share !== null);
});

test("a number that may be meant otherwise is said as it is understood", () => {
  expect(shareHint("0.9")).toMatch(/^90\s%\. Write 0\.9 % for less/);
  for (const text of ["0.9 %", "9", "1", "0", "", "x"]) expect(shareHint(text)).toBeNull();
});
