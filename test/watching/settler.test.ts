/** A file that is touched is told of when it is whole and at rest, once, and no touch is lost. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Settler } from "../../src/watching/settler.ts";

let folder: string;
let file: string;
let settler: Settler;
/** Whether each settling was of one that had been there all along. */
let settled: boolean[];
let complete: () => Promise<boolean>;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "settler-"));
  file = path.join(folder, "a.pt");
  settled = [];
  complete = async () => true;
  settler = new Settler({
    files: async (one) => [one],
    isComplete: () => complete(),
    quietNeeded: async () => 0,
    onSettled: async (_path, _look, first) => {
      settled.push(first);
    },
    onGone: () => undefined,
  });
});
afterEach(() => {
  settler.close();
  rmSync(folder, { recursive: true });
});

/** Writes the file as if that had been long ago. */
function save(content: string): void {
  writeFileSync(file, content);
  utimesSync(file, 1, 1);
}

/** A promise and what settles it. */
function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("a file that is touched while it is looked at for the first time is looked at again, as one that changed", async () => {
  save("one");
  const asked = later<void>();
  const answer = later<boolean>();
  complete = () => {
    asked.resolve();
    return answer.promise;
  };
  settler.touch(file, true);
  await asked.promise;
  settler.touch(file, false);
  save("another");
  answer.resolve(true);
  await expect.poll(() => settled).toEqual([true, false]);
});

test("what was written after watching began was not there all along, however late it is looked at", async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(file, "new");
  settler.touch(file, true);
  await expect.poll(() => settled).toEqual([false]);
});

test("what changes between two looks was not there all along", async () => {
  writeFileSync(file, "one");
  settler.touch(file, true);
  await settler.firstLooks();
  save("another one");
  await expect.poll(() => settled).toEqual([false]);
});

test("what is written while it is found complete is not settled as it was", async () => {
  writeFileSync(file, "one");
  complete = async () => {
    complete = async () => true;
    writeFileSync(file, "another one");
    return true;
  };
  settler.touch(file, false);
  await expect.poll(() => settled).toEqual([false]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(settled).toEqual([false]);
});
