/** docs/method.md and the source's comments speak of the same sections and formulas. */
import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync("docs/method.md", "utf8");
const equations = [...page.matchAll(/\\tag\{(\d+)\}/g)].map((match) => Number(match[1]));
const sections = [...page.matchAll(/^##+ (\d+(?:\.\d+)?)\.? /gm)].map((match) => match[1]);

/** "eq. (18) to (20)" as [18, 19, 20], "eq. (1) and (2)" as [1, 2]. */
function numbersIn(cited: string): number[] {
  const [first = 0, last = first] = [...cited.matchAll(/\((\d+)\)/g)].map((match) => Number(match[1]));
  return cited.includes(" to ")
    ? Array.from({ length: last - first + 1 }, (_unused, at) => first + at)
    : [...new Set([first, last])];
}

const code = globSync("src/**/*.ts").map((file) => ({
  file,
  text: readFileSync(file, "utf8").replaceAll(/\n\s*\*\s/g, " "),
}));
const mentions = code.flatMap(({ file, text }) =>
  [...text.matchAll(/method\.md[^\n]{0,40}/g)].map(([mention]) => ({ file, mention })),
);
const cited = /^method\.md, (?:eq\. (\(\d+\)(?: (?:to|and) \(\d+\))?)|section (\d+(?:\.\d+)?))/;

it("numbers its formulas and sections without a gap", () => {
  expect(equations).toEqual(equations.map((_unused, at) => at + 1));
  const chapters = sections.filter((section) => !section.includes("."));
  expect(chapters).toEqual(chapters.map((_unused, at) => String(at + 1)));
  for (const chapter of chapters) {
    const parts = sections.filter((section) => section.startsWith(`${chapter}.`));
    expect(parts).toEqual(parts.map((_unused, at) => `${chapter}.${at + 1}`));
  }
});

it("is cited by numbers that it has", () => {
  expect(mentions.filter(({ mention }) => !cited.test(mention))).toEqual([]);
  const gone = mentions.filter(({ mention }) => {
    const [, formulas, section] = cited.exec(mention) ?? [];
    return formulas === undefined
      ? !sections.includes(section ?? "")
      : numbersIn(formulas).some((number) => !equations.includes(number));
  });
  expect(gone).toEqual([]);
});

it("has no formula that the code does not cite where it computes it", () => {
  const known = new Set(mentions.flatMap(({ mention }) => numbersIn(cited.exec(mention)?.[1] ?? "")));
  expect(equations.filter((number) => !known.has(number))).toEqual([]);
});

it("speaks of formulas of its own by numbers that it has", () => {
  const prose = page.replaceAll(/\$\$[^$]*\$\$/g, "").replaceAll(/\$[^$\n]*\$/g, "");
  const spoken = [...prose.matchAll(/(?<!\w)\((\d{1,3})\)/g)].map((match) => Number(match[1]));
  expect(spoken.length).toBeGreaterThan(20);
  expect(spoken.filter((number) => !equations.includes(number))).toEqual([]);
});
