/** The pages lead somewhere: links, commands and scripts in them exist. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { anchorOf } from "../site/pages.ts";
import { commands } from "../src/cli/commandTable.ts";
import { commandReference } from "../src/cli/reference.ts";
import { pages, typedCommands } from "./support/typedCommands.ts";

/** `policy` starts by itself, before the table is read: a training loop waits for it. */
const known = [...Object.keys(commands), "policy"];

const headingsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]));

function isBroken(page: string, link: string): boolean {
  const [file, anchor] = link.split("#");
  const target = file === "" ? page : path.join(path.dirname(page), file);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !headingsOf(target).includes(anchor);
}

it.each(pages)("%s has no link that leads nowhere", (page) => {
  const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]);
  const own = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(own.filter((link) => isBroken(page, link))).toEqual([]);
});

it.each(pages)("%s names scripts and commands that there are", (page) => {
  const text = readFileSync(page, "utf8");
  const run = [...text.matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1]);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
  // In code: "selmix is ..." is a sentence.
  const typed = [...text.matchAll(/(?:`|^ {4})selmix ([a-z]+)\b/gm)].map((match) => match[1]);
  expect(typed.filter((name) => !known.includes(name))).toEqual([]);
});

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

/** The files that are run by an npm script's name. */
const filesOf = (script: string) => (scripts[script] ?? "").match(/\S+\.ts\b/g) ?? [];
const suites = [...readFileSync("scripts/test.ts", "utf8").matchAll(/name: "(\w+)"/g)].map(
  ([, name]) => name,
);

it("hands scripts what they take", () => {
  const handed = typedCommands("npm").filter(({ line }) => line.includes(" -- "));
  expect(handed.length).toBeGreaterThan(5);
  const wrong = handed.filter(({ line, words }) => {
    const given = words.slice(words.indexOf("--") + 1);
    if (words[1] === "test") return given.some((suite) => !suites.includes(suite));
    const sources = filesOf(words[2] ?? "").map((file) => readFileSync(file, "utf8"));
    const flags = [...line.matchAll(/--([a-z][\w-]*)/g)].map(([, flag = ""]) => flag);
    return flags.some(
      (flag) => !sources.some((text) => new RegExp(`--${flag}\\b|["']?${flag}["']?: \\{`).test(text)),
    );
  });
  expect(wrong).toEqual([]);
});

it("names files to run that there are", () => {
  const files = typedCommands("node|npx vitest run|python").flatMap(({ page, words }) =>
    words.filter((word) => /\/.*\.(ts|py)$/.test(word)).map((file) => ({ page, file })),
  );
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter(({ file }) => !existsSync(file))).toEqual([]);
});

it("explains messages that there are", () => {
  const source = globSync("src/**/*.ts").map((file) => readFileSync(file, "utf8"));
  const explained = [...readFileSync("docs/troubleshooting.md", "utf8").matchAll(/^### (.+)$/gm)];
  expect(explained.length).toBeGreaterThan(10);
  const gone = explained
    .map((match) => match[1])
    .filter((message) => !source.some((text) => text.includes(message)));
  expect(gone).toEqual([]);
});

it("leads from its index to every page", () => {
  const index = readFileSync("docs/README.md", "utf8");
  const pages = globSync("docs/*.md").map((file) => path.basename(file));
  expect(pages.filter((page) => page !== "README.md" && !index.includes(`(${page})`))).toEqual([]);
});

it("says of every decision when it was made and what would change it", () => {
  const index = readFileSync("docs/decisions/README.md", "utf8");
  const decisions = globSync("docs/decisions/*.md").filter((file) => !file.endsWith("README.md"));
  expect(decisions.length).toBeGreaterThan(5);
  for (const file of decisions) {
    expect(index).toContain(`(${path.basename(file)})`);
    expect(readFileSync(file, "utf8"), file).toMatch(
      /^# .+\n\n20\d\d-\d\d-\d\d\. [\s\S]+^Would change it: /m,
    );
  }
});

it("has a current reference of the command line (npm run schema)", () => {
  expect(readFileSync("docs/command-line.md", "utf8")).toBe(commandReference());
});
