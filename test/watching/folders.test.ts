import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { mayHold, watchRoots } from "../../src/watching/folders.ts";

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
