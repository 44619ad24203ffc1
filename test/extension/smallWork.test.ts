/** What is measured without being asked is small: tables and a checkpoint that are there, of a limited size, and no program. */
import { rmSync, truncateSync, utimesSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { smallWork } from "../../src/extension/smallWork.ts";
import { loadProject } from "../../src/project/load.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

let workspace: Workspace;
beforeEach(() => {
  workspace = exampleWorkspace();
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

const work = (size = 1e6) => {
  const { checkpoint, configuration } = workspace;
  return smallWork(loadProject(configuration), { path: checkpoint, modified: 1, size });
};
const table = () => path.join(workspace.folder, "features/test.safetensors");

test("small files are, and again when one of them changes", () => {
  const before = work();
  expect(before).not.toBeNull();
  expect(work()).toBe(before);
  utimesSync(table(), 1, 1);
  expect(work()).not.toBe(before);
});

test("a checkpoint of gigabytes is not", () => {
  expect(work(2e9)).toBeNull();
});

test("large tables are not, nor are those that are not there", () => {
  truncateSync(table(), 200e6);
  expect(work()).toBeNull();
  rmSync(table());
  expect(work()).toBeNull();
});

test("where a command makes the tables, it is not run", () => {
  rmSync(workspace.folder, { recursive: true });
  workspace = exampleWorkspace({ "features.command": ["python", "export.py"] });
  expect(work()).toBeNull();
});
