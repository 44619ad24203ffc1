/** Errors that nobody wrote for the user become a sentence all the same. */
import { expect, test } from "vitest";
import { errorSentence } from "../../src/engine/errors.ts";

test.each([
  ["numbers", () => new Float32Array(2 ** 45)],
  ["bytes", () => new ArrayBuffer(2 ** 50)],
  ["an array", () => new Array(2 ** 33)],
])("memory that cannot be had for %s", (_, allocate) => {
  let told = "";
  try {
    allocate();
  } catch (error) {
    told = errorSentence(error);
  }
  expect(told).toMatch(/^There is not enough memory .*; use fewer/);
});
