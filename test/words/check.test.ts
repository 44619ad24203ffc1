/** What checks come to: everything that nobody may rely on is counted. */
import { expect, it } from "vitest";
import type { VerdictStatus } from "../../src/protocol/records.ts";
import { allPass, type Check, checksText } from "../../src/words/check.ts";

const check = (status: VerdictStatus): Check => ({ about: "bound", name: "n", status, sentence: "s" });

it.each<[VerdictStatus, string]>([
  ["missed", "1 missed"],
  ["notJudged", "1 not judged"],
  ["notProvable", "1 not provable"],
  ["notProved", "1 holds, not proved"],
])("a bound that is %s does not pass, and is told of", (status, told) => {
  const checks = [check("holds"), check("proved"), check(status)];
  expect(checksText(checks)).toBe(`2 of 3 checks pass; ${told}`);
  expect(allPass(checks)).toBe(false);
});

it("what holds or is proved passes", () => {
  expect(checksText([check("holds"), check("proved")])).toBe("2 of 2 checks pass");
});
