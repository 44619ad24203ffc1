/** What was made of a place is kept until it changes, and no longer. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Stamped } from "../../src/files/stamped.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "selmix-stamped-"));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Counts how often something is made. */
function counted(fileOf?: (place: string) => string) {
  const made: string[] = [];
  const stamped = new Stamped((place) => made.push(place), fileOf);
  return {
    made,
    of: (place: string) => stamped.of(place),
    keepOnly: (places: string[]) => stamped.keepOnly(places),
  };
}

const longAgo = new Date("2020-01-01");

it("is made once of a file, and again where that was written, replaced by one of the same time and size, or removed", () => {
  const file = path.join(home, "a");
  writeFileSync(file, "one");
  const { made, of } = counted();
  expect([of(file), of(file)]).toEqual([1, 1]);
  writeFileSync(file, "three");
  expect([of(file), of(file)]).toEqual([2, 2]);
  utimesSync(file, longAgo, longAgo);
  expect(of(file)).toBe(3);
  const other = path.join(home, "b");
  writeFileSync(other, "sevens".slice(0, 5));
  utimesSync(other, longAgo, longAgo);
  renameSync(other, file);
  expect([of(file), of(file)]).toEqual([4, 4]);
  rmSync(file);
  expect([of(file), of(file)]).toEqual([5, 5]);
  expect(made).toHaveLength(5);
});

it("is made again of a folder that changed a moment ago, for its time may not say what comes next", () => {
  const folder = path.join(home, "f");
  mkdirSync(folder);
  const { of } = counted();
  expect([of(folder), of(folder)]).toEqual([1, 2]);
  utimesSync(folder, longAgo, longAgo);
  expect([of(folder), of(folder)]).toEqual([3, 3]);
  writeFileSync(path.join(folder, "new"), "");
  expect([of(folder), of(folder)]).toEqual([4, 5]);
});

it("goes by the file that tells of a place, and forgets places that are gone", () => {
  const folder = path.join(home, "f");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "record"), "1");
  const { of, keepOnly } = counted((place) => path.join(place, "record"));
  expect([of(folder), of(folder)]).toEqual([1, 1]);
  keepOnly([folder]);
  expect(of(folder)).toBe(1);
  keepOnly([]);
  expect(of(folder)).toBe(2);
});
