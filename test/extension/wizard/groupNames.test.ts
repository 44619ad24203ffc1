import { expect, test } from "vitest";
import { groupsSetting, parseNames } from "../../../src/extension/wizard/groupNames.ts";

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
