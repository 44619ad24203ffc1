/** Patterns of files, matched without going back, whatever they are made of. */
import fc from "fast-check";
import picomatch from "picomatch";
import { expect, it } from "vitest";
import { globMatcher, splitGlob, textsMatcher } from "../../src/project/glob.ts";

it.each<[string, readonly string[], readonly string[]]>([
  ["*.pt", ["a.pt", "a.b.pt"], ["a.pth", "a/b.pt", ".a.pt", ".pt"]],
  ["**/*.pt", ["a.pt", "a/b.pt", "a/b/c.pt"], ["a.pth", ".cache/a.pt", "a/.b/c.pt", "a/.pt"]],
  ["**", ["a", "a/b"], [".a", "a/.b"]],
  ["run*/**", ["run1/a", "run1/a/b", "run1"], ["ran/a", "run1/.a"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]],
  ["epoch-??.pt", ["epoch-10.pt"], ["epoch-1.pt", "epoch-1/.pt"]],
  ["epoch-[0-9].pt", ["epoch-7.pt"], ["epoch-x.pt", "epoch-10.pt"]],
  ["[!a-c]x", ["dx"], ["ax", "cx", "/x"]],
  ["[]]", ["]"], ["[]]"]],
  ["{best,last}.pt", ["best.pt", "last.pt"], ["bestlast.pt", "{best,last}.pt"]],
  ["{runs/*,.}/a", ["runs/x/a", "./a"], ["runs/a"]],
  ["@(a|b).pt", ["a.pt", "b.pt"], ["ab.pt", ".pt"]],
  ["+(a|b).pt", ["a.pt", "abba.pt"], ["c.pt"]],
  ["v?(1).pt", ["v.pt", "v1.pt"], ["v11.pt"]],
  ["v*(1|2).pt", ["v.pt", "v1221.pt"], ["v3.pt"]],
  [".*", [".a"], ["a"]],
  ["a\\*b", ["a*b"], ["axb"]],
  ["[a", ["[a"], ["a"]],
  ["{a", ["{a"], ["a"]],
  ["(a)", ["(a)"], ["a"]],
  ["*🙂?", ["x🙂é"], ["x🙂"]],
])("%s", (glob, matching, others) => {
  const matches = globMatcher(glob);
  expect(matching.filter((path) => !matches(path))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

it("agrees with picomatch on stars, question marks, names and folders", () => {
  const piece = fc.constantFrom("a", "b", ".", "*", "?", "/", "/**/", "*.b");
  const character = fc.constantFrom("a", "b", ".", "/");
  // These two take `a*/**` without a folder, a name that ends in a dot, or two stars within a name (`**.b`), in different ways.
  const alike = (glob: string) =>
    !/^\/|\/\/|\/$|\*\*\*|\/\*\*$|\*\.\*|^\.\/|\/\.\/|[^/]\*\*|\*\*[^/]/.test(glob);
  const isPath = (path: string) => !/^\/|\/\/|\/$|(^|\/)\.\.?(\/|$)/.test(path);
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join("")),
      fc.array(character, { minLength: 1, maxLength: 7 }).map((characters) => characters.join("")),
      (glob, path) => {
        fc.pre(alike(glob) && isPath(path));
        expect(globMatcher(glob)(path)).toBe(picomatch(glob)(path));
      },
    ),
    { numRuns: 5_000 },
  );
});

it("splits off the folder that a glob begins with", () => {
  expect(splitGlob("a/b/*.pt")).toEqual({ base: "a/b/", pattern: "*.pt" });
  expect(splitGlob("a/b.pt")).toEqual({ base: "a/", pattern: "b.pt" });
  expect(splitGlob("**/b.pt")).toEqual({ base: "", pattern: "**/b.pt" });
  expect(splitGlob("/data/{a,b}/x")).toEqual({ base: "/data/", pattern: "{a,b}/x" });
});

it("finds texts in order within one name each", () => {
  const matches = textsMatcher(["/w/tuned/", ".selmix", ""]);
  expect(matches("/w/tuned/a.selmix.pt")).toBe(true);
  expect(matches("/w/tuned/.selmix")).toBe(true);
  expect(matches("/w/tuned/a/b.selmix.pt")).toBe(false);
  expect(matches("/w/tuned/a.pt")).toBe(false);
});

it.each([
  ["stars", "*a".repeat(30)],
  ["folders", `${"**/".repeat(30)}b`],
  ["repetitions of repetitions", `${"+(".repeat(30)}a${")".repeat(30)}b`],
  ["choices", `${"@(a|*)".repeat(15)}b`],
  ["braces", `${"{a,*}".repeat(15)}b`],
])("takes no longer for many %s", (_, glob) => {
  const started = process.cpuUsage();
  expect(globMatcher(glob)(`${"a".repeat(250)}c`)).toBe(false);
  const texts = textsMatcher(Array(30).fill("a"));
  expect(texts(`${"a".repeat(250)}c`)).toBe(false);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(1);
});
