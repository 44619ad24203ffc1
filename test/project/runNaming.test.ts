import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  longestNote,
  longestRunName,
  namingFile,
  readNaming,
  writeNaming,
} from "../../src/project/runNaming.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-naming-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("comes back as it was said, without blanks around it", () => {
  writeNaming(folder, { name: " paper  ", note: "cleaned\ndata " });
  expect(readNaming(folder)).toEqual({ name: "paper", note: "cleaned\ndata" });
});

it("leaves no file where nothing is said any more", () => {
  writeNaming(folder, { name: "paper", note: "" });
  writeNaming(folder, { name: " ", note: "" });
  expect(existsSync(path.join(folder, namingFile))).toBe(false);
  expect(readNaming(folder)).toEqual({ name: "", note: "" });
});

it.each(["", "[]", "{", '{"version":1,"name":7,"note":""}', '{"version":9,"name":"a","note":""}'])(
  "is nothing where the file says %s",
  (content) => {
    writeFileSync(path.join(folder, namingFile), content);
    expect(readNaming(folder)).toEqual({ name: "", note: "" });
  },
);

it("is cut where somebody else wrote more than a list can show", () => {
  const long = { version: 1, name: "n".repeat(5000), note: "t".repeat(50_000) };
  writeFileSync(path.join(folder, namingFile), JSON.stringify(long));
  const { name, note } = readNaming(folder);
  expect([name.length, note.length]).toEqual([longestRunName, longestNote]);
});
