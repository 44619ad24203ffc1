/** Folders that are watched, links in circles and out of the workspace included. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { isLoop, mayHold, watchRoots } from "../../src/watching/folders.ts";

const root = path.resolve("/work space/project");
const at = (file: string) => path.resolve(root, file);

test.each([
  ["checkpoints", 0, "checkpoints", true],
  ["checkpoints", 0, ".", true],
  ["checkpoints", 0, "data", false],
  ["checkpoints", 0, "checkpoints/deeper", false],
  ["a/b", 0, "a", true],
  ["a/b", 0, "a/c", false],
  ["runs", 1, "runs/one", true],
  ["runs", 1, "runs/one/two", false],
  [".", Number.POSITIVE_INFINITY, "any/where", true],
  [".", Number.POSITIVE_INFINITY, "any/node_modules", false],
])("with checkpoints in %s (%s levels), %s can hold one: %s", (folder, depth, candidate, expected) => {
  expect(mayHold([{ path: at(folder), depth }], at(candidate))).toBe(expected);
});

test("a folder that leads to one around it, by whatever links, is not followed; others are", () => {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), "loops-")));
  for (const name of ["a", "b", "elsewhere"]) mkdirSync(path.join(top, name));
  symlinkSync("..", path.join(top, "a/up"));
  symlinkSync("../b", path.join(top, "a/over"));
  symlinkSync("../a", path.join(top, "b/back"));
  symlinkSync(path.join(top, "elsewhere"), path.join(top, "a/linked"));
  const loops = (name: string) => isLoop(path.join(top, name));
  expect(["a/up", "a/over/back"].map(loops)).toEqual([true, true]);
  expect(["a", "a/over", "b/back", "a/linked", "none"].map(loops)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
  rmSync(top, { recursive: true });
});

test("watching starts at the project's folder, or at the nearest that exists elsewhere", () => {
  const elsewhere = realpathSync(mkdtempSync(path.join(tmpdir(), "roots-")));
  const folders = [at("checkpoints"), at("runs"), path.join(elsewhere, "not", "yet")];
  expect(
    watchRoots(
      root,
      folders.map((folder) => ({ path: folder, depth: 0 })),
    ),
  ).toEqual([root, elsewhere]);
});
