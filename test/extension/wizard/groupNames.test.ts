import { expect, test } from "vitest";
import {
  byNumber,
  canBeNamed,
  groupsSetting,
  numberedAs,
  parseNames,
} from "../../../src/extension/wizard/groupNames.ts";

test.each<[string, unknown]>([
  ["dark skin, light skin", ["dark skin", "light skin"]],
  ["", null],
  [" , ", null],
  ["dark", "Give 2 names with commas between them, or none."],
  ["dark, light, other", "Give 2 names with commas between them, or none."],
  ["dark, ", "A name is empty."],
  ["dark, dark", "Two names are the same."],
])("reads %j", (text, expected) => {
  expect(parseNames(text, 2)).toEqual(expected);
});

test("groups that do not count from 0 are named by the numbers that they have", () => {
  expect(numberedAs([0, 1])).toBe("from 0");
  expect(numberedAs([1, 2])).toBe("1 and 2");
  expect(byNumber(["f", "m"], [0, 1])).toEqual(["f", "m"]);
  expect(byNumber(["f", "m"], [1, 2])).toEqual(["group 0", "f", "m"]);
  expect(byNumber(["a", "b"], [1, 3])).toEqual(["group 0", "a", "group 2", "b"]);
  expect([[], [-1, 1], [7, 5000]].map(canBeNamed)).toEqual([false, false, false]);
  expect(canBeNamed([1, 2])).toBe(true);
});

test("one attribute has a list, several a list each, and what nobody named is left out", () => {
  expect(groupsSetting(["groups"], [["a", "b"]])).toEqual({ groups: ["a", "b"] });
  expect(groupsSetting(["groups"], [null])).toEqual({});
  expect(
    groupsSetting(
      ["sex", "age"],
      [
        ["f", "m"],
        ["young", "old"],
      ],
    ),
  ).toEqual({
    groups: { sex: ["f", "m"], age: ["young", "old"] },
  });
  expect(groupsSetting(["sex", "age"], [["f", "m"], null])).toEqual({});
});
